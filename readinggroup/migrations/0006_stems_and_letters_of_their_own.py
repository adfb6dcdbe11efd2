"""Words as written and their stems apart, so that “words in quotes” find just these; and each Chinese letter a word.

Written anew: two of the functions that 0005 made. What is there is indexed anew.
"""

from importlib import import_module

from django.db import migrations

before = import_module("readinggroup.migrations.0005_search_kept_by_the_database")

# Letters that are words, with no space between them (https://www.unicode.org/reports/tr38/ on CJK ideographs).
# As readinggroup/search/words.py has them.
WORD_LETTERS = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
APART = r"regexp_replace(lower(normalize("
PLAIN = before.PLAIN.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "NFKD)), '[\\u0300-\\u036f]', '', 'g'),",
    f"NFKD)), '[\\u0300-\\u036f]', '', 'g'), '([{WORD_LETTERS}])', ' \\1 ', 'g'),",
).replace(APART, f"regexp_replace({APART}")

# A stem has a letter before it that no plain word has, and stands where its word stands. A word that is its own stem has none.
# Each text begins with a word that is taken out again: a phrase does not go on from one into the next.
WORDS = """
CREATE OR REPLACE FUNCTION readinggroup_words(plain text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH word AS MATERIALIZED (SELECT to_tsvector('simple', 'breakzz ' || plain) AS vector),
    stem AS (
        SELECT string_agg(quote_literal('đ' || stem[1]) || ':' || array_to_string(positions, ','), ' ') AS stems
        FROM word, unnest(vector) each(lexeme, positions, weights), ts_lexize('english_stem', lexeme) stem
        WHERE stem[1] <> lexeme AND length(lexeme) < 100
    )
    SELECT ts_delete((concat_ws(' ', vector::text, stems))::tsvector, 'breakzz') FROM word, stem
$$;
"""

# A query of English words finds them by their stems: those of words with endings, and words that are stems themselves.
STEMS = """
CREATE FUNCTION readinggroup_stems(query text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(
        to_tsquery('english', query)::text, '''([^'']+)''(:[ABCD]+)?', '(''đ\\1''\\2 | ''\\1''\\2)', 'g'
    )::tsquery
$$;
"""


def indexed_anew():
    for name, table in before.TABLES.items():
        yield f"SELECT readinggroup_index_{name}(ARRAY(SELECT id FROM {table} ORDER BY id));"


def forward():
    yield PLAIN
    yield WORDS
    yield STEMS
    yield from indexed_anew()


def backward():
    yield "DROP FUNCTION readinggroup_stems(text);"
    for function in (before.PLAIN, before.WORDS):
        yield function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    yield from indexed_anew()


class Migration(migrations.Migration):
    dependencies = [
        ("readinggroup", "0005_search_kept_by_the_database"),
    ]
    operations = [migrations.RunSQL("\n".join(forward()), "\n".join(backward()))]
