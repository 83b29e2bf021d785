"""How a command is refused."""

from __future__ import annotations

from hil.modem.at.results import Family, final_result


class Refusal(Exception):
    """A command that ends with an error instead of OK. Without a family: with ``text``, a plain ERROR."""

    def __init__(self, family: Family | None = None, code: int = 0, text: str = "ERROR") -> None:
        super().__init__(f"{family} {code}" if family else text)
        self.family = family
        self.code = code
        self.text = text


def cme(code: int) -> Refusal:
    return Refusal("CME", code)


def cms(code: int) -> Refusal:
    return Refusal("CMS", code)


def as_said(text: str) -> Refusal:
    """The refusal that shows as this final result, so far as +CMEE lets it."""
    final = final_result(text)
    if final is not None and final.family is not None and final.code is not None:
        return Refusal(final.family, final.code)
    return Refusal(text=text)
