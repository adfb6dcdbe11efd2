"""The rows that are searched, made and kept by the database: whoever writes, in bulk or by hand, cannot forget them.

One function says what a session, paper, resource or person is found by (`SOURCES`). A trigger a statement notes what it
touched (`WATCHED`), and as the last of its transaction the rows of all that is noted are written. The functions are text
to PostgreSQL, so a migration that changes a column named here is not hindered, but has to write them anew.
"""

from django.db import migrations

# Which letters have small ones must not depend on the locale of the database: C knows those of ASCII only. PostgreSQL
# has a collation of its own for it since 17, most builds before have ICU's, and most systems the last ones.
LETTERS = """
DO $$ BEGIN
    EXECUTE (
        SELECT format('CREATE COLLATION readinggroup_letters FROM pg_catalog.%I', collname) FROM pg_collation
        WHERE collname IN ('pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8', 'C')
        AND collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding()))
        ORDER BY array_position(ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8', 'C'], collname::text) LIMIT 1
    );
END $$;
"""

# As readinggroup/search/words.py does it in Python, after the TeX that is left in texts as written.
# A text longer than any paper's or session's is cut: PostgreSQL keeps a megabyte of words for one row.
PLAIN = r"""
CREATE FUNCTION readinggroup_plain(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(btrim(regexp_replace(regexp_replace(regexp_replace(replace(translate(replace(replace(replace(replace(
        regexp_replace(lower(normalize(
            regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(left(source, 30000) COLLATE readinggroup_letters,
                '\\(text[a-z]*|emph|mbox|math[a-z]+|operatorname|boldsymbol|bm|left|right)\M\s*', '', 'g'),
                '\\(ss|ae|AE|oe|OE|aa|AA|o|O|l|L|i|j)\M(\{\}|\s+)?', '\1', 'g'),
                '\\[cvuHkrbdt]\M\s*', '', 'g'),
                '\\[^a-zA-Z]', '', 'g'),
                '&(amp|lt|gt|quot|nbsp|#[0-9]+|#x[0-9a-fA-F]+);', ' ', 'g'),
            NFKD)), '[\u0300-\u036f]', '', 'g'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
        E'øłđðıħŋȷς×\\{}$^_\u00ad\u200b\u200c\u200d\u2060\ufeff', 'olddihnjσx'), '++', ' plusplus '),
        E'[''\u2019\u02bc]s(?![a-z0-9])', '', 'g'),
        '[\u0001-/:-@\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00f7\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f\ufe10-\ufe6f]',
        ' ', 'g'),
        '\s+', ' ', 'g')), 30000)
$$;
"""

# Each text begins with a word that is taken out again: a phrase does not go on from one into the next.
WORDS = """
CREATE FUNCTION readinggroup_words(plain text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ts_delete(
        to_tsvector('simple', 'breakzz ' || plain) || to_tsvector('english', 'breakzz ' || plain), 'breakzz'
    )
$$;
"""

# As readinggroup/search/initials.py does it for one word: those of all runs of words, small ones skipped or not, and those
# of the first, the last and one or two between. They have no place in the text, so they are in no phrase.
INITIALS = """
CREATE FUNCTION readinggroup_initials(titles text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH initial AS (
        SELECT title, place, left(word, 1) AS letter, word IN ('a', 'an', 'and', 'as', 'at', 'by', 'for', 'from', 'in',
            'into', 'is', 'of', 'on', 'or', 'the', 'through', 'to', 'via', 'with') AS is_small
        FROM unnest(titles[:40]) WITH ORDINALITY each(words, title),
        string_to_table(words, ' ') WITH ORDINALITY word(word, place)
        WHERE place <= 24 AND word <> ''
    ),
    line AS (
        SELECT string_agg(letter, '' ORDER BY place) AS every,
            coalesce(string_agg(letter, '' ORDER BY place) FILTER (WHERE NOT is_small), '') AS content
        FROM initial GROUP BY title
    ),
    found(letters) AS (
        SELECT substr(letters, start, size)
        FROM (SELECT every FROM line UNION SELECT content FROM line) run(letters),
        generate_series(1, length(letters) - 2) start, generate_series(3, 6) size
        WHERE start + size <= length(letters) + 1
        UNION
        SELECT left(content, 1) || substr(content, one, 1) || CASE WHEN other > one THEN substr(content, other, 1) ELSE '' END
            || right(content, 1)
        FROM line, generate_series(2, length(content) - 1) one, generate_series(one, length(content) - 1) other
        WHERE length(content) <= 12
    )
    SELECT coalesce(array_to_tsvector(array_agg('ø' || letters)), '') FROM found WHERE letters ~ '^[a-z0-9]+$'
$$;
"""

# kind, thing, paper, number, title, names, lines, prose of each thing whose key is in `ids`.
SOURCES = {
    "paper": """
        SELECT 2, paper.id, 0, 0, paper.title, '', (
            SELECT coalesce(jsonb_agg(jsonb_build_array(what, line) ORDER BY place, line), '[]') FROM (
                SELECT * FROM (
                    SELECT 1, 'author', btrim(author) FROM regexp_split_to_table(paper.authors, '[\\n\\r]+') author
                    WHERE btrim(author) <> '' LIMIT 480
                ) author
                UNION ALL SELECT 2, 'title', key FROM papers_papertitle
                WHERE paper_id = paper.id AND readinggroup_plain(key) <> readinggroup_plain(paper.title)
                UNION ALL SELECT 3, 'arXiv', arxiv_id WHERE arxiv_id IS NOT NULL
                UNION ALL SELECT 4, 'DOI', doi WHERE doi IS NOT NULL
                UNION ALL SELECT 5, 'year', year FROM (SELECT coalesce(
                    to_char(published_on, 'FMYYYY'),
                    -- https://info.arxiv.org/help/arxiv_identifier.html
                    '20' || substring(arxiv_id from '^([0-9][0-9])[0-9][0-9][.]'),
                    '19' || substring(arxiv_id from '/(9[0-9])'),
                    '20' || substring(arxiv_id from '/(0[0-9])')
                )) published(year) WHERE year IS NOT NULL
                LIMIT 500
            ) line(place, what, line)
        ), paper.abstract
        FROM papers_paper paper WHERE paper.id = ANY(ids)
    """,
    "resource": """
        SELECT 3, resource.id, coalesce(paper.id, 0), 0, resource.title, '',
            jsonb_build_array(jsonb_build_array('address', resource.url))
            || CASE WHEN paper.id IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_array('paper', paper.title)) END,
            ''
        FROM papers_resource resource
        CROSS JOIN LATERAL (
            SELECT NULL::bigint, NULL::text
            UNION ALL
            SELECT paper.id, paper.title FROM papers_resource_papers belongs
            JOIN papers_paper paper ON paper.id = belongs.paper_id WHERE belongs.resource_id = resource.id
        ) paper(id, title)
        WHERE resource.id = ANY(ids)
    """,
    "session": """
        SELECT 1, session.id, 0, session.number, session.title,
            coalesce((SELECT session_word FROM reading_sessions_group LIMIT 1), 'Week') || ' session ' || (
                SELECT string_agg(each::text, ' ')
                FROM generate_series(session.number, least(coalesce(session.last_number, session.number), session.number + 200)) each
            ), (
            SELECT coalesce(jsonb_agg(jsonb_build_array(what, line) ORDER BY place, position, id), '[]') FROM (
                SELECT * FROM (
                    SELECT 1, reading.position, reading.id, 'reading', line FROM reading_sessions_reading reading
                    LEFT JOIN papers_paper paper ON paper.id = reading.paper_id
                    LEFT JOIN papers_resource resource ON resource.id = reading.resource_id,
                    LATERAL (VALUES (coalesce(nullif(reading.label, ''), paper.title, resource.title, '')),
                        (CASE WHEN reading.label <> '' THEN coalesce(paper.title, resource.title, '') ELSE '' END),
                        (reading.note)) text(line)
                    WHERE reading.session_id = session.id AND line <> ''
                    ORDER BY reading.position, reading.id LIMIT 500
                ) reading
                UNION ALL SELECT * FROM (
                    SELECT 2, position, id, 'material', coalesce(nullif(label, ''), kind)
                    FROM reading_sessions_material WHERE session_id = session.id ORDER BY position, id LIMIT 200
                ) material
                UNION ALL SELECT 3, 0, person.id, 'person', person.name FROM reading_sessions_person person
                WHERE person.id IN (
                    SELECT person_id FROM reading_sessions_session_presenters WHERE session_id = session.id
                    UNION ALL SELECT person_id FROM reading_sessions_reading_presenters
                    WHERE reading_id = ANY(ARRAY(SELECT id FROM reading_sessions_reading WHERE session_id = session.id))
                    UNION ALL SELECT person_id FROM reading_sessions_material_presenters
                    WHERE material_id = ANY(ARRAY(SELECT id FROM reading_sessions_material WHERE session_id = session.id))
                )
                UNION ALL SELECT * FROM (
                    SELECT DISTINCT 4, 0, 0::bigint, 'author of a reading', btrim(author) FROM papers_paper paper,
                    LATERAL regexp_split_to_table(left(paper.authors, 10000), '[\\n\\r]+') author
                    WHERE paper.id = ANY(ARRAY(
                        SELECT paper_id FROM reading_sessions_reading WHERE session_id = session.id AND paper_id IS NOT NULL
                    )) AND btrim(author) <> ''
                    ORDER BY 5 LIMIT 500
                ) author
            ) line(place, position, id, what, line)
        ), session.summary
        FROM reading_sessions_session session WHERE session.id = ANY(ids)
    """,
    "person": """
        SELECT 4, person.id, 0, 0, person.name, '', (
            SELECT coalesce(jsonb_agg(jsonb_build_array('name', name) ORDER BY key), '[]')
            FROM reading_sessions_personname
            WHERE person_id = person.id AND readinggroup_plain(name) <> readinggroup_plain(person.name)
        ), ''
        FROM reading_sessions_person person WHERE person.id = ANY(ids)
    """,
}
TABLES = {
    "paper": "papers_paper",
    "resource": "papers_resource",
    "session": "reading_sessions_session",
    "person": "reading_sessions_person",
}
KINDS = {"session": 1, "paper": 2, "resource": 3, "person": 4}

# Whatever PostgreSQL knows of its tables, which may be from before an import, what belongs to a thing is found by index:
# no sequential scans, and `= ANY(ARRAY(...))` in the place of joins, whose order it would choose by how many rows it
# believes there are.
#
# Under a lock that whoever indexes holds to the end of their transaction: the next one sees what they wrote, since each
# statement of a function sees what is committed by then.
ONE_AT_A_TIME = "PERFORM pg_advisory_xact_lock(hashtext('readinggroup_search'));"
INDEX = """
CREATE FUNCTION readinggroup_index_{name}(ids bigint[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    {one_at_a_time}
    WITH source(kind, thing, paper, number, title, names, lines, prose) AS MATERIALIZED ({source}),
    made AS MATERIALIZED (
        SELECT source.*, readinggroup_plain(title) AS heading, readinggroup_plain(names) AS plain_names,
            left((
                SELECT coalesce(string_agg(readinggroup_plain(line ->> 1), ' breakzz ' ORDER BY place), '')
                FROM jsonb_array_elements(lines) WITH ORDINALITY line(line, place)
                WHERE line ->> 0 <> 'author of a reading'
            ), 30000) AS plain_lines,
            left((
                SELECT coalesce(string_agg(readinggroup_plain(line ->> 1), ' breakzz '), '')
                FROM jsonb_array_elements(lines) line WHERE line ->> 0 = 'author of a reading'
            ), 30000) AS plain_authors,
            ARRAY(
                SELECT readinggroup_plain(line ->> 1)
                FROM jsonb_array_elements(lines) WITH ORDINALITY line(line, place)
                WHERE line ->> 0 IN ('reading', 'title') ORDER BY place LIMIT 40
            ) AS plain_titles,
            readinggroup_plain(prose) AS plain_prose
        FROM source
    ),
    gone AS (
        DELETE FROM readinggroup_searchentry entry WHERE kind = {kind} AND thing = ANY(ids)
        AND NOT EXISTS (SELECT FROM made WHERE (made.thing, made.paper) = (entry.thing, entry.paper))
    ),
    written AS (
        INSERT INTO readinggroup_searchentry
            (kind, thing, paper, number, title, names, lines, heading, heading_vector, vector)
        SELECT kind, thing, paper, number, title, names, lines, heading, readinggroup_words(heading),
            setweight(readinggroup_words(heading || ' breakzz ' || plain_names), 'A')
            || setweight(readinggroup_words(plain_lines), 'B') || setweight(readinggroup_words(plain_authors), 'C')
            || setweight(readinggroup_words(plain_prose), 'D') || readinggroup_initials(heading || plain_titles)
        FROM made
        ON CONFLICT (kind, thing, paper) DO UPDATE SET
            (number, title, names, lines, heading, heading_vector, vector) = (EXCLUDED.number, EXCLUDED.title,
            EXCLUDED.names, EXCLUDED.lines, EXCLUDED.heading, EXCLUDED.heading_vector, EXCLUDED.vector)
    )
    INSERT INTO readinggroup_searchword (word)
    SELECT DISTINCT word
    FROM made, string_to_table(concat_ws(' ', heading, plain_names, plain_lines, plain_authors, plain_prose), ' ') word
    WHERE length(word) BETWEEN 3 AND 40 AND word ~ '[^0-9]' AND word <> 'breakzz'
    AND NOT EXISTS (SELECT FROM readinggroup_searchword known WHERE known.word = word.word);
END $$;
"""

# By table: what its rows concern, which of their columns is its key, and which columns count. `NAMED_BY_OTHERS` are names
# that stand in the rows of others too: a new thing is in none yet, and one that goes takes with it what named it.
WATCHED = {
    "papers_paper": [
        ("paper", "id", "title, authors, abstract, arxiv_id, doi, published_on"),
        ("title of paper", "id", "title"),
        ("authors of paper", "id", "authors"),
    ],
    "papers_papertitle": [("paper", "paper_id", "key")],
    "papers_resource": [("resource", "id", "title, url"), ("title of resource", "id", "title")],
    "papers_resource_papers": [("resource", "resource_id", "paper_id")],
    "reading_sessions_session": [("session", "id", "number, last_number, title, summary")],
    "reading_sessions_session_presenters": [("session", "session_id", "person_id")],
    "reading_sessions_reading": [
        ("session", "session_id", "id, position, paper_id, resource_id, label, note")
    ],
    "reading_sessions_reading_presenters": [("reading", "reading_id", "person_id")],
    "reading_sessions_material": [("session", "session_id", "id, position, kind, label")],
    "reading_sessions_material_presenters": [("material", "material_id", "person_id")],
    "reading_sessions_person": [("person", "id", "name"), ("name of person", "id", "name")],
    "reading_sessions_personname": [("person", "person_id", "name")],
    "reading_sessions_group": [("group", "id", "session_word")],
}
NAMED_BY_OTHERS = {"title of paper", "authors of paper", "title of resource", "name of person"}
WATCH = """
CREATE FUNCTION readinggroup_search_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {inserted}
    ELSIF TG_OP = 'DELETE' THEN
        {deleted}
    ELSE
        {updated}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER readinggroup_search_inserted AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION readinggroup_search_{table}();
CREATE TRIGGER readinggroup_search_updated AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION readinggroup_search_{table}();
CREATE TRIGGER readinggroup_search_deleted AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION readinggroup_search_{table}();
"""
CAME_OR_WENT = "PERFORM readinggroup_search_note('{what}', ARRAY(SELECT DISTINCT {key} FROM {rows}));"
CHANGED = """
        PERFORM readinggroup_search_note('{what}', ARRAY(
            SELECT {key} FROM (SELECT {key}, {columns} FROM new_rows EXCEPT SELECT {key}, {columns} FROM old_rows) came
            UNION
            SELECT {key} FROM (SELECT {key}, {columns} FROM old_rows EXCEPT SELECT {key}, {columns} FROM new_rows) went
        ));
"""

# What a transaction has touched, for as long as it lasts: others never see a row of it, and at its end there is none.
NOTES = """
CREATE UNLOGGED TABLE readinggroup_searchnote (what text NOT NULL, ids bigint[] NOT NULL, is_first boolean NOT NULL);
CREATE FUNCTION readinggroup_search_note(what text, ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(ids) > 0 THEN
        INSERT INTO readinggroup_searchnote SELECT what, ids, NOT EXISTS (SELECT FROM readinggroup_searchnote);
    END IF;
END $$;
"""

# Indexing waits for others, so it comes when its transaction has all the locks it will ever have: nobody can then wait
# for somebody who waits for them. The checks of foreign keys take locks at the end too; what is noted while those are
# made is done after them, hence the second note.
AT_THE_END = """
CREATE FUNCTION readinggroup_search_at_the_end() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    touched bigint[];
BEGIN
    IF NEW.what <> 'all checked' THEN
        INSERT INTO readinggroup_searchnote VALUES ('all checked', ARRAY[]::bigint[], true);
        RETURN NULL;
    END IF;
    {one_at_a_time}
    {index}
    DELETE FROM readinggroup_searchnote;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER readinggroup_search_at_the_end AFTER INSERT ON readinggroup_searchnote
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_first)
    EXECUTE FUNCTION readinggroup_search_at_the_end();
"""
INDEX_TOUCHED = """
    touched := ARRAY({touched});
    IF cardinality(touched) > 0 THEN
        PERFORM readinggroup_index_{name}(touched);
    END IF;
"""
NOTED = "ANY(ARRAY(SELECT unnest(ids) FROM readinggroup_searchnote WHERE what = '{}'))"
# By what is indexed: the keys of those that what is noted concerns.
TOUCHED = {
    "paper": ["SELECT unnest(ids) FROM readinggroup_searchnote WHERE what = 'paper'"],
    "resource": [
        "SELECT unnest(ids) FROM readinggroup_searchnote WHERE what = 'resource'",
        f"SELECT resource_id FROM papers_resource_papers WHERE paper_id = {NOTED.format('title of paper')}",
    ],
    "session": [
        "SELECT unnest(ids) FROM readinggroup_searchnote WHERE what = 'session'",
        *(
            f"SELECT session_id FROM reading_sessions_reading WHERE {column} = {NOTED.format(what)}"
            for column, what in (
                ("id", "reading"),
                ("paper_id", "title of paper"),
                ("paper_id", "authors of paper"),
                ("resource_id", "title of resource"),
            )
        ),
        f"SELECT session_id FROM reading_sessions_material WHERE id = {NOTED.format('material')}",
        f"SELECT session_id FROM reading_sessions_session_presenters WHERE person_id = {NOTED.format('name of person')}",
        *(
            f"SELECT session_id FROM reading_sessions_{part} WHERE id = ANY(ARRAY("
            f"SELECT {part}_id FROM reading_sessions_{part}_presenters WHERE person_id = {NOTED.format('name of person')}))"
            for part in ("reading", "material")
        ),
        "SELECT id FROM reading_sessions_session WHERE EXISTS (SELECT FROM readinggroup_searchnote WHERE what = 'group')",
    ],
    "person": ["SELECT unnest(ids) FROM readinggroup_searchnote WHERE what = 'person'"],
}

# Kept in the row, where it is short enough: else PostgreSQL, which does not count what it costs to fetch long values,
# would rather read every one of them than ask the index.
IN_THE_ROW = "ALTER TABLE readinggroup_searchentry ALTER COLUMN vector SET STORAGE MAIN;"


def forward():
    yield IN_THE_ROW
    yield LETTERS
    yield PLAIN
    yield WORDS
    yield INITIALS
    yield NOTES
    for name, source in SOURCES.items():
        yield INDEX.format(name=name, kind=KINDS[name], source=source, one_at_a_time=ONE_AT_A_TIME)
    yield AT_THE_END.format(
        one_at_a_time=ONE_AT_A_TIME,
        index="".join(
            INDEX_TOUCHED.format(name=name, touched=" UNION ".join(touched)) for name, touched in TOUCHED.items()
        ),
    )
    for table, concerns in WATCHED.items():
        own = [(what, key) for what, key, _ in concerns if what not in NAMED_BY_OTHERS]
        yield WATCH.format(
            table=table,
            inserted=" ".join(CAME_OR_WENT.format(what=what, key=key, rows="new_rows") for what, key in own),
            deleted=" ".join(CAME_OR_WENT.format(what=what, key=key, rows="old_rows") for what, key in own),
            updated="".join(
                CHANGED.format(what=what, key=key, columns=columns) for what, key, columns in concerns
            ),
        )
    for name, table in TABLES.items():
        yield f"SELECT readinggroup_index_{name}(ARRAY(SELECT id FROM {table} ORDER BY id));"


def backward():
    for table in WATCHED:
        for deed in ("inserted", "updated", "deleted"):
            yield f"DROP TRIGGER readinggroup_search_{deed} ON {table};"
        yield f"DROP FUNCTION readinggroup_search_{table}();"
    yield "DROP TABLE readinggroup_searchnote;"
    yield "DROP FUNCTION readinggroup_search_at_the_end(); DROP FUNCTION readinggroup_search_note(text, bigint[]);"
    for name in SOURCES:
        yield f"DROP FUNCTION readinggroup_index_{name}(bigint[]);"
    yield "DROP FUNCTION readinggroup_initials(text[]); DROP FUNCTION readinggroup_words(text); DROP FUNCTION readinggroup_plain(text);"
    yield "DROP COLLATION readinggroup_letters;"
    yield "DELETE FROM readinggroup_searchentry; DELETE FROM readinggroup_searchword;"


class Migration(migrations.Migration):
    dependencies = [
        ("readinggroup", "0004_search_entries_and_words"),
        ("papers", "0007_papers_said_to_be_two"),
        ("reading_sessions", "0007_targets_of_readings_come_together"),
    ]
    operations = [migrations.RunSQL("\n".join(forward()), "\n".join(backward()))]
