"""What a session left behind, below it."""

from __future__ import annotations

from sessions.admin.lines import LineInline
from sessions.models import Material


class MaterialInline(LineInline):
    model = Material
    autocomplete_fields = ("presenters",)
    fields = (("position", "kind"), ("label", "href"), "presenters")
