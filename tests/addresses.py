"""The addresses that the site has, as its own list of them says."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

SAMPLE = {"slug": "1-owls", "number": "1", "colour": "8c2f1b", "name": "materials/a/b.pdf"}


def patterns(within: URLResolver | None = None) -> Iterator[URLPattern]:
    """Every pattern but the admin's."""
    for each in (within or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            yield each
        elif each.app_name != "admin":
            yield from patterns(each)


def every_public_address(**values: str) -> list[str]:
    """One address for each pattern, filled in with these values where it has a place for one."""
    return [address(each, **values) for each in patterns()]


def address(pattern: URLPattern, **values: str) -> str:
    """What the pattern matches, with these values in its places, whether they fit in or not."""
    [(form, _)] = normalize(pattern.pattern.regex.pattern)
    return "/" + form % (SAMPLE | values)
