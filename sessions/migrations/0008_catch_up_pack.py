"""Chapters of recordings, what calendars know a session by, and the resources that it reads."""

import django.contrib.postgres.functions
import sessions.models.outline
import uuid
from django.db import migrations, models


# A later migration that changes a column named here has to drop this view and make it again.
RESOURCES_READ = """
CREATE VIEW reading_sessions_resourceread AS
WITH RECURSIVE source(session_id, lists_id) AS (
    SELECT id, id FROM reading_sessions_session
    UNION
    SELECT source.session_id, repeated.id
    FROM source
    JOIN reading_sessions_reading reading ON reading.session_id = source.lists_id
    JOIN reading_sessions_session repeated ON repeated.id = reading.same_as_id AND repeated.state <> 'draft'
)
SELECT DISTINCT source.session_id, reading.resource_id
FROM source JOIN reading_sessions_reading reading ON reading.session_id = source.lists_id
WHERE reading.resource_id IS NOT NULL;
"""

# A session that goes back to an older save, or that comes back at all, is the one that calendars know.
ONE_UID_A_SESSION = """
UPDATE reading_sessions_historicalsession record SET uid = coalesce(
    (SELECT uid FROM reading_sessions_session session WHERE session.id = record.id),
    (SELECT uid FROM reading_sessions_historicalsession first WHERE first.id = record.id ORDER BY history_id LIMIT 1)
);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('reading_sessions', '0007_targets_of_readings_come_together'),
    ]

    operations = [
        migrations.CreateModel(
            name='ResourceRead',
            fields=[
                ('pk', models.CompositePrimaryKey('session', 'resource', blank=True, editable=False, primary_key=True, serialize=False)),
            ],
            options={
                'db_table': 'reading_sessions_resourceread',
                'managed': False,
            },
        ),
        migrations.AddField(
            model_name='historicalmaterial',
            name='chapters',
            field=models.TextField(blank=True, help_text='Of a recording: what begins when, one a line. Write a time and a title, such as “12:34 The loss”. Each starts the recording there.', max_length=10000, validators=[sessions.models.outline.validate_chapters]),
        ),
        migrations.AddField(
            model_name='historicalsession',
            name='uid',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), db_index=True, default=uuid.uuid4, editable=False),
        ),
        migrations.AddField(
            model_name='material',
            name='chapters',
            field=models.TextField(blank=True, help_text='Of a recording: what begins when, one a line. Write a time and a title, such as “12:34 The loss”. Each starts the recording there.', max_length=10000, validators=[sessions.models.outline.validate_chapters]),
        ),
        migrations.AddField(
            model_name='session',
            name='uid',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.CheckConstraint(condition=models.Q(('chapters', ''), ('kind', 'recording'), _connector='OR'), name='only_recordings_have_chapters', violation_error_message='Only a recording has chapters: choose that kind, or leave them out.'),
        ),
        migrations.RunSQL(ONE_UID_A_SESSION, migrations.RunSQL.noop),
        migrations.RunSQL(RESOURCES_READ, "DROP VIEW reading_sessions_resourceread;"),
    ]
