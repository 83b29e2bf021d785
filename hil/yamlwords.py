"""What is wrong with a value, in the words of the person who wrote the file.

Models find mistakes in terms of types (``tuple_type``, ``less_than_equal``); a person wrote a list, a number, a
word. One table says for each kind of mistake what was expected. Values of secrets are never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

SECRET = re.compile(r"secret|nonce|pin|passw", re.IGNORECASE)
"""In the name of a field: its value is not shown."""

LONGEST_SHOWN = 60
"""Characters of a value in a sentence."""

LIST = "a list is expected"
MAPPING = "a mapping (name: value) is expected"
NUMBER = "a number is expected"
WHOLE = "a whole number is expected"
TEXT = "text is expected"
YES_NO = "yes or no is expected"
LENGTH = "a length of time is expected, such as '2 days'"
MOMENT = "a date and time is expected, such as '2026-01-31T12:00:00Z'"

EXPECTED = {
    "bool_parsing": YES_NO,
    "bool_type": YES_NO,
    "bytes_type": TEXT,
    "dict_type": MAPPING,
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "finite_number": NUMBER,
    "frozen_set_type": LIST,
    "int_from_float": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": "this number is far too large",
    "int_type": WHOLE,
    "iterable_type": LIST,
    "list_type": LIST,
    "mapping_type": MAPPING,
    "model_attributes_type": MAPPING,
    "model_type": MAPPING,
    "path_type": "the name of a file is expected",
    "set_type": LIST,
    "string_type": TEXT,
    "tuple_type": LIST,
}
"""By kind of mistake. Dates and lengths of time have many kinds: see `FAMILIES`."""

FAMILIES = {"date": MOMENT, "time_delta": LENGTH, "timezone": MOMENT}
"""By how the kind of mistake begins."""

MAPPINGS = frozenset({"dict_type", "mapping_type", "model_attributes_type", "model_type"})

Limits = Mapping[str, Any]


def _entries(count: int) -> str:
    return "1 entry is" if count == 1 else f"{count} entries are"


def _there(limits: Limits) -> str:
    count = limits.get("actual_length")
    if not isinstance(count, int):
        return ""
    return ", and there is none" if count == 0 else f", and there {'is' if count == 1 else 'are'} {count}"


LIMITED: dict[str, Callable[[Limits], str]] = {
    "greater_than": lambda limits: f"more than {limits['gt']} is expected",
    "greater_than_equal": lambda limits: f"at least {limits['ge']} is expected",
    "less_than": lambda limits: f"less than {limits['lt']} is expected",
    "less_than_equal": lambda limits: f"at most {limits['le']} is expected",
    "multiple_of": lambda limits: f"a multiple of {limits['multiple_of']} is expected",
    "too_short": lambda limits: f"at least {_entries(limits['min_length'])} expected{_there(limits)}",
    "too_long": lambda limits: f"at most {_entries(limits['max_length'])} expected{_there(limits)}",
    "string_too_short": lambda limits: f"at least {limits['min_length']} characters are expected",
    "string_too_long": lambda limits: f"at most {limits['max_length']} characters are expected",
    "bytes_too_short": lambda limits: f"at least {limits['min_length']} bytes are expected",
    "bytes_too_long": lambda limits: f"at most {limits['max_length']} bytes are expected",
    "string_pattern_mismatch": lambda limits: _form(str(limits["pattern"])),
}
"""By kind of mistake, from the limits that the field has."""

EXPECTING = re.compile(r"\bexpected\b")
"""In a sentence about what should stand there; one of other words is about what a mapping has in it."""

_DIGITS = re.compile(r"\^(?P<plus>\\\+\?)?\[0-9\]\{(?P<least>\d+)(?:,(?P<most>\d+))?\}\$")


def _form(pattern: str) -> str:
    found = _DIGITS.fullmatch(pattern)
    if found is None:
        return f"this has not the form that is expected ({pattern})"
    least, most = found["least"], found["most"]
    count = f"{least} to {most}" if most and most != least else least
    return f"{count} digits are expected{', perhaps with + in front' if found['plus'] else ''}"


def sentence(error: ErrorDetails, names: Iterable[str | int] = ()) -> str:
    """What was expected, and what stands there instead. ``names`` lead to where the error's own place begins."""
    kind, seen = error["type"], error["input"]
    said = EXPECTED.get(kind) or next((text for begin, text in FAMILIES.items() if kind.startswith(begin)), None)
    if kind in LIMITED:
        said = LIMITED[kind](error.get("ctx", {}))
    if said is None:
        message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        said = message[:1].lower() + message[1:]
        if said.startswith("input should be "):
            said = said.removeprefix("input should be ") + " is expected"
    if is_secret((*names, *error["loc"])):
        return _without(said, seen)
    return said + _instead(seen, said)


def is_secret(names: Iterable[str | int]) -> bool:
    """Whether a value in this place must not be shown."""
    return any(isinstance(name, str) and SECRET.search(name) for name in names)


def _instead(seen: Any, said: str) -> str:
    match seen:
        case None:
            return ", and nothing stands here"
        case str():
            short = seen if len(seen) <= LONGEST_SHOWN else seen[:LONGEST_SHOWN] + "..."
            return f" (here: {short!r})" if repr(seen) not in said else ""
        case dict() if said != MAPPING and EXPECTING.search(said):
            return ", not a mapping"
        case list() | tuple() if said in (MAPPING, NUMBER, WHOLE, TEXT, YES_NO, LENGTH, MOMENT):
            return ", not a list"
    return ""


def _without(said: str, secret: Any) -> str:
    """The sentence of a validator that may have repeated the value."""
    if not isinstance(secret, str) or not secret:
        return said
    said = said.replace(repr(secret), "this value")
    return "this value does not fit here" if secret in said and len(secret) > 2 else said


def no_yaml(problem: str, line: str, column: int) -> str:
    """Why a file is no YAML: what the parser says, but for slips that its words do not lead to. It has stopped at
    this ``column``, from one, of this line.

    >>> no_yaml("did not find expected ',' or '}'", "- wait: {duration: ${time}}", 21)
    'a variable inside { } or [ ] needs quotes: "${time}"'
    """
    before, here = line[: column - 1], line[column - 1 :]
    variable = re.match(r"\{[^{}]*\}", here)
    if before.endswith("$") and variable:
        return f'a variable inside {{ }} or [ ] needs quotes: "${variable[0]}"'
    if "cannot start any token" in problem and here:
        if here[0] == "\t":
            return "a tab stands here, and YAML is indented with blanks"
        return f"a text that begins with {here[0]} needs quotes"
    if problem.startswith("mapping values are not allowed"):
        return "a second ':' has no place in this line: a text with ': ' in it needs quotes, a mapping { }"
    if "another document" in problem:
        return "a second document begins here, and a file holds one"
    return problem
