"""An organizer edits in the admin, then the README comes in again: the same one, and newer ones."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from sessions.models import Session
from tests.readmes import SHIPPED
from tests.test_admin import client, organizer, session_form  # noqa: F401 (two of them are fixtures)


def bring_in(path: Path) -> list[str]:
    out = StringIO()
    call_command("import_fixtures", str(path), stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db
def test_an_edit_made_in_the_admin_survives_the_same_and_a_newer_readme(client, tmp_path: Path):  # noqa: F811
    bring_in(SHIPPED)
    session = Session.objects.get(number=10)
    (reading,) = session.readings.all()
    (recording,) = session.materials.all()
    answer = client.post(
        reverse("admin:reading_sessions_session_change", args=[session.pk]),
        session_form(
            session,
            readings=[{"id": reading.pk, "position": 1, "what": reading.text, "note": "sections 1 to 3"}],
            materials=[
                {"id": recording.pk, "position": 1, "kind": "recording", "href": recording.href},
                {"kind": "slides", "href": "https://slides.example/10"},
            ],
            title="Paella, tasted",
            summary="We *liked* it.",
        ),
    )
    assert answer.status_code == 302

    def stands() -> tuple[object, ...]:
        now = Session.objects.get(number=10)
        notes = list(now.readings.values_list("note", flat=True))
        return now.title, now.summary, now.slug, notes, list(now.materials.values_list("kind", flat=True))

    edited = ("Paella, tasted", "We *liked* it.", "10-paella", ["sections 1 to 3"], ["recording", "slides"])
    assert stands() == edited
    assert bring_in(SHIPPED)[-1] == "created 0, updated 0, unchanged 244, removed 0, warnings 1"
    assert stands() == edited

    newer = tmp_path / "README.md"
    text = SHIPPED.read_text()
    newer.write_text(
        text.replace("## Week 15: Soft Diffusion", "## Week 15: Soft Diffusion, anew").replace(
            "## Week 10: Paella", "## Week 10: Paella, cooked"
        )
    )
    line = 1 + next(n for n, words in enumerate(text.split("\n")) if words.startswith("## Week 10:"))
    said = bring_in(newer)
    assert said[0] == (
        f"{newer}:{line}: session 10 “Paella, tasted”: title was changed both here and in the file; "
        "kept “Paella, tasted”"
    )
    assert said[-1] == "created 0, updated 1, unchanged 243, removed 0, warnings 2"
    assert stands() == edited
    assert Session.objects.get(number=15).title == "Soft Diffusion, anew"
