"""Which addresses may become links."""

from urllib.parse import quote_plus, unquote, urljoin, urlsplit

from django.core.exceptions import ValidationError

from papers.invisible import TURNS_AROUND

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


_NAMES = {"arxiv.org": "arXiv", "doi.org": "DOI"}
# Hosts of many people's code: there an address says whose, in its first two parts.
_CODE_HOSTS = frozenset(["github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "huggingface.co"])
# The first part of addresses there that is nobody's name.
_NOBODY = frozenset(
    ["blog", "collections", "docs", "features", "learn", "orgs", "papers", "spaces", "topics"]
)
LONGEST_REPOSITORY = 80  # characters


def site_name(url: str) -> str:
    """Where a link leads, in a word: arXiv, doi.org, github.com. Raises ValueError for what is no address."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return _NAMES.get(host, host)


def repository(url: str) -> str:
    """Whose code it is, where the address says so: github.com/NVlabs/edm. Elsewhere the name of the site.

    Codebases are called “Official Codebase” one and all: this is what tells them apart.
    """
    site = site_name(url)
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    if site not in _CODE_HOSTS or len(parts) < 2 or parts[0].lower() in _NOBODY:
        return site
    said = f"{site}/{parts[0]}/{parts[1].removesuffix('.git')}"
    return said if len(said) <= LONGEST_REPOSITORY and said.isprintable() else site


def arxiv_search(title: str) -> str:
    """Where arXiv looks for papers with the words of this title (https://info.arxiv.org/help/search/)."""
    return f"https://arxiv.org/search/?searchtype=title&query={quote_plus(TURNS_AROUND.sub('', title)[:300])}"


def validate_href(href: str) -> None:
    """Accept what can become a link: http(s), mailto, or relative to where the README lives."""
    if safe_url(href, base="https://relative.invalid/") is None:
        raise ValidationError(
            "“%(href)s” cannot be a link. Write an address that starts with https://, or a path beside the README.",
            code="unsafe_link",
            params={"href": href[:80]},
        )
