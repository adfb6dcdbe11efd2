"""What the search had indexed before an upgrade is indexed as it is afterwards, and is so again after going back."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from readinggroup.search.index import SearchEntry
from tests.factories import leave, make_paper, make_session, read


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("readinggroup", name)])


def rows() -> list[tuple[object, ...]]:
    return list(
        SearchEntry.objects.order_by("kind", "thing", "paper").values_list(
            "heading", "heading_vector", "vector"
        )
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("searched_at_once")
def test_stems_and_chinese_letters_of_what_is_there_come_apart_and_together_again():
    session = make_session(1, "Bridges", summary="Owls flying at night.")
    read(session, make_paper("深度学习 models", authors="Ann Lee", abstract="Models of 扩散."))
    leave(session, "a.pdf", kind="slides", label="Slides of flows")
    after = rows()
    assert ("bridges", "'bridges':2 'đbridg':2") in {row[:2] for row in after}
    assert ("深 度 学 习 models", "'models':6 'đmodel':6 '习':5 '学':4 '度':3 '深':2") in {
        row[:2] for row in after
    }
    migrate("0005_search_kept_by_the_database")
    assert ("bridges", "'bridg':4 'bridges':2") in {row[:2] for row in rows()}
    assert "深度学习 models" in {row[0] for row in rows()}
    migrate("0006_stems_and_letters_of_their_own")
    assert rows() == after
