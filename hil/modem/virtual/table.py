"""The table of commands, and how a handler refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hil.modem.at.results import Family
from hil.modem.virtual.syntax import Call

if TYPE_CHECKING:
    from hil.modem.virtual.modem import VirtualModem

Handler = Callable[["VirtualModem", Call], list[str] | None]
"""Carries a command out and returns the lines before OK. None: the answer comes later (a prompt is open)."""

COMMANDS: dict[str, Handler] = {}


def at(*names: str) -> Callable[[Handler], Handler]:
    """Decorator: this function carries out the commands of these names."""

    def register(handler: Handler) -> Handler:
        for name in names:
            COMMANDS[name] = handler
        return handler

    return register


class Refusal(Exception):
    """A command that ends with an error instead of OK. Without a family: a plain ERROR."""

    def __init__(self, family: Family | None = None, code: int = 0) -> None:
        super().__init__(f"{family} {code}")
        self.family = family
        self.code = code


NOT_ALLOWED = ("CME", 3)
INCORRECT = ("CME", 50)


def cme(code: int) -> Refusal:
    return Refusal("CME", code)


def cms(code: int) -> Refusal:
    return Refusal("CMS", code)
