"""A rule over two tables, which no unique constraint can hold: an address is a paper's or a resource's."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION papers_a_url_is_one_thing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two transactions that do not see each other's rows yet have to come one after the other.
    PERFORM pg_advisory_xact_lock(hashtext('papers_a_url_is_one_thing'));
    IF EXISTS (SELECT FROM papers_paper JOIN papers_resource USING (url) WHERE url = NEW.url) THEN
        RAISE EXCEPTION 'the address % is both a paper''s and a resource''s', NEW.url
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_url_is_a_paper_or_a_resource';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER a_url_is_a_paper_or_a_resource AFTER INSERT OR UPDATE OF url ON papers_paper
    FOR EACH ROW WHEN (NEW.url IS NOT NULL) EXECUTE FUNCTION papers_a_url_is_one_thing();
CREATE CONSTRAINT TRIGGER a_url_is_a_paper_or_a_resource AFTER INSERT OR UPDATE OF url ON papers_resource
    FOR EACH ROW EXECUTE FUNCTION papers_a_url_is_one_thing();
"""
BACKWARD = """
DROP TRIGGER a_url_is_a_paper_or_a_resource ON papers_paper;
DROP TRIGGER a_url_is_a_paper_or_a_resource ON papers_resource;
DROP FUNCTION papers_a_url_is_one_thing();
"""


class Migration(migrations.Migration):
    dependencies = [("papers", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
