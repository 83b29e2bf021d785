"""The forms and values that a command takes; it is refused with others (TS 27.007 §4)."""

from __future__ import annotations

from hil.modem.profile.observed import values
from hil.modem.virtual.refusal import Refusal, cme
from hil.modem.virtual.syntax import Call, Form


def execute_only(call: Call) -> None:
    if call.form is not Form.EXECUTE:
        raise Refusal


def flag(call: Call) -> bool:
    """The 0 or 1 of a basic command; 0 when it is left out."""
    if call.form is not Form.EXECUTE or call.value(0) not in ("", "0", "1"):
        raise Refusal
    return call.value(0) == "1"


def choice(call: Call, allowed: frozenset[str]) -> int:
    """The one number of a set command."""
    if call.form is not Form.SET or len(call.values) != 1 or call.values[0] not in allowed:
        raise cme(50)
    return int(call.values[0])


def tested(call: Call, answer: str | None) -> list[str]:
    """What ``=?`` gets: the lists of the profile, or OK alone."""
    return [f"{call.name}: {answer}"] if answer else []


def first_list(answer: str | None) -> frozenset[str]:
    """The values that ``=?`` names for the first parameter."""
    return next(iter(values(answer)), frozenset())
