"""People written as names: whoever goes by one is found, whoever does not is made.

    class SessionForm(NamesForm):
        presenters = NamesField(help_text="Who presents it.")

The rows need `prefetch_related("presenters")`, else each asks for its own. `said_of_new_people` is for the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from sessions.models import Person, PersonName
from sessions.models.people import name_key

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

MOST_NAMES = 50
LONGEST_NAME = 200
HOW = "Names, with commas between them. Whoever is not known yet is added."


def read_names(text: str) -> list[str]:
    """The names in a text, each once. Commas part them, or semicolons and lines, for names with a comma in them.

    Raises ValidationError for what is no name.
    """
    parts = re.split(r"[;\n]" if re.search(r"[;\n]", text) else ",", text)
    names: dict[str, str] = {}
    for part in parts:
        if name := " ".join(part.split()):
            names.setdefault(name_key(name), name)
    for key, name in names.items():
        if len(name) > LONGEST_NAME:
            raise ValidationError(
                f"“{name[:40]}…” has more than {LONGEST_NAME} characters. Write names with commas between them."
            )
        if "://" in name or not any(character.isalnum() for character in key):
            raise ValidationError(f"“{name[:80]}” is no name. Write names with commas between them.")
    if len(names) > MOST_NAMES:
        raise ValidationError(f"These are {len(names)} names; at most {MOST_NAMES} can be kept.")
    return list(names.values())


def write_names(people: Iterable[Person]) -> str:
    """The text that `read_names` reads as these people."""
    names = [person.name for person in people]
    if not any("," in name for name in names):
        return ", ".join(names)
    return "; ".join(names) + ("" if len(names) > 1 else ";")


class NamesField(forms.CharField):
    """People as one line of names. Its value is the list of names; `NamesForm` makes people of them."""

    def __init__(self, *, help_text: str = "", **kwargs: Any) -> None:
        given = {
            "required": False,
            "max_length": 2000,
            "widget": forms.TextInput(attrs={"class": "vTextField"}),
        }
        super().__init__(help_text=f"{help_text} {HOW}".strip(), **{**given, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else write_names(value)

    def clean(self, value: Any) -> Any:
        return read_names(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial) or "", data)


class NamesForm(ModelForm):
    """A form with fields of names. People are made when it is saved, never before; unchanged names touch nothing."""

    new_people: Sequence[Person] = ()

    def _save_m2m(self) -> None:
        for name, field in self.fields.items():
            if not isinstance(field, NamesField) or name not in self.cleaned_data:
                continue
            if name in self.changed_data:
                self.cleaned_data[name] = self._people(self.cleaned_data[name])
            else:
                del self.cleaned_data[name]
        super()._save_m2m()  # type: ignore[misc]

    def _people(self, names: Sequence[Any]) -> list[Person]:
        found = PersonName.objects.filter(key__in=[name_key(name) for name in names]).select_related("person")
        known = {name.key: name.person for name in found}
        people = []
        for name in names:
            person = known.get(name_key(name))
            if person is None:
                person = Person.objects.create(name=name)
                self.new_people = [*self.new_people, person]
            people.append(person)
        return people


def said_of_new_people(forms: Iterable[Any]) -> str:
    """What the message says of the people that these forms made: empty where they made nobody."""
    people = [person.name for form in forms for person in getattr(form, "new_people", ())]
    return f"New {'person' if len(people) == 1 else 'people'}: {', '.join(people)}." if people else ""
