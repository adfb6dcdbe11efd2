"""What sessions read is worked out once a question, whatever PostgreSQL knows of its tables.

A view is a part of each query that asks it, and the planner may have it worked out anew for each row of another table:
with statistics of the time before an import, a page took ten minutes. A function is worked out once, for as many rows as
`ROWS` says it has; EXECUTE plans what it asks at that moment, and without loops in loops, which are right for few rows
only, it takes about as long whatever the statistics say.
"""

from importlib import import_module

from django.db import migrations

READ = """
CREATE FUNCTION reading_sessions_{what}s_read() RETURNS TABLE (session_id bigint, {what}_id bigint)
LANGUAGE plpgsql STABLE ROWS 5000 SET enable_nestloop = off AS $function$
BEGIN
    RETURN QUERY EXECUTE $query$
        WITH RECURSIVE source(session_id, lists_id) AS (
            SELECT id, id FROM reading_sessions_session
            UNION
            SELECT source.session_id, repeated.id
            FROM source
            JOIN reading_sessions_reading reading ON reading.session_id = source.lists_id
            JOIN reading_sessions_session repeated ON repeated.id = reading.same_as_id AND repeated.state <> 'draft'
        )
        SELECT DISTINCT source.session_id, reading.{what}_id
        FROM source JOIN reading_sessions_reading reading ON reading.session_id = source.lists_id
        WHERE reading.{what}_id IS NOT NULL
    $query$;
END $function$;
CREATE OR REPLACE VIEW reading_sessions_{what}read AS
SELECT session_id, {what}_id FROM reading_sessions_{what}s_read();
"""
BEFORE = {
    "paper": import_module("sessions.migrations.0002_same_as_slugs_and_papers_read").PAPERS_READ,
    "resource": import_module("sessions.migrations.0008_catch_up_pack").RESOURCES_READ,
}


class Migration(migrations.Migration):
    dependencies = [("reading_sessions", "0008_catch_up_pack")]
    operations = [
        migrations.RunSQL(
            READ.format(what=what),
            f"DROP VIEW reading_sessions_{what}read; DROP FUNCTION reading_sessions_{what}s_read(); {before}",
        )
        for what, before in BEFORE.items()
    ]
