"""Putting a modem's settings back: what a run changes is asked for before, and set again behind it.

Echo (ATE) is left off: no question tells how it was, and every program sets it for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.modem.at.parser import Command
from hil.modem.at.values import split_values
from hil.modem.conversation import Dialogue
from hil.modem.fetch import MEMORY

SECONDS = 5.0
"""For each command: whoever waits for the end of a run does not wait for a modem that has died."""

FIRST, ALL, MEMORIES = (0,), None, (0, 3, 6)

SETTINGS: Mapping[str, tuple[int, ...] | None] = {
    "+CNMI": ALL,
    "+CPMS": MEMORIES,
    "+CSMS": FIRST,
    "+CREG": FIRST,
    "+CGREG": FIRST,
    "+CEREG": FIRST,
    "+CMGF": FIRST,
    "+CMEE": FIRST,
}
"""What is changed, in the order in which it is put back, and which of the values that the question shows are set
again. +CNMI is first: nothing more comes in that nobody takes; +CMEE last: its numbers tell what went wrong."""


_NUMBER = re.compile(r"[0-9]{1,3}")


@dataclass(slots=True)
class Before:
    """How a modem was found: the values of each setting that it shows."""

    values: dict[str, list[str]] = field(default_factory=dict)


def look(before: Before) -> Dialogue[None]:
    """Before anything is changed; again for what a modem shows only when its SIM is unlocked. What it never shows
    cannot be put back."""
    for name in SETTINGS:
        if name not in before.values and (shown := (yield from _shown(name))):
            before.values[name] = shown


def put_back(before: Before) -> Dialogue[list[str]]:
    """What differs is set again; says what the modem did not take back."""
    refused = []
    for name, values in before.values.items():
        if (yield from _shown(name)) == values:
            continue
        answer = yield Command(f"AT{name}={','.join(values)}", timeout=SECONDS)
        if answer is None or not answer.ok:
            refused.append(f"{name} was {','.join(values)}, and the modem does not take it back")
    return refused


def _shown(name: str) -> Dialogue[list[str]]:
    answer = yield Command(f"AT{name}?", timeout=SECONDS)
    value = answer.value() if answer is not None and answer.ok else None
    if value is None:
        return []
    said = split_values(value)
    wanted = SETTINGS[name]
    picked = said if wanted is None else [said[at] for at in wanted if at < len(said)]
    form = MEMORY if wanted is MEMORIES else _NUMBER
    if not all(form.fullmatch(each) for each in picked):
        return []
    # A memory's name is text, and stands in quotes when it is set.
    return [f'"{each}"' for each in picked] if wanted is MEMORIES else picked
