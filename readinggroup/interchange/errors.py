"""What a file can be told to be wrong about."""

from __future__ import annotations

from dataclasses import dataclass


class UnreadableError(ValueError):
    """A file that cannot be imported: one line for people, with the line of the file where that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = " ".join(message.split())
        self.line = line

    def in_file(self, name: str) -> str:
        """`FILE:LINE: text`, as compilers say it."""
        return f"{name}:{self.line}: {self.message}" if self.line else f"{name}: {self.message}"


@dataclass(frozen=True, order=True)
class Notice:
    """A warning: the file was understood, but a person should look at that line."""

    line: int
    text: str

    def in_file(self, name: str) -> str:
        return f"{name}:{self.line}: {self.text}"
