"""The search form: words, and what narrows the answers. What makes no sense is said beside its field, and not used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.datastructures import MultiValueDict

from papers.models import Paper, Resource
from readinggroup.search.index import SearchEntry
from readinggroup.search.words import LONGEST
from sessions.models import Material, PaperRead, Person, Reading, ResourceRead, Session
from sessions.models.session import HIGHEST_NUMBER

Kind = SearchEntry.Kind
KINDS = [("", "everything"), *((kind.label, f"{kind.label}s") for kind in Kind if kind is not Kind.PERSON)]
KINDS = [*KINDS, ("person", "people")]
HAS = [("recording", "a recording"), ("slides", "slides")]
# Of fields that Python has a word for.
ADDRESSES = {"first": "from", "last": "to"}


class NumberField(forms.CharField):
    """A number that a session can have, however it is written in an address; None where nothing is."""

    def clean(self, value: Any) -> int | None:
        written = str(super().clean(value)).strip()
        if not written:
            return None
        if not (
            written.isascii() and written.isdigit() and len(written) < 10 and int(written) <= HIGHEST_NUMBER
        ):
            raise forms.ValidationError(f"“{written}” is not a number. Enter one such as 12.")
        return int(written)


class SearchForm(forms.Form):
    """`q`, `kind`, `from`, `to`, `presenter`, `has`, `page` and `few`, as the query string of /search/ has them."""

    q = forms.CharField(required=False)
    kind = forms.ChoiceField(
        choices=KINDS,
        required=False,
        error_messages={"invalid_choice": "There is no kind “%(value)s”. Choose one from the list."},
    )
    first = NumberField(required=False)
    last = NumberField(required=False)
    presenter = forms.CharField(required=False)
    has = forms.MultipleChoiceField(
        choices=HAS,
        required=False,
        error_messages={
            "invalid_choice": "Sessions can be filtered by recording and slides, not by “%(value)s”."
        },
    )
    page = NumberField(required=False)
    few = forms.BooleanField(
        required=False
    )  # of the answers, as they are shown below the field in the header

    @classmethod
    def of(cls, query: MultiValueDict[str, str]) -> SearchForm:
        """The form as it was filled in, its fields looked at."""
        form = cls(query)
        form.full_clean()
        return form

    def __init__(self, query: MultiValueDict[str, str]) -> None:
        super().__init__(
            MultiValueDict(
                {
                    # Each value once: every one of `has` is a question more to the database.
                    name: [
                        value.replace("\0", " ")[: LONGEST if name == "q" else 100]
                        for value in dict.fromkeys(values)
                    ]
                    for name, values in query.lists()
                }
            )
        )
        self.person: Person | None = None
        self.is_cut = len(query.get("q") or "") > LONGEST

    def add_prefix(self, field_name: str) -> str:
        return ADDRESSES.get(field_name, field_name)

    def clean_q(self) -> str:
        return " ".join(str(self.cleaned_data["q"]).split())

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first is not None and last is not None and first > last:
            self.add_error("last", f"{first} to {last} runs backwards. Put the lower number first.")
            self.cleaned_data.pop("first")

    def find_presenter(self) -> None:
        """Ask the database who `presenter` is; all else of the form can be used without it."""
        slug = self.cleaned_data.get("presenter")
        if not slug:
            return
        self.person = Person.objects.public().with_slug(slug).first()
        if self.person is None:
            self.add_error("presenter", f"Nobody here goes by “{slug}”. Choose a name from the list.")

    @property
    def words(self) -> str:
        return str(self.cleaned_data.get("q", ""))

    @property
    def wants_few(self) -> bool:
        return bool(self.cleaned_data.get("few"))

    @property
    def page_number(self) -> int:
        return max(1, self.cleaned_data.get("page") or 1)

    @property
    def ignored(self) -> list[str]:
        """What of the filters cannot be used, and why, as it is said where their fields are not shown."""
        return [
            f"{error} This filter was ignored."
            for name, errors in self.errors.items()
            if name != "page"
            for error in errors
        ]

    def narrowing(self) -> Narrowing:
        """What of the form can be used."""
        found = self.cleaned_data
        return Narrowing(
            kind=found.get("kind") or "",
            first=found.get("first"),
            last=found.get("last"),
            person=self.person,
            has=tuple(found.get("has") or ()),
        )


@dataclass(frozen=True)
class Narrowing:
    """Which answers are asked for."""

    kind: str = ""
    first: int | None = None
    last: int | None = None
    person: Person | None = None
    has: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Narrowing()

    def entries(self) -> models.QuerySet[SearchEntry]:
        """The rows of the index that may be found: public, as the pages say, and of what is asked for."""
        papers, resources = self._papers(), self._resources()
        rows = {
            Kind.SESSION: Q(thing__in=self._sessions().values("pk")),
            Kind.PAPER: Q(thing__in=papers.values("pk")),
            Kind.RESOURCE: Q(thing__in=resources.values("pk"))
            & (Q(paper=0) | Q(paper__in=Paper.objects.public().order_by().values("pk"))),
            Kind.PERSON: Q(thing__in=self._people().values("pk")),
        }
        shown = Q(pk__in=[])
        for kind, found in rows.items():
            if (not self.kind or self.kind == kind.label) and (not self.has or kind == Kind.SESSION):
                shown |= Q(kind=kind) & found
        return SearchEntry.objects.filter(shown)

    def _of_the_weeks(self) -> models.QuerySet[Session]:
        """Public sessions that have one of the numbers; one that stands for several counts for each."""
        sessions = Session.objects.public().order_by()
        if self.first is not None:
            sessions = sessions.annotate(highest=Coalesce("last_number", "number")).filter(
                highest__gte=self.first
            )
        return sessions if self.last is None else sessions.filter(number__lte=self.last)

    def _sessions(self) -> models.QuerySet[Session]:
        sessions = self._of_the_weeks()
        if self.person:
            sessions = sessions.filter(
                Q(pk__in=self.person.sessions.order_by().values("pk"))
                | Q(pk__in=self.person.readings.order_by().values("session"))
                | Q(pk__in=self.person.materials.order_by().values("session"))
            )
        for kind in self.has:
            sessions = sessions.filter(Exists(Material.objects.filter(session=OuterRef("pk"), kind=kind)))
        return sessions

    def _papers(self) -> models.QuerySet[Paper]:
        """Those that these sessions read; of a presenter, those of whole sessions and of lines that are theirs."""
        papers = Paper.objects.public().order_by()
        if not self._narrows_sessions:
            return papers
        reads = PaperRead.objects.filter(session__in=self._whole_sessions()).values("paper")
        lines = self._lines().filter(paper__isnull=False).values("paper")
        return papers.filter(Q(pk__in=reads) | Q(pk__in=lines))

    def _resources(self) -> models.QuerySet[Resource]:
        """The same of resources."""
        resources = Resource.objects.public().order_by()
        if not self._narrows_sessions:
            return resources
        reads = ResourceRead.objects.filter(session__in=self._whole_sessions()).values("resource")
        lines = self._lines().filter(resource__isnull=False).values("resource")
        return resources.filter(Q(pk__in=reads) | Q(pk__in=lines))

    def _people(self) -> models.QuerySet[Person]:
        people = Person.objects.public().order_by()
        if self.person:
            return people.none()
        if not self._narrows_sessions:
            return people
        weeks = self._of_the_weeks()
        # Each part by itself: joined, they would multiply.
        return people.filter(
            Q(pk__in=Session.presenters.through.objects.filter(session__in=weeks).values("person"))
            | Q(pk__in=Reading.presenters.through.objects.filter(reading__session__in=weeks).values("person"))
            | Q(
                pk__in=Material.presenters.through.objects.filter(material__session__in=weeks).values(
                    "person"
                )
            )
        )

    @property
    def _narrows_sessions(self) -> bool:
        return self.person is not None or self.first is not None or self.last is not None

    def _whole_sessions(self) -> models.QuerySet[Session, Any]:
        """The sessions all of whose readings are meant."""
        weeks = self._of_the_weeks()
        return (weeks.filter(presenters=self.person) if self.person else weeks).values("pk")

    def _lines(self) -> models.QuerySet[Reading]:
        """The lines of these sessions that the presenter walked through."""
        if not self.person:
            return Reading.objects.none()
        return self.person.readings.order_by().filter(session__in=self._of_the_weeks().values("pk"))
