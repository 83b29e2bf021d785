"""A command as a person pastes it into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

NAMED = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def command_line(words: Iterable[str]) -> str:
    """One line that a shell splits into ``words`` again.

    What cannot be printed is written within ``$'...'`` (POSIX.1-2024, 2.2.4): line ends, controls, and the bytes
    of an argument that were no text.

    >>> print(command_line(["dmrig", "run", "my file.yaml", "--set", "text=a\\nb"]))
    dmrig run 'my file.yaml' --set $'text=a\\nb'
    """
    return " ".join(shlex.quote(word) if word.isprintable() else f"$'{_escaped(word)}'" for word in words)


def _escaped(word: str) -> str:
    return "".join(NAMED.get(char) or (char if char.isprintable() else _octets(char)) for char in word)


def _octets(char: str) -> str:
    # In octal, of three digits always: how many hexadecimal digits a shell reads is left to it.
    return "".join(f"\\{octet:03o}" for octet in char.encode("utf-8", _errors(char)))


def _errors(char: str) -> str:
    """A byte that was no text comes as a surrogate from U+DC80 on (PEP 383)."""
    return "surrogateescape" if "\udc80" <= char <= "\udcff" else "surrogatepass"
