"""Alerts of a server: those that a user answers (DM Protocol §10), and any other by its code."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlencode

from pydantic import Field, model_validator

from hil.server.said import Command, Text
from simulator.codes.alert import AlertCode


class Alert(Command):
    """``alert: 1223`` aborts the session.

    An alert for the user has an option string as first item, the text as second and the choices behind it;
    ``text``, ``options`` and ``choices`` make these, or ``items`` says them as they stand.
    """

    code: int = Field(ge=0, le=9999)
    items: tuple[Text, ...] = ()
    text: Text | None = None
    options: dict[str, Text] = Field(default_factory=dict)
    """By the standard's names: MINDT, MAXDT, DR, MAXLEN, IT, ET."""
    choices: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Alert:
        if self.items and (self.text is not None or self.options or self.choices):
            raise ValueError("give either 'items', or 'text', 'options' and 'choices'")
        return self

    def said(self) -> tuple[str, ...]:
        """The Data of each Item, in the order that counts (§10.2)."""
        if self.text is None and not self.options and not self.choices:
            return self.items
        return (urlencode(self.options), self.text or "", *self.choices)


class _ForUser(Alert):
    fixed: ClassVar[AlertCode]

    @model_validator(mode="before")
    @classmethod
    def _code(cls, said: object) -> object:
        if isinstance(said, dict) and "code" not in said:
            return {**said, "code": int(cls.fixed)}
        return said

    @model_validator(mode="after")
    def _no_other(self) -> _ForUser:
        if self.code != self.fixed:
            raise ValueError(f"this alert has code {int(self.fixed)}; 'alert' takes any code")
        return self


class Display(_ForUser):
    """A text, to be seen."""

    fixed = AlertCode.DISPLAY


class Confirm(_ForUser):
    """A question: 200 for yes, 304 for no."""

    fixed = AlertCode.CONFIRM_OR_REJECT


class Ask(_ForUser):
    """A text to be typed: it comes back in the Status."""

    fixed = AlertCode.TEXT_INPUT


class Choose(_ForUser):
    """One of ``choices``: its number, from 1, comes back."""

    fixed = AlertCode.SINGLE_CHOICE


class ChooseMany(_ForUser):
    """Any of ``choices``: one item with a number for each comes back."""

    fixed = AlertCode.MULTIPLE_CHOICE
