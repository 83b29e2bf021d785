"""Types of fields that files share (scenarios, rigs, cards, servers): the place where text becomes a value."""

from __future__ import annotations

import base64
import re
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, GetJsonSchemaHandler


@dataclass(frozen=True, slots=True)
class Offered:
    """Beside a field of text: words that an editor offers there. Any other text is as right as before."""

    words: Callable[[], Iterable[str]]

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(self.words())}, handler(schema)]}


UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "d": timedelta(days=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_TERM = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*,?", re.IGNORECASE)
LONGEST = timedelta(days=36500)


def duration(text: object) -> object:
    """``2 days``, ``1 h 30 min``, ``500 ms`` as a timedelta."""
    if not isinstance(text, str):
        return text
    total, at = timedelta(), 0
    while at < len(text.rstrip()):
        term = _TERM.match(text, at)
        unit = term and (UNITS.get(term[2].lower()) or UNITS.get(term[2].lower().removesuffix("s")))
        if term is None or unit is None:
            raise ValueError(f"{text!r} is no length of time; write it like '2 days', '1 h 30 min' or '500 ms'")
        count = float(term[1])
        if count * unit.total_seconds() > LONGEST.total_seconds():
            raise ValueError(f"{text!r} is longer than a hundred years")
        total += count * unit
        at = term.end()
    if at == 0:
        raise ValueError("a length of time is missing; write it like '2 days'")
    return total


def octets(text: object) -> object:
    """Hex digits, with or without white space, as bytes."""
    if not isinstance(text, str):
        return text
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ValueError("hex digits are expected, two for each byte") from error


def nonce(text: str) -> bytes:
    """A nonce, in base64 as AAuthData has it, or ``hex:`` and its digits. Raises `ValueError`."""
    if text[:4].lower() == "hex:":
        try:
            return bytes.fromhex(text[4:])
        except ValueError as error:
            raise ValueError("after hex: a nonce has hex digits, two for each byte") from error
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("a nonce is written in base64, as in AAuthData, or as hex: and its digits") from error


class _Secret:
    """Marks a field whose value no output may show."""


Secret = Annotated[str, _Secret()]


def is_secret(annotation: object) -> bool:
    """Whether a field's type is a secret, or may be one."""
    return isinstance(annotation, _Secret) or any(
        is_secret(each) for each in (*typing.get_args(annotation), *getattr(annotation, "__metadata__", ()))
    )


Duration = Annotated[timedelta, BeforeValidator(duration)]
HexBytes = Annotated[bytes, BeforeValidator(octets)]
Nonce = Annotated[bytes, BeforeValidator(lambda given: nonce(given) if isinstance(given, str) else given)]


def show_duration(length: timedelta) -> str:
    """A length of time the way a scenario writes it."""
    seconds = length.total_seconds()
    for name, unit in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= unit and seconds % unit == 0:
            count = int(seconds // unit)
            return f"{count} {name}{'s' if count != 1 else ''}"
    return f"{f'{seconds:f}'.rstrip('0').rstrip('.')} s"
