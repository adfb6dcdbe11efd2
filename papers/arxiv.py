"""Identifiers of papers: arXiv's and DOIs, read from links and from what people paste.

Sources: https://info.arxiv.org/help/arxiv_identifier.html (the two schemes),
https://info.arxiv.org/help/arxiv_identifier_for_services.html (the preferred external form),
https://www.doi.org/doi-handbook/HTML/ (DOIs; comparison ignores ASCII case).
"""

import re
from urllib.parse import SplitResult, unquote, urlsplit

_HOSTS = frozenset(["arxiv.org", "www.arxiv.org", "export.arxiv.org"])
_DOI_HOSTS = frozenset(["doi.org", "www.doi.org", "dx.doi.org"])
_PAGES = frozenset(["abs", "pdf", "html", "format", "ps", "src", "e-print"])
# Archives that gave out identifiers until March 2007 (https://arxiv.org/archive), closed ones included.
_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|"
    "dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|"
    "physics|plasm-ph|q-alg|q-bio|quant-ph|solv-int|stat|supr-con"
)
_VERSION = r"(?:v[1-9][0-9]*)?"
_NEW = re.compile(rf"([0-9]{{2}})(0[1-9]|1[0-2])\.([0-9]{{4,5}}){_VERSION}")
_SUBJECT = r"(?:\.[A-Z]{2}|\.[a-z]{2}-[a-z]{2,4})?"  # math.GT, physics.ao-ph
_OLD = re.compile(rf"({_ARCHIVES}){_SUBJECT}/([0-9]{{2}})(0[1-9]|1[0-2])([0-9]{{3}}){_VERSION}")
_WRITTEN = re.compile(r"(?:arxiv:\s{0,3})?(\S+?)(?:\s{0,3}\[[A-Za-z.-]{2,20}\])?", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\x00-\x1f\x7f]+")
_ARXIV_DOI = "10.48550/arxiv."


def arxiv_id(text: str) -> str | None:
    """The arXiv identifier, without version, that the whole of `text` is or links to; else None.

    Read are identifiers (`2006.11239v2`, `arXiv:2006.11239 [cs.LG]`, `hep-th/9901001`), links to arXiv with
    or without scheme, and arXiv's own DOIs (`10.48550/arXiv.2006.11239`).

    A subject class is dropped: `math.GT/0309136` and `math/0309136` are one paper, and arXiv names the second
    as the preferred form (https://info.arxiv.org/help/arxiv_identifier_for_services.html).
    """
    text = text.strip()
    written = _WRITTEN.fullmatch(text)
    if written and (found := _identifier(written[1])):
        return found
    if link := _link(text):
        return _of_link(link)
    registered = doi(text)
    return _of_doi(registered) if registered else _of_link(_link(f"https://{text}"))


def arxiv_link(text: str) -> str | None:
    """The identifier where `text` is an http(s) link to a paper on arXiv, by its DOI included; else None."""
    return _of_link(_link(text.strip()))


def abs_url(identifier: str) -> str:
    """The page of a paper, latest version."""
    return f"https://arxiv.org/abs/{identifier}"


def doi(text: str) -> str | None:
    """The DOI, in lower case, that the whole of `text` is or links to; else None.

    Read are links to doi.org, `doi:10.…/…` and bare `10.…/…`.
    """
    text = text.strip()
    if link := _link(text):
        return _doi_name(unquote(link.path).lstrip("/")) if link.hostname in _DOI_HOSTS else None
    host, _, path = text.partition("/")
    if host.lower() in _DOI_HOSTS:
        return doi(f"https://{host}/{path}")
    return _doi_name(re.sub(r"^doi:\s{0,3}", "", text, flags=re.IGNORECASE))


def _doi_name(text: str) -> str | None:
    if not _DOI.fullmatch(text):
        return None
    # DOIs ignore the case of ASCII letters only.
    return re.sub(r"[A-Z]+", lambda capitals: capitals[0].lower(), text)


def _link(text: str) -> SplitResult | None:
    """The parts of an http(s) link without user and with the usual port; None for anything else."""
    if not re.fullmatch(r"https?://[^\s\x00-\x1f\x7f]+", text, re.IGNORECASE):
        return None
    try:
        link = urlsplit(text)
        usual = link.port in (None, 80, 443)
    except ValueError:  # a bad port, or brackets that are no IPv6 address
        return None
    return link if usual and "@" not in link.netloc else None


def _of_link(link: SplitResult | None) -> str | None:
    if link is None:
        return None
    path = unquote(link.path)
    if link.hostname in _DOI_HOSTS:
        name = _doi_name(path.lstrip("/"))
        return _of_doi(name) if name else None
    if link.hostname not in _HOSTS:
        return None
    page, _, rest = path.lstrip("/").partition("/")
    return _identifier(rest.strip("/").removesuffix(".pdf")) if page in _PAGES else None


def _of_doi(name: str) -> str | None:
    return _identifier(name.removeprefix(_ARXIV_DOI)) if name.startswith(_ARXIV_DOI) else None


def _identifier(text: str) -> str | None:
    """An identifier as either scheme writes it, without its version and subject class."""
    if new := _NEW.fullmatch(text):
        year, month, number = new.groups()
        # The scheme began in April 2007; numbers have five digits since January 2015, and start at 1.
        digits = 5 if year >= "15" else 4
        return (
            f"{year}{month}.{number}"
            if year + month >= "0704" and len(number) == digits and int(number)
            else None
        )
    if old := _OLD.fullmatch(text):
        archive, year, month, number = old.groups()
        # The scheme of 1991 to March 2007; some archives hold papers from before arXiv, down to year 89.
        known = year >= "89" or year + month <= "0703"
        return f"{archive}/{year}{month}{number}" if known and int(number) else None
    return None
