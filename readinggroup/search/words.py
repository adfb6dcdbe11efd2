"""What was typed, as a query. Pure: no database."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from papers.tex import to_text

LONGEST = 200  # characters of a query that are looked at
MOST_WORDS = 16  # of a phrase
MOST_TERMS = 16  # words and phrases that are looked for, alternatives among them
MOST_WITHOUT = 8  # and that are left out
SHORTEST_BEGINNING = (
    3  # letters that find the words they begin; of the last word, which may still be typed, two
)

# The same replacements as the database's `readinggroup_plain`, in the same order (migration 0006).
_ACCENTS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict(zip("øłđðıħŋȷς×", "olddihnjσx", strict=True))
    | dict.fromkeys("\\{}$^_\u00ad\u200b\u200c\u200d\u2060\ufeff")
)
# Of Chinese, whose words stand without spaces: each letter is one of its own, so all parts of a title are found.
_WORD_LETTERS = re.compile("([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_POSSESSIVE = re.compile("['\u2019\u02bc]s(?![a-z0-9])")
_SIGNS = re.compile(
    "[\u0001-/:-@\\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00f7\u02c2-\u02df\u2000-\u206f"
    "\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f\ufe10-\ufe6f]"
)
# Words that people put between those that matter, and “et al” and “paper” behind them: not asked for where others are.
STOP_WORDS = frozenset(
    re.findall(
        "[a-z]+",
        "et al paper papers pdf arxiv "
        "a about after all am an and any are as at be been before being both but by can could did do does "
        "doing for from had has have having he her here his how i if in into is it its itself just me more "
        "most my no nor not now of off on once only or other our out over own same she should so some such "
        "than that the their them then there these they this those to too under until up very was we were "
        "what when where which while who whom why will with would you your",
    )
)


def plain(text: str) -> str:
    r"""Text, TeX in it resolved, as it is compared: small letters and digits with single spaces between words.

    “I$^2$SB: Schr\"odinger” is “i2sb schrodinger”. “++” is a word, or C++ would be C; the s of “Katherine's” is none.
    Each Chinese letter is one.
    """
    return " ".join(folded(to_text(text)).split())


def folded(text: str) -> str:
    """The same without TeX, spaces as they come: `marking` asks it of single characters too."""
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).lower())
    text = _WORD_LETTERS.sub(r" \1 ", text).translate(_LETTERS)
    return _SIGNS.sub(" ", _POSSESSIVE.sub("", text.replace("++", " plusplus ")))


class _Stemmers(threading.local):
    """A stemmer for each thread: it keeps the word that it is at."""

    def __init__(self) -> None:
        self.english = snowballstemmer.stemmer("english")


_stemmers = _Stemmers()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The word without its endings, about as PostgreSQL's English dictionary has it."""
    return str(_stemmers.english.stemWord(word)) if word.isascii() else word


@dataclass(frozen=True)
class Term:
    """One thing that is looked for: a word, or words that stand side by side (of a phrase, or of “super-resolution”)."""

    words: tuple[str, ...]
    typed: str
    exactly: bool = False  # quoted: no endings, no beginnings, no other spelling
    open_ended: bool = False  # its last word may be the beginning of one
    is_begun: bool = False  # one letter at the end: a word that somebody is about to type

    @property
    def is_stop(self) -> bool:
        return not self.exactly and (self.is_begun or all(word in STOP_WORDS for word in self.words))


@dataclass(frozen=True)
class Query:
    """What was typed: of each group one term has to be found (groups of several are joined by “or”), of `without` none."""

    text: str = ""  # as typed
    groups: tuple[tuple[Term, ...], ...] = ()
    without: tuple[Term, ...] = ()
    too_many: tuple[str, ...] = ()  # as typed: what is looked for no more, since so much is before it

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def terms(self) -> list[Term]:
        return [term for group in self.groups for term in group]

    @property
    def asked(self) -> tuple[tuple[Term, ...], ...]:
        """The groups that have to be found: not “the” and “of”, unless there is nothing else."""
        return tuple(group for group in self.groups if not all(term.is_stop for term in group)) or self.groups

    @property
    def only_stops(self) -> bool:
        return all(term.is_stop for term in self.terms)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for term in self.terms for word in term.words)


_TOKEN = re.compile(r'(-?)(?:"([^"]*)(?:"|$)|([^\s",;/|]+)|([\s,;/]+)|(\|))')
_ONE_LETTER = re.compile("[a-z]")  # where a letter is a word of its own, as in Chinese, it is meant
_QUOTES = str.maketrans(dict.fromkeys("“”„‟″«»", '"') | dict.fromkeys("−–—", "-") | {"\0": " "})


def parse(text: str) -> Query:
    """The query that somebody typed; never raises.

    Words are looked for in any order; “words in quotes” as they stand; `-word` is left out; `or` joins two.
    """
    text = " ".join(text.replace("\0", " ")[:LONGEST].split())
    groups: list[list[Term]] = []
    without: list[Term] = []
    too_many: list[str] = []
    joins = False
    source = to_text(text).translate(_QUOTES)
    for token in _TOKEN.finditer(source):
        minus, phrase, word, _, bar = token.groups()
        if bar or (word and not minus and word.lower() == "or"):
            joins = bool(groups)
            continue
        words = tuple(folded(phrase if word is None and phrase is not None else word or "").split())[
            :MOST_WORDS
        ]
        if not words:
            continue
        is_last = token.end() == len(source)
        term = Term(
            words,
            (phrase or word).strip(),
            exactly=phrase is not None,
            open_ended=phrase is None and _begins(words, is_last=is_last),
            is_begun=is_last and len(words) == 1 and bool(_ONE_LETTER.fullmatch(words[0])),
        )
        typed = token[0].strip()
        if minus and (token.start() == 0 or source[token.start() - 1].isspace()):
            if len(without) < MOST_WITHOUT:
                without.append(term)
            else:
                too_many.append(typed)
        elif sum(map(len, groups)) == MOST_TERMS:
            too_many.append(typed)
        elif joins:
            groups[-1].append(term)
        else:
            groups.append([term])
        joins = False
    return Query(text, tuple(map(tuple, groups)), tuple(without), tuple(dict.fromkeys(too_many)))


def _begins(words: tuple[str, ...], *, is_last: bool) -> bool:
    """Whether the last of these may be the beginning of a word. Digits alone are whole, unless they end an identifier."""
    last = words[-1]
    if last.isdecimal():
        return len(words) > 1
    return len(last) >= (SHORTEST_BEGINNING - 1 if is_last else SHORTEST_BEGINNING)
