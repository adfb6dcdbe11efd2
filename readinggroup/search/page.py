"""What the page of the search says: how many answers there are and which, what was done to find them, where to go on.

Pure: it is told what was asked and found, and asks nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.urls import reverse

from papers import arxiv
from readinggroup.search.answers import Answer
from readinggroup.search.filters import ADDRESSES, HAS, KINDS, Narrowing, SearchForm
from readinggroup.search.finding import MOST, PAGE, Findings
from readinggroup.search.meant import reference
from readinggroup.search.mending import Spelling
from readinggroup.search.words import LONGEST, MOST_TERMS, MOST_WITHOUT, Query, parse
from sessions.models import Group
from sessions.unavailable import TRY_AGAIN, UNAVAILABLE

FEW = 8  # answers below the field in the header of every page
MOST_NAMED = 3  # words that were ignored
TOOK_TOO_LONG = (
    "This search took too long and was stopped. Try fewer words, longer ones, or another filter; if that does not help, "
    "try again in a few minutes."
)
OUT_OF_REACH = "The search cannot be reached just now. Try again in a few minutes."


@dataclass(frozen=True)
class Link:
    """Where somebody can go on from here."""

    text: str
    url: str


@dataclass(frozen=True)
class ResultsPage:
    """All that search.html says of a search. What is empty is not said."""

    group: Group
    words: str = ""
    lead: str = ""  # how many answers there are; where there is none, why
    notes: tuple[str, ...] = ()  # what was looked for otherwise than typed, or not at all
    exactly: str = ""  # address of the search for just what was typed
    filters: tuple[Link, ...] = ()  # each with the address of the list without it
    answers: Sequence[Answer] = ()
    first: int = 1  # the place of the first answer among all
    is_empty: bool = False  # something was looked for in vain
    is_reference: bool = False  # it was an identifier or an address
    anywhere: str = ""  # address of the search without filters
    all_results: Link | None = None
    start: str = ""  # address of the first page, where there is no such one as was asked for
    previous: str = ""
    next: str = ""
    status: int = 200

    @property
    def headers(self) -> dict[str, str]:
        return TRY_AGAIN if self.status == UNAVAILABLE else {}

    @property
    def title(self) -> str:
        asked = self.words or ", ".join(link.text for link in self.filters)
        return f"Search: {asked}" if asked else "Search"

    @property
    def word(self) -> str:
        """What the group calls the number of a session."""
        return _word(self.group) or "number"

    @property
    def has_quotes(self) -> bool:
        return '"' in self.words


def results_page(
    form: SearchForm, findings: Findings, answers: Sequence[Answer], group: Group, missing: str = ""
) -> ResultsPage:
    """The page of what was found, of which `answers` are shown.

    `missing` is the session that was asked for by a number that none has: the answers are then those nearest to it.
    """
    query, narrowing = parse(form.words), form.narrowing()
    start = (form.page_number - 1) * PAGE
    count = max(findings.count, len(answers))
    is_few = form.wants_few and count > len(answers)
    if not (query or narrowing or answers):
        return ResultsPage(group, words=form.words, lead=_nothing_to_look_for(form.words, query))
    said = _lead(form, findings, start, len(answers)) if answers else _nothing(form)
    return ResultsPage(
        group,
        words=form.words,
        lead=_there_is_no(missing, len(answers)) if missing else said,
        notes=tuple(_notes(form, query, findings)),
        exactly=_exactly(query, findings.spellings, narrowing),
        filters=_filters(form.words, narrowing, group),
        answers=answers,
        first=start + 1,
        is_empty=not answers,
        is_reference=bool(reference(form.words)),
        anywhere=address(form.words, Narrowing()) if narrowing and form.words else "",
        all_results=Link(_all(count, findings), address(form.words, narrowing)) if is_few else None,
        next=address(form.words, narrowing, form.page_number + 1) if findings.goes_on and not is_few else "",
        previous=address(form.words, narrowing, form.page_number - 1) if start else "",
    )


def unanswered(form: SearchForm, group: Group, *, took_too_long: bool) -> ResultsPage:
    """The page where the database gave no answer."""
    return ResultsPage(
        group,
        words=form.words,
        lead=TOOK_TOO_LONG if took_too_long else OUT_OF_REACH,
        filters=_filters(form.words, form.narrowing(), group),
        status=UNAVAILABLE,
    )


def no_such_page(form: SearchForm, group: Group) -> ResultsPage:
    """The page where what was found does not go on so far; not found, as each page that is not there."""
    narrowing = form.narrowing()
    return ResultsPage(
        group,
        words=form.words,
        lead=f"These results have no page {form['page'].value()}.",
        filters=_filters(form.words, narrowing, group),
        start=address(form.words, narrowing),
        status=404,
    )


def address(words: str, narrowing: Narrowing, page: int = 1) -> str:
    """The address of a search."""
    query = QueryDict(mutable=True)
    query["q"] = words
    for name, value in (
        ("kind", narrowing.kind),
        ("first", narrowing.first),
        ("last", narrowing.last),
        ("presenter", narrowing.person.slug if narrowing.person else ""),
        ("page", page if page > 1 else None),
    ):
        if value not in ("", None):
            query[ADDRESSES.get(name, name)] = str(value)
    query.setlist("has", list(narrowing.has))
    return f"{reverse('search')}?{query.urlencode()}"


# --- What there is -----------------------------------------------------------------------------------------
def _lead(form: SearchForm, findings: Findings, start: int, shown: int) -> str:
    count = max(findings.count, shown)
    if start:
        lead = f"Results {start + 1} to {start + shown}{f' of {count}' if form.words else ''}"
    elif findings.count >= MOST:
        lead = f"The best {MOST} results"
    elif findings.goes_on and not form.words:  # which are not counted to their end
        lead = f"The first {count} results"
    else:
        lead = f"{count} result{'' if count == 1 else 's'}"
    return lead if form.words else f"{lead}: everything that {_matches(form.narrowing())}"


def _matches(narrowing: Narrowing) -> str:
    one = (
        sum(map(bool, (narrowing.kind, narrowing.first or narrowing.last, narrowing.person)))
        + len(narrowing.has)
        == 1
    )
    return "matches this filter" if one else "matches these filters"


def _nothing(form: SearchForm) -> str:
    narrowing = form.narrowing()
    if narrowing.has and narrowing.kind not in ("", "session"):
        asked = " and ".join(dict(HAS)[each] for each in narrowing.has)
        return f"Only sessions have {asked}. Look among sessions, or leave that filter out."
    if not form.words:
        return f"Nothing {_matches(narrowing)}."
    pasted = reference(form.words)
    identifier = arxiv.arxiv_id(pasted) or arxiv.doi(pasted)
    if identifier and not narrowing:
        return f"The group has no paper with the identifier {identifier}."
    if pasted and not (identifier or narrowing):
        return f"Nothing here has the address {form.words}."
    return f"Nothing was found for “{form.words}”{' with these filters' if narrowing else ''}."


def _there_is_no(missing: str, nearest: int) -> str:
    return f"There is no {missing}.{' Nearest to it:' if nearest else ''}"


def _nothing_to_look_for(words: str, query: Query) -> str:
    if query.without:
        return f"“{words}” only says what to leave out. Add a word to look for."
    if words:
        return f"Nothing was found for “{words}”: it has no letter or digit to look for."
    return ""


def _all(count: int, findings: Findings) -> str:
    if findings.count >= MOST:
        return f"The best {MOST} results"
    return "All results" if findings.goes_on and count <= PAGE else f"All {count} results"


# --- How it was found --------------------------------------------------------------------------------------
def _notes(form: SearchForm, query: Query, findings: Findings) -> list[str]:
    said = [
        f"Nothing here has “{spelling.typed}”. Showing results for {_or(spelling.instead)} instead."
        for spelling in findings.spellings
    ]
    if findings.is_partial:
        said.append("Nothing has all of these words. Showing what has some of them.")
    if findings.in_any_order:
        said.append(f"Nothing here has “{form.words}”. Showing titles with these initials in another order.")
    if query.too_many:
        named = ", ".join(f"“{typed}”" for typed in query.too_many[:MOST_NAMED])
        more = len(query.too_many) - MOST_NAMED
        said.append(
            f"A search takes up to {MOST_TERMS} words, and up to {MOST_WITHOUT} to leave out. "
            f"Ignored: {named}{f' and {more} more' if more > 0 else ''}."
        )
    if form.is_cut:
        said.append(f"A search takes up to {LONGEST} characters. What came after them was ignored.")
    return said


def _or(words: Sequence[str]) -> str:
    return " or ".join(f"“{word}”" for word in words)


def _exactly(query: Query, spellings: tuple[Spelling, ...], narrowing: Narrowing) -> str:
    """Address of the search for the words as typed, those in quotes that nothing has; empty where they cannot be found.

    (A word with TeX in it stands otherwise in what was typed.)
    """
    text = query.text
    for spelling in spellings:
        text = re.sub(rf'(?<![\w"-]){re.escape(spelling.typed)}(?![\w"])', r'"\g<0>"', text, count=1)
    return address(text, narrowing) if text != query.text else ""


# --- What narrows it ---------------------------------------------------------------------------------------
def _filters(words: str, narrowing: Narrowing, group: Group) -> tuple[Link, ...]:
    """What narrows the list, in words."""
    said = []
    if narrowing.kind:
        said.append((f"only {dict(KINDS)[narrowing.kind]}", replace(narrowing, kind="")))
    if narrowing.first is not None or narrowing.last is not None:
        said.append((_weeks(narrowing, _word(group)), replace(narrowing, first=None, last=None)))
    if narrowing.person:
        said.append((f"with {narrowing.person}", replace(narrowing, person=None)))
    for each in narrowing.has:
        rest = tuple(other for other in narrowing.has if other != each)
        said.append((f"with {dict(HAS)[each]}", replace(narrowing, has=rest)))
    return tuple(Link(text, address(words, without)) for text, without in said)


def _weeks(narrowing: Narrowing, word: str) -> str:
    first, last = narrowing.first, narrowing.last
    if first == last:
        said = f"{word} {first}"
    elif last is None:
        said = f"from {word} {first}"
    elif first is None:
        said = f"up to {word} {last}"
    else:
        said = f"{word} {first} to {last}"
    return " ".join(said.split())


def _word(group: Group) -> str:
    return "" if group.session_word == "#" else group.session_word.lower()
