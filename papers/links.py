"""Which addresses may become links."""

from urllib.parse import urljoin, urlsplit

from django.core.exceptions import ValidationError

SAFE_SCHEMES = frozenset({"http", "https", "mailto"})


def safe_url(href: str, base: str = "") -> str | None:
    """`href` as an absolute address, joined to `base` where it is relative; None where it may not be a link.

    Only http, https and mailto lead anywhere: an address from a README must never run script
    (https://html.spec.whatwg.org/multipage/browsing-the-web.html#the-javascript:-url-special-case).
    """
    try:
        # CommonMark lets a destination in angle brackets hold spaces; an address has them as %20.
        href = href.strip().replace(" ", "%20")
        url = urljoin(base, href) if base else href
        parts = urlsplit(url)
    except ValueError:
        return None
    if any(ord(character) < 33 for character in url):
        return None
    if parts.scheme.lower() not in SAFE_SCHEMES:
        return None
    return url if parts.scheme.lower() == "mailto" or parts.netloc else None


def validate_href(href: str) -> None:
    """Accept what can become a link: http(s), mailto, or relative to where the README lives."""
    if safe_url(href, base="https://relative.invalid/") is None:
        raise ValidationError(
            "“%(href)s” cannot be a link. Write an address that starts with https://, or a path beside the README.",
            code="unsafe_link",
            params={"href": href[:80]},
        )
