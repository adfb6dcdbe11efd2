"""The history of a session in the admin: with its readings and materials, and back to any moment of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import formats, timezone

from papers.adminhistory import SEEN_OTHERWISE, HistoryPages, as_key, is_key, told, who_is
from papers.history import because
from papers.locks import lock_for_writing
from papers.refusals import RefusedError, refusals_in_words
from sessions.history import LINES, Moment, describe, moments, preview, revert
from sessions.models import Session

PER_PAGE = 25


class SessionHistory(HistoryPages):
    """A session's pages of history. A moment's address is that of its newest record of the session."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The saves of the session, newest first, with what each changed."""
        if not is_key(unquote(object_id)):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        key = as_key(unquote(object_id))
        row = self.get_object(request, str(key))
        found = moments(key)
        if row is None and not found:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        shown = Paginator(found, PER_PAGE).get_page(request.GET.get("p"))
        describe(shown)
        name = str(row or _last(found))
        context = {
            "shown": shown,
            "is_gone": row is None,
            "may_go_back": self.may_put_back(request, row),
            "name": name,
            "key": key,
        }
        title = f"History of session {name}"
        return self.page(
            request, "simple_history/session_history.html", title, **context | (extra_context or {})
        )

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Going back to a moment: what would change is shown first."""
        key = as_key(unquote(object_id))
        found = moments(key)
        moment = _named(found, key, as_key(version_id))
        row = self.get_object(request, str(key))
        if not self.may_put_back(request, row):
            raise PermissionDenied
        if moment is not None and not moment.is_there:  # a deletion: back to what was there before it
            moment = next((each for each in found if each.at < moment.at and each.is_there), None)
        if moment is None:
            raise Http404
        refusals: list[str] = []
        if request.method == "POST" and (done := self._go_back(request, key, moment, refusals)):
            return done
        if request.method == "POST":
            found = moments(key)  # somebody else may have saved it
        name = str(row or _last(found))
        context = {
            "is_gone": row is None,
            "name": name,
            "key": key,
            "at": moment.at,
            "who": who_is(moment.user),
            "lines": preview(key, moment),
            "refusals": refusals,
            "seen": found[0].version,
        }
        title = f"{'Bring back' if row is None else 'Go back in'} session {name}"
        return self.page(
            request, "simple_history/object_history_form.html", title, **context | (extra_context or {})
        )

    def _go_back(
        self, request: HttpRequest, key: int, moment: Moment, refusals: list[str]
    ) -> HttpResponse | None:
        then = formats.date_format(timezone.localtime(moment.at), "D j M Y, H:i")
        try:
            with refusals_in_words(), transaction.atomic(), because(f"back to {then}"):
                lock_for_writing([Session, *LINES])
                Session.objects.select_for_update().filter(pk=key).first()
                if request.POST.get("seen") != str(moments(key)[0].version):
                    raise ValidationError(SEEN_OTHERWISE)
                done = revert(key, moment)
        except ValidationError as refused:
            refusals += told(Session, refused)
            return None
        except RefusedError as refused:
            refusals.append(str(refused))
            return None
        self.log_change(request, done.session, f"Went back to {then}.")
        self.message_user(request, f"Session {done.session} is as it was: {then}.", messages.SUCCESS)
        for lost in done.lost:
            self.message_user(request, lost, messages.WARNING)
        return HttpResponseRedirect(self.address("change", key))


def _last(found: list[Moment]) -> Any:
    """The session as it was last recorded."""
    return next(
        record.instance for moment in found for (model, _), record in moment.after.items() if model is Session
    )


def _named(found: list[Moment], key: int, version: int) -> Moment | None:
    """The moment of this version, or in which the session got the record of this number."""
    for moment in found:
        record = moment.after.get((Session, key))
        is_its_record = record is not None and record.saved_at == moment.saved_at and record.pk == version
        if moment.version == version or is_its_record:
            return moment
    return None
