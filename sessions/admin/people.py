"""People, and the names that find them."""

from __future__ import annotations

from django.contrib import admin

from papers.adminbase import CarefulAdmin, SharedFields, TabularInline
from sessions.models import Person, PersonName


class PersonNameInline(SharedFields, TabularInline):
    model = PersonName
    fields = ("name",)
    extra = 0


@admin.register(Person)
class PersonAdmin(CarefulAdmin):
    list_display = ("name", "url")
    search_fields = ("name", "names__name")
    search_help_text = "Any name that finds them."
    inlines = (PersonNameInline,)

    def view_on_site(self, obj: Person) -> str | None:
        return obj.get_absolute_url() if Person.objects.public().filter(pk=obj.pk).exists() else None
