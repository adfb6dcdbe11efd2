"""The cards of sessions, papers and the site, and their addresses."""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import urlencode

from papers.markdown import plain
from papers.models import Paper
from papers.tex import to_text
from readinggroup.cards.drawing import Card
from sessions.dates import long_date
from sessions.models import Group, Session

NAMED = 3  # authors that a card has room for


def card_of(thing: Session | Paper | Group, group: Group) -> Card:
    """What stands on the card of a session, of a paper, or of the site itself."""
    if isinstance(thing, Session):
        return Card(
            title=to_text(thing.title),
            group=group.name,
            accent=group.accent,
            word=thing.called(group.session_word).removesuffix(thing.numbers).strip(),
            numbers=thing.numbers,
            note=_day(thing, group),
        )
    if isinstance(thing, Paper):
        return Card(to_text(thing.title), group.name, group.accent, note=_by(thing))
    # The name is the title, and needs no second place.
    return Card(group.name, "", group.accent, note=_first_sentence(group.introduction))


def address_of(thing: Session | Paper | Group, group: Group) -> str:
    """Where its card is: another address whenever another card, since chats ask once and never again."""
    version = urlencode({"v": card_of(thing, group).version})
    if isinstance(thing, Session):
        return f"{reverse('session-card', args=[thing.slug])}?{version}"
    if isinstance(thing, Paper):
        return f"{reverse('paper-card', args=[thing.slug])}?{version}"
    return f"{reverse('card')}?{version}"


def said_of(thing: Session | Paper | Group, group: Group) -> str:
    """What the card says, for whoever cannot see it."""
    card = card_of(thing, group)
    return ". ".join(filter(None, (f"{card.word} {card.numbers}".strip(), card.title, card.note, card.group)))


def _day(session: Session, group: Group) -> str:
    if session.state == Session.State.CANCELLED:
        return "Cancelled"
    if session.starts_at is None:
        return ""
    return long_date(session.starts_at.astimezone(group.zone))


def _by(paper: Paper) -> str:
    named, others = paper.first_authors(NAMED)
    said = ", ".join(named) + (" and others" if others else "")
    return ", ".join(filter(None, (said, str(paper.published_on.year) if paper.published_on else "")))


def _first_sentence(introduction: str) -> str:
    return plain(introduction)[:600].partition(". ")[0].rstrip(".:")
