"""What `dmrig modem serve` prints: each message that a program sends, decoded; numbers are masked."""

from __future__ import annotations

import json
from collections.abc import Callable

from hil.decode import render
from hil.decode.layer import Layer
from hil.decode.opening import messages
from hil.decode.registry import read_as
from hil.decode.source import Given
from hil.modem.sms.describe import describe
from hil.modem.sms.tpdu import Direction
from hil.trace.mask import Masker

MAX_PARTS = 255
"""Segments that are kept to put a long message together."""


class Telling:
    """``say`` prints a line. With ``as_json`` every line is an object."""

    def __init__(self, say: Callable[[str], None], masker: Masker, *, as_json: bool = False) -> None:
        self._say = say
        self._masker = masker
        self._as_json = as_json
        self._parts: list[tuple[Given, Layer]] = []

    def ready(self, path: str, model: str) -> None:
        if self._as_json:
            self._object("ready", path=path, model=model)
        else:
            self._say(f"virtual modem ({model}) at {path} (Ctrl-C ends it)")

    def fed(self, tpdu: bytes, waiting: int) -> None:
        """The network has sent a message; so many wait for the modem now."""
        text, fields = self._described(tpdu, "in")
        if self._as_json:
            self._object("fed", **fields, waiting=waiting)
        else:
            self._say(f"to the modem: {text}" + (f" ({waiting} waiting)" if waiting else ""))

    def note(self, text: str) -> None:
        if self._as_json:
            self._object("note", text=self._masker.text(text))
        else:
            self._say(self._masker.text(text))

    def sent(self, tpdu: bytes) -> None:
        """A program has sent a message; when it is the last of several, the whole one is shown too."""
        text, fields = self._described(tpdu, "out")
        layer = read_as("submit", tpdu)
        self._show("sent", text, layer, **fields)
        self._parts = [*self._parts, (Given(tpdu), layer)][-MAX_PARTS:]
        for whole in messages(self._parts):
            if whole.damage is None:
                self._show("message", whole.title, whole)
                self._parts.clear()

    def _described(self, tpdu: bytes, direction: Direction) -> tuple[str, dict[str, object]]:
        text, fields = describe(tpdu, direction)
        address = str(fields.get("address", ""))
        self._masker.add(address.lstrip("+"))
        return self._masker.text(text), dict(self._masker.fields(fields))

    def _show(self, event: str, text: str, layer: Layer, **fields: object) -> None:
        if self._as_json:
            self._object(event, **fields, layers=[self._masker.fields(layer.to_json())])
            return
        self._say(f"{'sent' if event == 'sent' else 'together'}: {text}")
        for line in render.plain([layer]).splitlines():
            self._say("  " + self._masker.text(line))

    def _object(self, event: str, **fields: object) -> None:
        self._say(json.dumps({"event": event, **fields}, ensure_ascii=False))
