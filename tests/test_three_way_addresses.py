"""An address that a file takes from a paper and gives to a resource: who has it is the same each time it comes in."""

import pytest

from papers.models import Paper, Resource
from sessions.models import Reading
from tests.test_three_way_conflicts import bring_in, readme

pytestmark = pytest.mark.django_db

POST = "https://blog.example/post"
OTHER = "https://alpha.example/"
# What the first file knows as a paper's address.
PAPER = f"""
sessions: [{{number: 1, title: A, readings: [{{paper: Alpha}}]}}]
papers: [{{title: Alpha, url: "{POST}"}}]
"""


def calls_it_a_resource(papers: str, *, readings: str = f'{{resource: "{POST}"}}', more: str = "") -> str:
    """A file that has the post as a resource, to be read in session 1."""
    return f"""sessions: [{{number: 1, title: A, readings: [{readings}]}}{more}]
papers: [{papers}]
resources: [{{title: Post, url: "{POST}"}}]
"""


def lines() -> list[tuple[int, str | None, str | None]]:
    return list(
        Reading.objects.order_by("session__number", "position").values_list(
            "session__number", "paper__title", "resource__title"
        )
    )


@pytest.mark.parametrize("address", [OTHER, ""])
def test_it_is_the_resources_when_the_file_gives_the_paper_another_one(address: str) -> None:
    bring_in(PAPER.lstrip())
    alpha = f'{{title: Alpha, url: "{address}"}}'
    report, warnings = bring_in(
        calls_it_a_resource(alpha, readings=f'{{paper: Alpha}}, {{resource: "{POST}"}}')
    )
    assert (report, warnings) == ("created 2, updated 1", [])
    assert (Paper.objects.get().url or "", Resource.objects.get().url) == (address, POST)
    assert lines() == [(1, "Alpha", None), (1, None, "Post")]


def test_it_is_the_resources_also_where_two_papers_of_the_file_are_found_by_each_other() -> None:
    """One paper has former identifiers of two, and a DOI that was another's."""
    bring_in(f"""sessions: [{{number: 1, title: A}}]
papers:
- {{title: Alpha, url: "{POST}", doi: 10.1000/1, aliases: ["arXiv:2001.00001"]}}
- {{title: Beta, doi: 10.1000/2, aliases: ["arXiv:2001.00002"]}}
""")
    report, _ = bring_in(
        calls_it_a_resource(
            '{title: Gamma, url: "", doi: 10.1000/2, aliases: ["arXiv:2001.00001", "arXiv:2001.00002"]}'
        )
    )
    assert report == "created 2, updated 1"
    assert sorted(Paper.objects.values_list("title", "url")) == [("Beta", None), ("Gamma", None)]
    assert lines() == [(1, None, "Post")]


def test_it_stays_the_papers_where_that_cannot_have_the_other_one() -> None:
    bring_in(PAPER.lstrip())
    Paper.objects.create(title="Ours", url=OTHER)
    report, warnings = bring_in(calls_it_a_resource(f'{{title: Alpha, url: "{OTHER}"}}'))
    assert (report, warnings) == (
        "created 0, updated 0",
        [
            f"“Alpha”: {OTHER} belongs to another paper here; left out: if the two are one, merge them in the admin"
        ],
    )
    assert (Paper.objects.get(title="Alpha").url, Resource.objects.count()) == (POST, 0)
    assert lines() == [(1, "Alpha", None)]


def test_it_stays_the_papers_where_the_file_is_silent_of_the_paper() -> None:
    bring_in(PAPER.lstrip())
    bring_in(calls_it_a_resource("{title: Beta}"))
    assert (Paper.objects.get(title="Alpha").url, Resource.objects.count()) == (POST, 0)
    assert lines() == [(1, "Alpha", None)]


def test_it_stays_the_papers_where_a_readme_names_the_paper_without_a_link() -> None:
    week = f"* Readings:\n  * [{{}}]({POST})"
    bring_in(readme(week.format("Alpha"), f"1. [Alpha]({POST})"))
    bring_in(readme(week.format("The post"), "1. Alpha"))
    assert (Paper.objects.get().url, Resource.objects.count()) == (POST, 0)
    assert lines() == [(1, "Alpha", None)]


def test_it_is_the_resources_where_an_organizer_gave_the_paper_another_one() -> None:
    bring_in(PAPER.lstrip())
    Paper.objects.update(url="https://ours.example/")
    _, warnings = bring_in(calls_it_a_resource(f'{{title: Alpha, url: "{OTHER}"}}'))
    assert warnings == [
        "session 1 “A”, “alpha”: no longer in the file; kept (--prune removes it)",
        "“Alpha”: url was changed both here and in the file; kept “https://ours.example/”",
    ]
    assert Paper.objects.get().url == "https://ours.example/"
    assert lines() == [(1, None, "Post"), (1, "Alpha", None)]


def test_the_paper_stands_for_it_where_an_organizer_changed_the_address_and_the_file_is_silent_of_it() -> (
    None
):
    bring_in(PAPER.lstrip())
    Paper.objects.update(url="https://ours.example/")
    bring_in(calls_it_a_resource("{title: Beta}"))
    assert Resource.objects.count() == 0
    assert lines() == [(1, "Alpha", None)]


def test_a_paper_that_an_organizer_removed_stays_away_as_a_resource() -> None:
    bring_in(PAPER.lstrip())
    Reading.objects.all().delete()
    Paper.objects.all().delete()
    assert bring_in(calls_it_a_resource("")) == ("created 0, updated 0", [])
    assert (lines(), Resource.objects.count()) == ([], 0)
    # Where it is read anew, it is what the file calls it.
    second = f', {{number: 2, title: B, readings: [{{resource: "{POST}"}}]}}'
    assert bring_in(calls_it_a_resource("", more=second)) == ("created 3, updated 0", [])
    assert lines() == [(2, None, "Post")]
