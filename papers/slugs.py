"""Addresses that no two rows share."""

from collections.abc import Collection


def unused_slug(slug: str, taken: Collection[str]) -> str:
    """`slug`, or the first of slug-2, slug-3, … that is not among `taken`."""
    candidate, count = slug, 1
    while candidate in taken:
        count += 1
        candidate = f"{slug}-{count}"
    return candidate
