"""How a command is refused."""

from __future__ import annotations

from hil.modem.at.results import Family


class Refusal(Exception):
    """A command that ends with an error instead of OK. Without a family: a plain ERROR."""

    def __init__(self, family: Family | None = None, code: int = 0) -> None:
        super().__init__(f"{family} {code}")
        self.family = family
        self.code = code


def cme(code: int) -> Refusal:
    return Refusal("CME", code)


def cms(code: int) -> Refusal:
    return Refusal("CMS", code)
