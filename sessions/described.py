"""What a session is about in a line or two, as search engines and chats show it under its title. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten

LONGEST = 200  # characters; chats and search engines cut what is longer


def described(day: str, presenters: Sequence[str], readings: Sequence[str], otherwise: str) -> str:
    """When it was, who presented, what was read; the words of `otherwise` where nothing is to be read."""
    sentences = [
        day,
        f"Presented by {enumerated(presenters)}" if presenters else "",
        f"Readings: {'; '.join(readings)}" if readings else otherwise,
    ]
    text = ". ".join(filter(None, (sentence.rstrip(". ") for sentence in sentences)))
    return cut(text if text.endswith(("!", "?", "…")) else f"{text}.")


def enumerated(names: Sequence[str]) -> str:
    """Ann; Ann and Bob; Ann, Bob and Cem."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def cut(text: str, most: int = LONGEST) -> str:
    """At most so many characters of the text in one line, cut between words; within one where no other has an end."""
    whole = " ".join(text.split())
    if len(whole) <= most:
        return whole
    at_a_word = shorten(whole, most - 1, placeholder="").rstrip(" ,.;:–-")
    return f"{at_a_word or whole[: most - 1]}…"
