"""What spans several rows, where the database can hold it: “same as”, the papers that follow from it, and slugs."""

from django.db import migrations

NEVER_A_CIRCLE = """
CREATE FUNCTION reading_sessions_leads_back(start_id bigint, goal_id bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE reached(session_id) AS (
        SELECT start_id
        UNION
        SELECT reading.same_as_id FROM reached JOIN reading_sessions_reading reading USING (session_id)
        WHERE reading.same_as_id IS NOT NULL
    )
    SELECT EXISTS (SELECT FROM reached WHERE session_id = goal_id)
$$;
CREATE FUNCTION reading_sessions_refuse_circles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two transactions, each with one half of a circle, have to come one after the other.
    PERFORM pg_advisory_xact_lock(hashtext('same_as_is_never_a_circle'));
    IF reading_sessions_leads_back(NEW.same_as_id, NEW.session_id) THEN
        RAISE EXCEPTION 'the readings of session % would be the same as its own', NEW.session_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'same_as_is_never_a_circle';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER same_as_is_never_a_circle
    AFTER INSERT OR UPDATE OF same_as_id, session_id ON reading_sessions_reading
    FOR EACH ROW WHEN (NEW.same_as_id IS NOT NULL) EXECUTE FUNCTION reading_sessions_refuse_circles();
"""

# A former slug leads to its session for ever, so no other session may have it now.
ONE_SESSION_A_SLUG = """
CREATE FUNCTION reading_sessions_refuse_borrowed_slugs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two transactions that do not see each other's rows yet have to come one after the other.
    PERFORM pg_advisory_xact_lock(hashtext('a_slug_leads_to_one_session'));
    IF EXISTS (
        SELECT FROM reading_sessions_session session JOIN reading_sessions_sessionslug former USING (slug)
        WHERE slug = NEW.slug AND former.session_id <> session.id
    ) THEN
        RAISE EXCEPTION 'the address % leads to another session', NEW.slug
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_slug_leads_to_one_session';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER a_slug_leads_to_one_session AFTER INSERT OR UPDATE OF slug
    ON reading_sessions_session FOR EACH ROW EXECUTE FUNCTION reading_sessions_refuse_borrowed_slugs();
CREATE CONSTRAINT TRIGGER a_slug_leads_to_one_session AFTER INSERT OR UPDATE OF slug
    ON reading_sessions_sessionslug FOR EACH ROW EXECUTE FUNCTION reading_sessions_refuse_borrowed_slugs();
"""

# A later migration that changes a column named here has to drop this view and make it again.
PAPERS_READ = """
CREATE VIEW reading_sessions_paperread AS
WITH RECURSIVE source(session_id, lists_id) AS (
    SELECT id, id FROM reading_sessions_session
    UNION
    SELECT source.session_id, repeated.id
    FROM source
    JOIN reading_sessions_reading reading ON reading.session_id = source.lists_id
    JOIN reading_sessions_session repeated ON repeated.id = reading.same_as_id AND repeated.state <> 'draft'
)
SELECT DISTINCT source.session_id, reading.paper_id
FROM source JOIN reading_sessions_reading reading ON reading.session_id = source.lists_id
WHERE reading.paper_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("reading_sessions", "0001_initial")]
    operations = [
        migrations.RunSQL(
            NEVER_A_CIRCLE,
            "DROP TRIGGER same_as_is_never_a_circle ON reading_sessions_reading;"
            "DROP FUNCTION reading_sessions_refuse_circles(); DROP FUNCTION reading_sessions_leads_back(bigint, bigint);",
        ),
        migrations.RunSQL(
            ONE_SESSION_A_SLUG,
            "DROP TRIGGER a_slug_leads_to_one_session ON reading_sessions_session;"
            "DROP TRIGGER a_slug_leads_to_one_session ON reading_sessions_sessionslug;"
            "DROP FUNCTION reading_sessions_refuse_borrowed_slugs();",
        ),
        migrations.RunSQL(PAPERS_READ, "DROP VIEW reading_sessions_paperread;"),
    ]
