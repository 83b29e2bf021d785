"""What `dmrig modem serve` prints: each message that a program sends, decoded; numbers are masked."""

from __future__ import annotations

import json
from collections.abc import Callable

from hil.cli.modem.messages import SENT, Messages
from hil.decode import render
from hil.decode.layer import Layer
from hil.modem.sms.describe import describe
from hil.modem.sms.tpdu import Direction
from hil.trace.mask import Masker


class Telling:
    """``say`` prints a line. With ``as_json`` every line is an object."""

    def __init__(self, say: Callable[[str], None], masker: Masker, *, as_json: bool = False) -> None:
        self._say = say
        self._masker = masker
        self._as_json = as_json
        self._messages = Messages(masker, SENT)

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
        # its address as it is: what is shown of it is masked already
        first, *whole = self._messages.take(tpdu, str(describe(tpdu, "out")[1].get("address", "")))
        self._show("sent", text, first, **fields)
        for message in whole:
            self._show("message", message.title, message)

    def _described(self, tpdu: bytes, direction: Direction) -> tuple[str, dict[str, object]]:
        text, fields = describe(tpdu, direction)
        self._masker.add(str(fields.get("address", "")).lstrip("+"))
        return self._masker.text(text), dict(self._masker.fields(fields))

    def _show(self, event: str, text: str, layer: Layer, **fields: object) -> None:
        if self._as_json:
            self._object(event, **fields, layers=[layer.to_json()])
            return
        self._say(f"{'sent' if event == 'sent' else 'together'}: {text}")
        for line in render.plain([layer]).splitlines():
            self._say("  " + line)

    def _object(self, event: str, **fields: object) -> None:
        self._say(json.dumps({"event": event, **fields}, ensure_ascii=False))
