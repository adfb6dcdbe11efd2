"""People, and the names that find them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from papers.admin_known_as import KnownAsFormSet
from papers.admin_links import ShowsLinkCheck
from papers.adminbase import SharedFields, TabularInline
from papers.duplicates import Pair
from sessions.admin.duplicates import DuplicatesAdmin
from sessions.admin.names import OneNameForm
from sessions.duplicates import known_people, likely_same
from sessions.merging import merge_people
from sessions.models import Person, PersonName, PersonSlug, TwoPeople
from sessions.models.people import name_key
from sessions.names import LONGEST_NAME, like, write_name


class PersonNameFormSet(KnownAsFormSet):
    called = field = "name"
    key_of = staticmethod(name_key)
    refusal = "This is the person's present name: change that above; they stay findable by this one."


class PersonNameInline(SharedFields, TabularInline):
    model = PersonName
    form = OneNameForm
    formset = PersonNameFormSet
    fields = ("name",)
    extra = 0


@admin.register(Person)
class PersonAdmin(ShowsLinkCheck, DuplicatesAdmin):
    form = OneNameForm
    list_display = ("name", "url")
    search_fields = ("name", "names__name")
    search_help_text = "Any name that finds them."
    inlines = (PersonNameInline,)
    below = (PersonName, PersonSlug)
    merge = staticmethod(merge_people)
    two = TwoPeople
    find_help = "Any name that finds them."

    def view_on_site(self, obj: Person) -> str | None:
        return obj.get_absolute_url() if Person.objects.public().filter(pk=obj.pk).exists() else None

    def get_urls(self) -> list[Any]:
        like_view = self.admin_site.admin_view(self.like_view)
        return [path("like/", like_view, name="reading_sessions_person_like"), *super().get_urls()]

    @method_decorator(require_safe)
    def like_view(self, request: HttpRequest) -> JsonResponse:
        """Who goes by a name like `q`, for a field of names: at most 20."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = like(request.GET.get("q", "")[:LONGEST_NAME], known_people())
        people = [{"name": name, "also": also, "text": write_name(name)} for _, name, also in found]
        return JsonResponse({"people": people})

    def likely(self) -> Sequence[Pair]:
        return likely_same(known_people())

    def known(self, text: str) -> Person | None:
        return Person.objects.known_as(text).first()

    def side_by_side(self, keep: Any, lose: Any) -> list[tuple[str, Any, Any, Any]]:
        shown = [
            ("home page", keep.url, lose.url, keep.url or lose.url),
            ("slug", keep.slug, lose.slug, keep.slug),
        ]
        return [line for line in shown if line[1] or line[2]]

    def moves(self, lose: Any) -> list[str]:
        return [
            *(f"Session {session}" for session in lose.sessions.all()),
            *(f"Reading of session {each.session}" for each in lose.readings.select_related("session")),
            *(f"Material of session {each.session}" for each in lose.materials.select_related("session")),
        ]
