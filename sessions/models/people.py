"""Who presents or walks through."""

from __future__ import annotations

import unicodedata
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Value, When
from django.urls import reverse

from papers.history import recorded
from papers.models import Two
from papers.querysets import most_used_first
from papers.slugs import unused_slug
from papers.titles import slug_of
from sessions.models.outline import Material, Reading
from sessions.models.session import Session


def name_key(name: str) -> str:
    """A person's name, so that two spellings of it meet: NFKC, small letters, single spaces."""
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    # Some characters fold into eighteen, and the key is to fit its column.
    return folded[:200].strip()


class PersonQuerySet(models.QuerySet["Person"]):
    def known_as(self, name: str) -> Self:
        """The person who goes by this name: at most one."""
        return self.filter(names__key=name_key(name))

    def with_slug(self, slug: str) -> Self:
        """Whose page has this address, or had it once; whose it is now comes first."""
        was = PersonSlug.objects.filter(slug=slug).values("person")
        found = self.filter(Q(slug=slug) | Q(pk__in=was))
        return found.annotate(is_former=Case(When(slug=slug, then=Value(0)), default=Value(1))).order_by(
            "is_former"
        )

    def public(self) -> Self:
        """Who had a part in a session that is no draft: a guest of a draft is not to be known yet."""
        sessions = Session.objects.public().filter(presenters=OuterRef("pk"))
        readings = Reading.objects.of_public_sessions().filter(presenters=OuterRef("pk"))
        materials = Material.objects.of_public_sessions().filter(presenters=OuterRef("pk"))
        return self.filter(Q(Exists(sessions)) | Q(Exists(readings)) | Q(Exists(materials)))

    def by_use(self) -> Self:
        """Those with a part in the most sessions, readings and materials first; of equals the older."""
        return most_used_first(self, "sessions", "readings", "materials")

    def with_parts(self) -> Self:
        """With what each presented and walked through, in the sessions' order, drafts apart."""
        return self.prefetch_related(
            Prefetch("sessions", Session.objects.public().order_by("number")),
            Prefetch(
                "readings", Reading.objects.with_targets().select_related("same_as").of_public_sessions()
            ),
            Prefetch("materials", Material.objects.of_public_sessions()),
        )


class Person(models.Model):
    """Somebody who presents a session or a material, or walks through a reading."""

    name = models.CharField(
        max_length=200, help_text="As it is shown; every earlier name goes on finding the person."
    )
    slug = models.SlugField(
        max_length=120,
        unique=True,
        blank=True,
        help_text="The end of the person's address. Made of the name when left empty.",
    )
    url = models.URLField("home page", max_length=500, blank=True, help_text="Linked from the person's page.")

    objects = PersonQuerySet.as_manager()
    history = recorded()

    class Meta:
        ordering = ("slug",)
        verbose_name_plural = "people"
        constraints = (models.CheckConstraint(condition=~models.Q(name=""), name="a_person_has_a_name"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("person", args=[self.slug])

    @property
    def known_from(self) -> list[Session]:
        """The sessions that they had a part in, each once, by number; read by `with_parts`."""
        lines = (*self.readings.all(), *self.materials.all())
        found = {session.pk: session for session in (*self.sessions.all(), *(line.session for line in lines))}
        return sorted(found.values(), key=lambda session: session.number)

    def clean(self) -> None:
        other = Person.objects.known_as(self.name).exclude(pk=self.pk).first()
        if other:
            raise ValidationError(
                {"name": f"Somebody is already known by this name: {other} (/people/{other.slug}/)."}
            )

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.slug:
            slug = slug_of(self.name, fallback="person")
            others = (
                Person.objects.filter(slug__startswith=slug)
                .exclude(pk=self.pk)
                .values_list("slug", flat=True)
            )
            former = PersonSlug.objects.filter(slug__startswith=slug).values_list("slug", flat=True)
            self.slug = unused_slug(slug, {*others, *former})
        before = Person.objects.filter(pk=self.pk).values_list("slug", flat=True).first() if self.pk else None
        super().save(*args, **kwargs)
        PersonName.objects.get_or_create(
            key=name_key(self.name), defaults={"person": self, "name": self.name}
        )
        if before not in (None, self.slug):
            PersonSlug.objects.update_or_create(slug=before, defaults={"person": self})


class PersonName(models.Model):
    """A name that finds a person."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=200, help_text="Another spelling, an earlier name, a handle.")
    key = models.CharField(max_length=200, unique=True, editable=False)

    history = recorded()

    class Meta:
        ordering = ("key",)
        verbose_name = "name that finds them"
        verbose_name_plural = "names that find them"
        constraints = (models.CheckConstraint(condition=~models.Q(key=""), name="a_name_key_is_not_empty"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # For those made in bulk, which are never saved by themselves.
        self.key = self.key or name_key(self.name)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, the key following the name."""
        self.key = name_key(self.name)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "key"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        self.key = name_key(self.name)
        if PersonName.objects.filter(key=self.key).exclude(pk=self.pk).exists():
            raise ValidationError({"name": "Somebody is already known by this name."})


class PersonSlug(models.Model):
    """A slug that a person's page had, or that of somebody who turned out to be this person: it leads there."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="slugs")
    slug = models.SlugField(max_length=120, unique=True)

    history = recorded()

    class Meta:
        ordering = ("slug",)
        verbose_name = "former address"
        verbose_name_plural = "former addresses"

    def __str__(self) -> str:
        return self.slug


class TwoPeople(Two):
    first = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", help_text="The older one.")
    second = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", help_text="The newer one.")

    class Meta(Two.Meta):
        verbose_name = verbose_name_plural = "people who are two"
        constraints = (
            models.UniqueConstraint(fields=["first", "second"], name="two_people_are_said_to_be_two_once"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="of_two_people_the_older_is_first"
            ),
        )
