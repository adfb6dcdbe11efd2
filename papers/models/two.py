"""Two that look like one and are two: once an organizer has said so, nobody is asked again."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from papers.models.paper import Paper


class TwoQuerySet(models.QuerySet[Any]):
    """Pairs, asked and told by the primary keys of the two, in any order."""

    def pairs(self) -> set[tuple[int, int]]:
        """The keys of all, the older first."""
        return set(self.order_by().values_list("first_id", "second_id"))

    def of(self, one: int, other: int) -> Self:
        first, second = sorted((one, other))
        return self.filter(first=first, second=second)

    def say(self, one: int, other: int, user: Any, **more: Any) -> None:
        """Tell two apart; whoever said it before has said it."""
        first, second = sorted((one, other))
        defaults = {"said_by": user, **more}
        self.get_or_create(first_id=first, second_id=second, defaults=defaults)

    def hand_over(self, lose: int, keep: int) -> None:
        """Of what `lose` was told apart from, `keep` is apart as well."""
        for pair in self.filter(Q(first=lose) | Q(second=lose)).select_related("said_by"):
            other = pair.second_id if pair.first_id == lose else pair.first_id
            if other != keep:
                self.say(keep, other, pair.said_by, said_at=pair.said_at)


class Two(models.Model):
    """A pair, told apart: `first` is the older one, `second` the newer. Whoever may merge them may say it."""

    said_at = models.DateTimeField(default=timezone.now, help_text="When it was said.")
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Who said it; empty when that login is gone.",
    )
    first: Any
    second: Any

    objects = TwoQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-said_at", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"“{self.first}” and “{self.second}”"


class TwoPapers(Two):
    first = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+", help_text="The older one.")
    second = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+", help_text="The newer one.")

    class Meta(Two.Meta):
        verbose_name = verbose_name_plural = "papers that are two"
        constraints = (
            models.UniqueConstraint(fields=["first", "second"], name="two_papers_are_said_to_be_two_once"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="of_two_papers_the_older_is_first"
            ),
        )
