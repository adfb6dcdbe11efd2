"""A paper stays findable by its title, and a person by their name, whatever is done with the rows below them."""

import pytest

from papers.models import Paper, PaperTitle
from sessions.models import Person, PersonName
from tests.factories import make_paper
from tests.test_admin import client, errors, management, organizer, paper_form, url  # noqa: F401 (two are fixtures)

PRESENT_TITLE = "This is the paper's present title: change that above; it stays findable by this one."
PRESENT_NAME = "This is the person's present name: change that above; they stay findable by this one."


def titles_of(paper, **changes):
    """The rows of titles as the form sends them, with what somebody does to that of a key: a new text, or None."""
    rows = list(paper.titles.all())
    data = management("titles", len(rows), len(rows))
    for index, row in enumerate(rows):
        said = changes.get(row.key, row.key)
        data |= {f"titles-{index}-id": row.pk, f"titles-{index}-paper": paper.pk}
        data |= {f"titles-{index}-key": said or row.key} | (
            {f"titles-{index}-DELETE": "on"} if not said else {}
        )
    return data


def names_of(person, **changes):
    rows = list(person.names.all())
    data = management("names", len(rows), len(rows))
    for index, row in enumerate(rows):
        said = changes.get(row.name, row.name)
        data |= {f"names-{index}-id": row.pk, f"names-{index}-person": person.pk}
        data |= {f"names-{index}-name": said or row.name} | (
            {f"names-{index}-DELETE": "on"} if not said else {}
        )
    return data


@pytest.fixture
def paper(db):
    paper = make_paper("DDPM")
    PaperTitle.objects.create(paper=paper, key="ho et al")
    return paper


@pytest.fixture
def person(db):
    person = Person.objects.create(name="Ann")
    PersonName.objects.create(person=person, name="Nan")
    return person


def keys(row):
    return sorted(str(each) for each in (row.titles if isinstance(row, Paper) else row.names).all())


@pytest.mark.parametrize("done", [None, "another"], ids=["ticked for removal", "rewritten"])
def test_the_row_of_the_present_title_or_name_stays(client, paper, person, done):  # noqa: F811
    sent = paper_form(slug="ddpm", **titles_of(paper, ddpm=done))
    assert errors(client.post(url(Paper, "change", paper.pk), sent)) == {"titles-0-key": [PRESENT_TITLE]}
    sent = {"name": "Ann", "slug": "ann"} | names_of(person, Ann=done)
    answer = client.post(url(Person, "change", person.pk), sent)
    assert errors(answer) == {"names-0-name": [PRESENT_NAME]}
    assert (keys(paper), keys(person)) == (["ddpm", "ho et al"], ["Ann", "Nan"])


def test_that_of_the_title_it_is_given_stays_and_the_former_may_go(client, paper, person):  # noqa: F811
    renamed = paper_form(title="Ho et al.", slug="ddpm")
    sent = renamed | titles_of(paper, **{"ho et al": None})
    assert errors(client.post(url(Paper, "change", paper.pk), sent)) == {"titles-1-key": [PRESENT_TITLE]}
    sent = renamed | titles_of(paper, ddpm=None)
    assert client.post(url(Paper, "change", paper.pk), sent).status_code == 302
    sent = {"name": "nan", "slug": "ann"} | names_of(person, Ann="Anne", Nan="NAN")
    assert client.post(url(Person, "change", person.pk), sent).status_code == 302
    assert (keys(paper), keys(person)) == (["ho et al"], ["Anne", "NAN"])


def test_another_spelling_of_the_same_is_no_other(client, paper):  # noqa: F811
    sent = paper_form(slug="ddpm", **titles_of(paper, ddpm="DDPM."))
    assert client.post(url(Paper, "change", paper.pk), sent).status_code == 302
    assert keys(paper) == ["ddpm", "ho et al"]
