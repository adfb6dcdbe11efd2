"""The rows by which something is found, below it in its form: titles of a paper, names of a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from papers.adminbase import InlineFormSet
from papers.titles import title_key


class KnownAsFormSet(InlineFormSet):
    """Rows that find the one above. That of its present title (or name) stays as it is: nothing else finds it by that."""

    called = "title"  # what the one above is called by
    field = "key"  # what a row says
    key_of: Callable[[str], str] = staticmethod(title_key)
    refusal = "This is the paper's present title: change that above; it stays findable by this one."

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            is_to_go = super()._should_delete_form(form)  # type: ignore[misc]  # Django's own
            if self._is_of_the_present(form) and (is_to_go or self._is_rewritten(form)):
                form.add_error(self.field, self.refusal)

    def _should_delete_form(self, form: Any) -> bool:
        return super()._should_delete_form(form) and not self._is_of_the_present(form)  # type: ignore[misc]

    def _is_of_the_present(self, form: Any) -> bool:
        if form.instance.pk is None:
            return False
        return self.key_of(form.initial[self.field]) == self.key_of(getattr(self.instance, self.called))

    def _is_rewritten(self, form: Any) -> bool:
        said = form.cleaned_data.get(self.field)
        return bool(said) and self.key_of(said) != self.key_of(form.initial[self.field])
