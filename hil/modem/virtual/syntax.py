"""Taking a command line apart (V.250 §5.2-5.4, TS 27.007 §4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from hil.modem.at.values import split_values


class Form(Enum):
    EXECUTE = ""
    READ = "?"
    TEST = "=?"
    SET = "="


@dataclass(frozen=True, slots=True)
class Call:
    """One command of a line: ``+CMGF``, SET, ``["0"]``."""

    name: str
    form: Form
    values: tuple[str, ...] = ()

    def value(self, place: int) -> str:
        """The value at ``place``, empty when it is left out."""
        return self.values[place] if place < len(self.values) else ""


_EXTENDED = re.compile(
    r"""\s*(?P<name>[+^#$*%][A-Za-z0-9!%./:_-]*)
        (?P<form>=\?|\?|=|)
        (?P<values>(?:"[^"]*"|[^";])*)(?:;|$)""",
    re.VERBOSE,
)
_BASIC = re.compile(r"\s*(?P<name>&?[A-Za-z])(?P<number>\d*)(?P<form>=\?|\?|=|)(?P<values>[^;A-Za-z&+]*);?")


def parse(line: str) -> list[Call] | None:
    """The commands of a line such as ``ATE0;+CMGF=0``; None when it does not follow the rules."""
    if line[:2].upper() != "AT":
        return None
    calls = []
    position = 2
    while line[position:].strip(" ;"):
        found = _EXTENDED.match(line, position) or _BASIC.match(line, position)
        if found is None:
            return None
        form = Form(found["form"])
        values = found["values"].strip()
        if values and form is not Form.SET:
            return None
        if found.re is _BASIC and found["number"]:
            # the digits after a letter are its value, and 0 when there are none
            if form is not Form.EXECUTE and found["name"].upper() != "S":
                return None
            values = found["number"]
        calls.append(Call(found["name"].upper(), form, tuple(split_values(values)) if values else ()))
        position = found.end()
    return calls
