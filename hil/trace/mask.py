"""What must not be shown: the run's secrets, replaced wherever a trace is shown or exported.

Two nets lie over each other. Secrets that are known by value (a part or step called `Masker.add`) are replaced
in every form they may take (``forms``); what its place gives away as a secret (``structure``) is replaced whether
anybody knew it or not. What is left keeps apart what differs: the last four digits of an IMSI or ICCID stay.

In text a mask is ``•••``. Octets keep their length, so that a dissector still finds every field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from hil.trace.forms import KEPT_DIGITS, Form, Spelling, cover, forms, is_identity
from hil.trace.record import Json
from hil.trace.structure import (
    DATA_NAMES,
    HIDDEN,
    OCTETS_DIGITS,
    SECRET_NODES,
    Tells,
    hide_pin,
    hide_places,
    hide_received,
    hide_sent,
    last_digits,
    narrow,
    plain_name,
    quiet,
    what_tells,
    without_gaps,
)

SHORTEST_PIECE = 3
"""Octets of a secret that are hidden when a chunk (a READ BINARY, an SMS) ends or begins inside of it."""

CUT: frozenset[Spelling] = frozenset({"text", "wide", "bcd"})
"""The spellings in which a chunk may cut a secret in two: those of files and short messages."""

HEX_RUN = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){8,}(?![0-9A-Za-z])")

SHORT, MOST_MASKED = 100, 4096
"""Characters of a text that is masked once only, and how many of those are remembered."""

DEEPEST = 64
"""Levels of nested fields that are looked through; what lies deeper is hidden whole."""


@dataclass(frozen=True, slots=True)
class _Known:
    """One form of one secret."""

    form: Form
    shown: str
    """In text."""
    covered: bytes
    """In octets: as long as ``form.octets``."""
    finds: re.Pattern[str]
    finds_octets: re.Pattern[bytes]

    def hide(self, text: str, compact: str) -> str:
        """``compact`` is ``text`` in lower case without blanks: hex is looked for there first, which is quick."""
        if self.form.needle in (compact if self.form.in_hex else text):
            return self.finds.sub(lambda _: self.shown, text)
        return text

    def hide_octets(self, data: bytes) -> bytes:
        if self.form.octets in data:
            return self.finds_octets.sub(lambda _: self.covered, data)
        return data


class Masker:
    """Knows secrets by value and by place. May be told of a secret in any thread."""

    def __init__(self, *, show_all: bool = False) -> None:
        self.show_all = show_all
        """The user asked to see everything: nothing is replaced."""
        self._secrets: frozenset[str] = frozenset()
        self._known: tuple[_Known, ...] = ()
        self._needles: tuple[tuple[str, ...], tuple[str, ...]] = (), ()
        """What is looked for in a text, and in one without blanks, to see that no form of any secret is there."""
        self._adding = Lock()
        self._masked: dict[str, str] = {}
        """What short texts become, with the secrets that are known now: names and many values of fields come again
        and again."""

    def add(self, secret: str) -> None:
        """Hide ``secret`` from now on, in text, base64, hex and, for a long number, swapped digits.

        A number as long as an IMEI, IMSI or ICCID keeps its last four digits; anything else is hidden whole.
        """
        secret = secret.strip()
        with self._adding:
            if not secret or secret in self._secrets:
                return
            self._secrets |= {secret}
            fresh = tuple(_known(secret))
            known = {(each.form.pattern, each.form.octets): each for each in (*self._known, *fresh)}
            # the longest first, so that a secret which contains another is hidden whole
            self._known = tuple(sorted(known.values(), key=lambda each: -len(each.form.octets)))
            # What is new alone is held against the rest: a long run learns a nonce with each message.
            in_text, in_hex = self._needles
            added = [each.form for each in fresh]
            self._needles = (
                _fewest(in_text, (narrow(form.needle) for form in added if not form.in_hex)),
                # A text with more digits in a row is not quiet.
                _fewest(
                    in_hex, (form.needle for form in added if form.in_hex and len(form.needle) < OCTETS_DIGITS)
                ),
            )
            # Behind what is known now: whoever is masking a text meanwhile notes it in the old one.
            self._masked = {}

    def text(self, text: str) -> str:
        """``text`` with every secret replaced."""
        if self.show_all or not text:
            return text
        if len(text) > SHORT:
            return self._hidden(text)
        masked = self._masked
        found = masked.get(text)
        if found is None:
            found = self._hidden(text)
            if len(masked) >= MOST_MASKED:
                masked.clear()
            masked[text] = found
        return found

    def leaves(self, said: Iterable[str]) -> bool:
        """Whether certainly nothing is hidden in any of these texts, nor says one that another is a secret.

        All at once: each look has its price, long texts or short.
        """
        text = "\n".join(said)
        return self.show_all or ("AAuth" not in text and self._leaves(text))

    def _leaves(self, text: str) -> bool:
        text = narrow(text)
        if not quiet(text):
            return False
        needles, in_hex = self._needles
        return not _holds(text, needles) and not (in_hex and _holds(without_gaps(text), in_hex))

    def _hidden(self, text: str) -> str:
        if self._leaves(text):
            return text
        compact = without_gaps(text)
        for known in self._known:
            text = known.hide(text, compact)
        return hide_places(HEX_RUN.sub(self._hex_run, text) if self._known else text)

    def fields(self, fields: Mapping[str, Json]) -> dict[str, Json]:
        """``fields`` with every secret replaced, however deep it lies."""
        return dict(fields) if self.show_all else self._mapping(fields, 0)

    def octets(self, data: bytes, starts: Sequence[int] = (0,), ends: Sequence[int] = ()) -> bytes:
        """``data`` with every secret overwritten; the length stays.

        ``starts`` and ``ends`` are where payload begins and ends, besides the end of ``data``: a piece of a
        secret that is cut off there is overwritten too.
        """
        if self.show_all:
            return data
        whole_hidden = data
        for known in self._known:
            whole_hidden = known.hide_octets(whole_hidden)
        masked = bytearray(whole_hidden)
        for known in self._known:
            if known.form.guarded or known.form.spelling not in CUT:
                continue
            whole = known.form.octets
            for end in {*ends, len(data)}:
                size = _begun_before(data, end, whole)
                masked[end - size : end] = known.covered[:size]
            for start in starts:
                size = _ended_after(data, start, whole)
                masked[start : start + size] = known.covered[len(whole) - size :]
        return bytes(masked)

    def command(self, apdu: bytes) -> bytes:
        """A C-APDU with secrets overwritten, a PIN's octets among them. Its payload starts after five octets."""
        if self.show_all:
            return apdu
        return hide_received(hide_pin(self.octets(apdu, starts=(5,), ends=(len(apdu) - 1,))))

    def response(self, apdu: bytes) -> bytes:
        """An R-APDU with secrets overwritten. Its payload ends before the status word."""
        return apdu if self.show_all else hide_sent(self.octets(apdu, ends=(max(0, len(apdu) - 2),)))

    def _hex_run(self, match: re.Match[str]) -> str:
        """Hex of a chunk that ends or begins inside a secret: its octets there are shown as ``••``."""
        data = bytes.fromhex(match[0])
        masked = self.octets(data, ends=(len(data) - 2,))
        if masked == data:
            return match[0]
        pairs = (match[0][i : i + 2] for i in range(0, len(match[0]), 2))
        return "".join(pair if new == old else "••" for pair, new, old in zip(pairs, masked, data, strict=True))

    def _json(self, value: Json, depth: int) -> Json:
        if depth > DEEPEST:
            return HIDDEN
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, list):
            return [self._json(each, depth + 1) for each in value]
        if isinstance(value, dict):
            return self._mapping(value, depth + 1)
        return self.text(str(value))

    def _mapping(self, fields: Mapping[str, Json], depth: int) -> dict[str, Json]:
        hides_data = _name_a_secret_node(fields)
        masked: dict[str, Json] = {}
        for key, value in fields.items():
            tells = what_tells(key)
            if tells is Tells.NOTHING:
                # What nearly all fields are, and most of their names and values came before.
                masked[self.text(key)] = value if type(value) is int else self._json(value, depth)
            elif tells is Tells.SECRET or (hides_data and tells is Tells.DATA):
                masked[key] = _hide_all(value)
            elif tells is Tells.IDENTITY and isinstance(value, str):
                masked[key] = last_digits(value) if len(value) > KEPT_DIGITS else value
            elif tells is Tells.CREDENTIAL:
                masked[key] = _hide_data(self._json(value, depth))
            else:
                masked[self.text(key)] = self._json(value, depth)
        return masked


def _holds(text: str, needles: tuple[str, ...]) -> bool:
    # A loop: a generator for `any` takes longer than the looking.
    for needle in needles:  # noqa: SIM110
        if needle in text:
            return True
    return False


def _fewest(needles: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """These and more, without those that have another in them: where they are, it is too."""
    for needle in more:
        if not _holds(needle, needles):
            needles = (*(other for other in needles if needle not in other), needle)
    return needles


def _known(secret: str) -> Iterator[_Known]:
    shown = last_digits(secret) if is_identity(secret) else HIDDEN
    for form in forms(secret):
        before, after = (r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])") if form.guarded else ("", "")
        yield _Known(
            form,
            shown,
            cover(form, secret),
            re.compile(before + form.pattern + after),
            re.compile(before.encode() + re.escape(form.octets) + after.encode()),
        )


def _begun_before(data: bytes, end: int, whole: bytes) -> int:
    """How many octets before ``end`` are the beginning, but not all, of ``whole``."""
    at = max(0, end - len(whole) + 1)
    while (at := data.find(whole[:SHORTEST_PIECE], at, end)) >= 0:
        if whole.startswith(data[at:end]):
            return end - at
        at += 1
    return 0


def _ended_after(data: bytes, start: int, whole: bytes) -> int:
    """How many octets after ``start`` are the end, but not all, of ``whole``."""
    end = min(len(data), start + len(whole) - 1)
    while (at := data.rfind(whole[-SHORTEST_PIECE:], start, end)) >= 0:
        end = at + SHORTEST_PIECE
        if whole.endswith(data[start:end]):
            return end - start
        end -= 1
    return 0


def tells_nothing(key: str) -> bool:
    """Whether a field of this name is masked as any text is, by what it says alone."""
    return what_tells(key) is Tells.NOTHING


def _name_a_secret_node(fields: Mapping[str, Json]) -> bool:
    for key, value in fields.items():
        if (type(value) is not str or "AAuth" in value) and _names_secret_node(key, value):
            return True
    return False


def _names_secret_node(key: str, value: Json) -> bool:
    """Whether a field (a LocURI, a NodeName, or a Target that holds one) names a node whose value is a secret."""
    if isinstance(value, str):
        return "AAuth" in value and value.rsplit("/", 1)[-1].split("?")[0] in SECRET_NODES
    if isinstance(value, dict) and plain_name(key) in ("target", "source"):
        return any(_names_secret_node(inner, each) for inner, each in value.items())
    return False


def _hide_all(value: Json) -> Json:
    return value if value is None or isinstance(value, bool) or value == "" else HIDDEN


def _hide_data(value: Json) -> Json:
    """Hide what lies under ``data``, and a value that is nothing but the data."""
    match value:
        case dict():
            return {
                key: _hide_all(each) if plain_name(key) in DATA_NAMES else _hide_inside(each)
                for key, each in value.items()
            }
        case list():
            return [_hide_data(each) for each in value]
    return _hide_all(value)


def _hide_inside(value: Json) -> Json:
    return _hide_data(value) if isinstance(value, dict | list) else value
