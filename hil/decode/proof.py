"""Checking who made what is decoded: the digest of a notification, the MAC of a bootstrap.

What they are made of is a value for the time of one decoding, like `hil.standards.current`: the kinds that have a
digest or a MAC look it up, however deep they lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from hil.decode.layer import Layer

RIGHT, WRONG = "right", "wrong"
FIELDS = ("digest check", "MAC check")


@dataclass(frozen=True, slots=True)
class Keys:
    """None: not known, and what needs it is not checked."""

    secret: str | None = None
    """The server's password in the account (SRVCRED)."""
    nonce: bytes = b""
    name: str | None = None
    """The server's name in the digest, where that is not its identifier."""
    imsi: str | None = None
    pin: str | None = None


NO_KEYS = Keys()
_keys: ContextVar[Keys] = ContextVar("keys", default=NO_KEYS)


@contextmanager
def checking(keys: Keys) -> Iterator[None]:
    token = _keys.set(keys)
    try:
        yield
    finally:
        _keys.reset(token)


def keys() -> Keys:
    return _keys.get()


def checks(layers: list[Layer]) -> list[str]:
    """What was checked in these layers, and those within: each right or not."""
    found = (layer for each in layers for layer in each.walk())
    return [str(value) for layer in found for name, value in layer.fields if name in FIELDS]
