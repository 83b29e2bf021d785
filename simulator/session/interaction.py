"""User interaction: what a server asks a person through the device, and what the person answers (DM Protocol §10).

A device has a `User` or none. The session hands it an `Interaction` and gets an answer back at once; whoever
simulates the person decides what time has passed. Options of the alert are limits of the device's screen and
keys: an answer that these would not have let through counts as cancelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from urllib.parse import unquote_plus

from simulator.codes.alert import AlertCode


class InputType(StrEnum):
    """IT: what may be typed."""

    ALPHANUMERIC = "A"
    NUMERIC = "N"
    DATE = "D"
    """DDMMYYYY"""
    TIME = "T"
    """hhmmss"""
    PHONE = "P"
    IP_ADDRESS = "I"


class EchoType(StrEnum):
    """ET: what is seen while typing."""

    TEXT = "T"
    PASSWORD = "P"


@dataclass(frozen=True, slots=True)
class Options:
    """The option string of the first Item (§10.3); None where the server does not say."""

    min_seconds: int | None = None
    """MINDT: how long the text is shown at least."""
    max_seconds: int | None = None
    """MAXDT: how long an answer is waited for."""
    default: str | None = None
    """DR: the answer that is proposed, and that counts when time is up."""
    max_length: int | None = None
    """MAXLEN: characters that may be typed."""
    input_type: InputType = InputType.ALPHANUMERIC
    echo: EchoType = EchoType.TEXT


LONGEST_NUMBER = 9
"""Digits of MINDT, MAXDT and MAXLEN that are read."""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def _member(kind: type[StrEnum]) -> Callable[[str], object]:
    return lambda text: next((member for member in kind if member.value == text.strip().upper()), None)


OPTIONS: dict[str, tuple[str, Callable[[str], object]]] = {
    "MINDT": ("min_seconds", _number),
    "MAXDT": ("max_seconds", _number),
    "DR": ("default", str),
    "MAXLEN": ("max_length", _number),
    "IT": ("input_type", _member(InputType)),
    "ET": ("echo", _member(EchoType)),
}
"""Option → attribute, and what reads its value (None: no such value)."""


def read_options(text: str) -> Options:
    """Options joined with ``&``, values URL-encoded. Unknown ones, and values that are none, are skipped (§10.3).

    >>> read_options("MAXDT=30&DR=Hello+you&NEW=1").default
    'Hello you'
    """
    found: dict[str, object] = {}
    for part in text.split("&"):
        name, _, written = part.partition("=")
        attribute, read = OPTIONS.get(name.strip().upper(), ("", str))
        value = read(unquote_plus(written)) if attribute else None
        if value is not None:
            found[attribute] = value
    return Options(**found)  # type: ignore[arg-type]


# -- what is asked, what is answered


@dataclass(frozen=True, slots=True)
class Interaction:
    """One user-interaction alert."""

    code: AlertCode
    """1100 to 1104."""
    text: str
    choices: tuple[str, ...] = ()
    """Of 1103 and 1104, in the order of the message (§10.2); numbered from 1."""
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Shown:
    """The user has seen it (1100)."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Yes or No (1101)."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """A text (1102)."""

    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Numbers of choices (1103: exactly one; 1104: any), from 1."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The user will not answer."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """MAXDT went by, or the user is not there: the default answer counts, if there is one."""


Answer = Shown | Confirmed | Typed | Chosen | Cancelled | TimedOut


class User(Protocol):
    """The person in front of the device."""

    def answer(self, interaction: Interaction) -> Answer | None:
        """None: the device cannot show this (406)."""
        ...


class ScriptedUser:
    """Gives prepared answers, one after the other; when they are used up, nobody is there any more."""

    def __init__(self, answers: Iterable[Answer | None] = ()) -> None:
        self.answers = list(answers)
        self.asked: list[Interaction] = []

    def answer(self, interaction: Interaction) -> Answer | None:
        self.asked.append(interaction)
        return self.answers.pop(0) if self.answers else TimedOut()


# -- what the device lets through


def settled(interaction: Interaction, answer: Answer) -> tuple[Answer, str | None]:
    """The answer that counts: the default one when time is up, `Cancelled` for what the device would not take.

    Also why it would not take it.
    """
    if isinstance(answer, TimedOut):
        proposed = _DEFAULTS[interaction.code](interaction)
        if proposed is None or _objection(interaction, proposed):
            return Cancelled(), None
        return proposed, None
    why = _objection(interaction, answer)
    return (answer, None) if why is None else (Cancelled(), why)


def _default_confirmation(interaction: Interaction) -> Answer | None:
    return {"0": Confirmed(False), "1": Confirmed(True)}.get((interaction.options.default or "").strip())


def _default_text(interaction: Interaction) -> Answer | None:
    return None if interaction.options.default is None else Typed(interaction.options.default)


def _default_choice(interaction: Interaction) -> Answer | None:
    """Numbers joined by ``-``."""
    numbers = [_number(part.strip()) for part in (interaction.options.default or "").split("-")]
    found = tuple(number for number in numbers if number is not None)
    return Chosen(found) if len(found) == len(numbers) else None


_DEFAULTS: dict[AlertCode, Callable[[Interaction], Answer | None]] = {
    AlertCode.DISPLAY: lambda _: Shown(),
    AlertCode.CONFIRM_OR_REJECT: _default_confirmation,
    AlertCode.TEXT_INPUT: _default_text,
    AlertCode.SINGLE_CHOICE: _default_choice,
    AlertCode.MULTIPLE_CHOICE: _default_choice,
}

_ANSWERS: dict[AlertCode, type[Answer]] = {
    AlertCode.DISPLAY: Shown,
    AlertCode.CONFIRM_OR_REJECT: Confirmed,
    AlertCode.TEXT_INPUT: Typed,
    AlertCode.SINGLE_CHOICE: Chosen,
    AlertCode.MULTIPLE_CHOICE: Chosen,
}

_TYPED = {
    InputType.ALPHANUMERIC: re.compile(".*", re.DOTALL),
    InputType.NUMERIC: re.compile(r"[+-]?[0-9]*[.,]?[0-9]*"),
    InputType.DATE: re.compile(r"([0-9]{8})?"),
    InputType.TIME: re.compile(r"([0-9]{6})?"),
    InputType.PHONE: re.compile(r"[0-9+*#()/ .pPwW-]*"),
    InputType.IP_ADDRESS: re.compile(r"([0-9]{1,3}(\.[0-9]{1,3}){3})?"),
}


def _objection(interaction: Interaction, answer: Answer) -> str | None:
    """Why the device's screen and keys do not let this answer through."""
    if isinstance(answer, Cancelled):
        return None
    if not isinstance(answer, _ANSWERS[interaction.code]):
        return f"{answer} is no answer to Alert {int(interaction.code)}"
    match answer:
        case Typed(text=text):
            limit, kind = interaction.options.max_length, interaction.options.input_type
            if limit is not None and len(text) > limit:
                return f"{len(text)} characters were typed where MAXLEN is {limit}"
            if not _TYPED[kind].fullmatch(text):
                return f"what was typed is not of input type {kind} ({kind.name.lower()})"
        case Chosen(numbers=numbers):
            if interaction.code is AlertCode.SINGLE_CHOICE and len(numbers) != 1:
                return f"{len(numbers)} choices were made where one is due"
            if len(set(numbers)) != len(numbers) or not all(1 <= n <= len(interaction.choices) for n in numbers):
                return f"the choices {numbers} are not among the {len(interaction.choices)} that there are"
    return None
