"""Between a dialogue and a reader: carries each command to the card and records the exchange."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hil.card.names import Narrator
from hil.card.reader import Reader
from hil.errors import NoCard, PartBroke
from hil.trace.recorder import Recorder
from simulator.bootstrap.apdu import Dialogue

T = TypeVar("T")

MAX_EXCHANGES = 2000
"""More than any dialogue of ours needs; a card that keeps one busy longer is not followed."""


def connect(reader: Reader, recorder: Recorder | None = None, *, part: str = "card") -> bytes:
    """Connect to the card in ``reader`` and return its ATR; one record tells of it, or that there is no card."""
    try:
        atr = reader.connect()
    except NoCard:
        if recorder is not None:
            recorder.record(part, "apdu", "in", "no card", present=False)
        raise
    if recorder is not None:
        shown = f"ATR {atr.hex(' ').upper()}" if atr else "connected; the reader does not tell the ATR"
        recorder.record(part, "apdu", "in", shown, atr, present=True)
    return atr


def run(
    dialogue: Dialogue[T],
    reader: Reader,
    recorder: Recorder | None = None,
    *,
    part: str = "card",
    most: int = MAX_EXCHANGES,
) -> T:
    """Lead ``dialogue`` with the card in ``reader`` and return its result. The reader is connected already.

    Raises what the dialogue raises (`CardError`), and `PartBroke` when the card or reader goes away.
    Each exchange is one record: the command and, behind ``command_length`` bytes, the response.
    """
    narrator = Narrator()
    try:
        command = next(dialogue)
        for _ in range(most):
            try:
                response = reader.transmit(command)
            except PartBroke:
                _record_last(command, recorder, part, narrator)
                raise
            if recorder is not None:
                text, fields = narrator.tell(command, response)
                recorder.take(part, "apdu", "out", text, command + response, fields)
            command = dialogue.send(response)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        dialogue.close()
    raise PartBroke(f"the card in {reader.name} has kept us busy for {most} commands; given up")


def lead(dialogue: Dialogue[T], transmit: Callable[[bytes], bytes]) -> T:
    """Lead a short ``dialogue`` and return its result; nothing is recorded."""
    try:
        apdu = next(dialogue)
        while True:
            apdu = dialogue.send(transmit(apdu))
    except StopIteration as end:
        result: T = end.value
        return result


def _record_last(command: bytes, recorder: Recorder | None, part: str, narrator: Narrator) -> None:
    """The command that was never answered: where a card was pulled out is seen by it."""
    if recorder is not None:
        text, fields = narrator.tell(command, b"")
        recorder.take(part, "apdu", "out", text, command, fields)
