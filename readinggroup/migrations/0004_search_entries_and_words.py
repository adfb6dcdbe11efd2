"""What is searched, and the words of it. pg_trgm, which finds words like another, comes with PostgreSQL."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('readinggroup', '0003_organizers'),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.PositiveSmallIntegerField(choices=[(1, 'session'), (2, 'paper'), (3, 'resource'), (4, 'person')])),
                ('thing', models.BigIntegerField(help_text='The primary key of the session, paper, resource or person.')),
                ('paper', models.BigIntegerField(default=0, help_text='Of a resource: the paper whose title is in this row, or 0.')),
                ('number', models.PositiveIntegerField(default=0, help_text='Of a session: its number.')),
                ('title', models.TextField(help_text='As written.')),
                ('names', models.TextField(help_text="What finds a session as its title does: the group's word for it, and its numbers.")),
                ('lines', models.JSONField(help_text='What else it is found by, as written: pairs of what it is (reading, author, name …) and the text.')),
                ('heading', models.TextField(help_text='The title, plain.')),
                ('heading_vector', django.contrib.postgres.search.SearchVectorField()),
                ('vector', django.contrib.postgres.search.SearchVectorField(help_text='All words: A of title and names, B of the lines, C of the authors of what a session reads, D of the prose; and initials.')),
            ],
            options={
                'default_permissions': (),
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['vector'], name='search_by_words')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'thing', 'paper'), name='a_thing_is_in_the_index_once')],
            },
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=40)),
            ],
            options={
                'default_permissions': (),
                'indexes': [django.contrib.postgres.indexes.GistIndex(django.contrib.postgres.indexes.OpClass('word', name='gist_trgm_ops'), name='search_words_like'), models.Index(fields=['word'], name='search_words')],
            },
        ),
    ]
