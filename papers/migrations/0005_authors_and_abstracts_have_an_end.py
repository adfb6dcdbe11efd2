"""Authors and abstracts get a longest length. What is longer is cut; the history goes on having it whole."""

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

CUT = "\n".join(
    f"UPDATE {table} SET {name} = left({name}, 19999) || '…' WHERE length({name}) > 20000;"
    for table in ("papers_paper", "papers_arxivrecord")
    for name in ("authors", "abstract")
)


class Migration(migrations.Migration):

    dependencies = [
        ('papers', '0004_arxiv_turn'),
    ]

    operations = [
        migrations.RunSQL(CUT, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='historicalpaper',
            name='abstract',
            field=models.TextField(blank=True, help_text="Shown on the paper's page.", max_length=20000),
        ),
        migrations.AlterField(
            model_name='historicalpaper',
            name='authors',
            field=models.TextField(blank=True, help_text='One name a line, in the order of the paper.', max_length=20000),
        ),
        migrations.AlterField(
            model_name='paper',
            name='abstract',
            field=models.TextField(blank=True, help_text="Shown on the paper's page.", max_length=20000),
        ),
        migrations.AlterField(
            model_name='paper',
            name='authors',
            field=models.TextField(blank=True, help_text='One name a line, in the order of the paper.', max_length=20000),
        ),
        migrations.AddConstraint(
            model_name='paper',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('authors'), 20000), name='authors_have_20000_characters_at_most', violation_error_message='Authors can have 20,000 characters. Shorten the list.'),
        ),
        migrations.AddConstraint(
            model_name='paper',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('abstract'), 20000), name='an_abstract_has_20000_characters_at_most', violation_error_message='An abstract can have 20,000 characters. Shorten it.'),
        ),
    ]
