"""What an address leads to, by its host and by what people call it."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

ResourceKind = Literal["article", "code", "notebook", "talk", "other"]

VIDEO_HOSTS = ("youtube.com", "youtu.be", "vimeo.com", "slideslive.com", "twitch.tv", "loom.com")
CODE_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "sr.ht")
NOTEBOOK_HOSTS = ("colab.research.google.com", "kaggle.com", "mybinder.org")


def on_host(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether the address is on one of these hosts, or on a name below one."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return any(host == name or host.endswith(f".{name}") for name in hosts)


def path_of(url: str) -> str:
    try:
        return urlsplit(url).path.lower()
    except ValueError:
        return ""


def resource_kind(label: str, url: str) -> ResourceKind:
    """What a link in a reading list leads to, by its label first and its host second."""
    words = set(re.findall(r"[a-z]+", label.lower()))
    if (
        words & {"notebook", "notebooks", "colab"}
        or on_host(url, NOTEBOOK_HOSTS)
        or path_of(url).endswith(".ipynb")
    ):
        return "notebook"
    if words & {"talk", "lecture", "video", "keynote", "slides"} or on_host(url, VIDEO_HOSTS):
        return "talk"
    if words & {"blog", "post", "article"}:
        return "article"
    if words & {"code", "codebase", "repo", "repository"} or on_host(url, CODE_HOSTS):
        return "code"
    return "article"
