"""People written as names: whoever goes by one is found, whoever does not is made.

    class SessionForm(NamesForm):
        presenters = NamesField(help_text="Who presents it.")

The rows need `prefetch_related("presenters")`, else each asks for its own. `said_of_new_people` is for the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html, format_html_join

from sessions.duplicates import known_people, likely_others
from sessions.models import Person, PersonName
from sessions.models.people import name_key
from sessions.names import read_names, why_no_name, write_names

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

MOST_NEW = 50
HOW = "Names, with commas between them. Whoever is not known yet is added."


class OneNameForm(ModelForm):
    """A form with the name of one person, which others are to be able to write among names."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "name" in self.changed_data and (why := why_no_name(name)):
            raise ValidationError(why)
        return name


class NamesInput(forms.TextInput):
    """A line of names that offers people while one is typed (admin/people.js); without scripts, plain text."""

    class Media:
        css = {"all": ["admin/people.css"]}  # noqa: RUF012  (as Django declares it)
        js = (forms.Script("admin/people.js", type="module"),)

    def __init__(self) -> None:
        address = reverse_lazy("admin:reading_sessions_person_like")
        super().__init__({"class": "vTextField", "data-people": address})


class NamesField(forms.CharField):
    """People as one line of names. Its value is the list of names; `NamesForm` makes people of them."""

    def __init__(self, *, help_text: str = "", **kwargs: Any) -> None:
        given = {
            "required": False,
            "max_length": 20_000,
            "widget": NamesInput,
        }
        super().__init__(help_text=f"{help_text} {HOW}".strip(), **{**given, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else write_names(value)

    def clean(self, value: Any) -> Any:
        """Raises ValidationError for new people who are too many, or whose names are none.

        Who is here already may be called anything, and be one of any number: an import may have brought them.
        """
        names = read_names(super().clean(value))
        unfit = [name for name in names if why_no_name(name)]
        if unfit or len(names) > MOST_NEW:
            keys = [name_key(name) for name in names]
            known = set(PersonName.objects.filter(key__in=keys).values_list("key", flat=True))
            new = [name for name in names if name_key(name) not in known]
            if refused := [why_no_name(name) for name in unfit if name in new]:
                raise ValidationError(refused)
            if len(new) > MOST_NEW:
                raise ValidationError(
                    f"Nobody here goes by {len(new)} of these names; at most {MOST_NEW} people are added at once."
                )
        return names

    def _clean_bound_field(self, bound: Any) -> Any:
        """Django's own step of cleaning: what nobody touched is not judged."""
        if not self.has_changed(bound.initial, bound.data):
            return read_names(bound.data or "")
        return super()._clean_bound_field(bound)  # type: ignore[misc]

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


def said_of_new_people(forms: Iterable[Any], user: Any) -> str:
    """What the message says of the people that these forms made, and of whom each may be: empty where they made nobody.

    Two queries. Whoever may not merge people is only told.
    """
    new = {person.pk: person for form in forms for person in getattr(form, "new_people", ())}
    if not new:
        return ""
    may_merge = user.has_perms([f"reading_sessions.{verb}_person" for verb in ("view", "change", "delete")])
    linked = '<a href="{}">{}</a>' if may_merge else "{1}"
    names = format_html_join(", ", linked, ((_page("change", pk), person) for pk, person in new.items()))
    said = [format_html("New {}: {}.", "person" if len(new) == 1 else "people", names)]
    people = known_people()
    called = {pk: known[0] for pk, known in people}
    for pk, other in likely_others(new, people).items():
        instead = "" if len(new) == 1 else f" by “{new[pk]}”"
        said.append(format_html("Did you mean {}{}?", called[other], instead))
        if may_merge:
            said.append(format_html(linked, f"{_page('merge')}?keep={other}&lose={pk}", "Merge them"))
    return format_html_join(" ", "{}", ((sentence,) for sentence in said))


def _page(name: str, *args: Any) -> str:
    return reverse(f"admin:reading_sessions_person_{name}", args=args)
