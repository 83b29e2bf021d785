"""The kinds of octets that can be decoded, and finding out which one is given.

A kind is a function from octets to a `Reading`: the layer it sees in them, and how much they look like it. A new
kind is one new file that defines ``KINDS``, named in `MODULES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from hil.decode.layer import Damage, Layer
from simulator.errors import CodecError

MODULES = ("message", "tnds", "ota", "push", "notification", "userdata", "tpdu")
"""Files of ``hil/decode/kinds``. Of two kinds that octets look like equally, the earlier wins."""

CERTAIN = 100
"""No other kind looks like this."""
WHOLE = 80
"""Everything fits, to the last octet."""
LIKELY = 60
"""Damaged, but what is there has the marks of its kind."""
POSSIBLE = 20
"""Damaged, and it might be something else."""
BARELY = 5
"""Damaged so early that a single octet speaks for it."""
UNLIKELY = 0
"""Not to be guessed at all."""


@dataclass(frozen=True, slots=True)
class Reading:
    layer: Layer
    likeness: int = UNLIKELY


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    """As in ``dmrig decode --as``."""
    about: str
    read: Callable[[bytes], Reading]
    """Raises `CodecError` when nothing at all can be read."""
    guessed: bool = True
    """Whether octets of unknown kind are tried as this one."""


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by name, in the order in which they are tried."""
    modules = (importlib.import_module(f"hil.decode.kinds.{name}") for name in MODULES)
    return {kind.name: kind for module in modules for kind in module.KINDS}


DEEPEST = 12
"""Layers within layers. The deepest real thing, a bootstrap in an SMS on the AT interface, has six."""
GUESSES = 2
"""Guesses within guesses: each tries every kind, so that more would take ever longer on made-up octets."""

_depth: ContextVar[tuple[int, int]] = ContextVar("depth", default=(0, 0))
"""How many layers, and how many guesses, are around what is being read."""


@contextmanager
def _deeper(guesses: int) -> Iterator[None]:
    layers, guessed = _depth.get()
    token = _depth.set((layers + 1, guessed + guesses))
    try:
        yield
    finally:
        _depth.reset(token)


def read_as(name: str, octets: bytes, start: int = 0) -> Layer:
    """The layer of a known kind, ``start`` octets into what is around it; all damage when nothing can be read."""
    kind = kinds()[name]
    layer = Layer(kind.name, kind.about)
    if _depth.get()[0] >= DEEPEST:
        layer.damage = Damage(f"more than {DEEPEST} layers within each other")
    else:
        try:
            with _deeper(0):
                layer = kind.read(octets).layer
        except CodecError as error:
            layer.damaged_by(error)
    layer.start, layer.end = start, start + len(octets)
    return layer


def guess(octets: bytes) -> Layer | None:
    """The layer of the kind that ``octets`` look like most; None when they look like nothing known."""
    best = Reading(Layer("", ""), UNLIKELY)
    layers, guesses = _depth.get()
    if layers >= DEEPEST or guesses >= GUESSES:
        return None
    for kind in kinds().values():
        if not kind.guessed:
            continue
        try:
            with _deeper(1):
                reading = kind.read(octets)
        except CodecError:
            continue
        if reading.likeness > best.likeness:
            best = reading
    if best.likeness <= UNLIKELY:
        return None
    best.layer.end = len(octets)
    return best.layer
