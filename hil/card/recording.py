"""Recordings of what crossed a card's seam, and a reader that plays one back.

As a file of text, one thing a line, white space as one likes:

    # what follows a hash is for people
    = 3B9F96801FC7...   the card was connected or reset: its ATR, where the reader tells it
    = none              there was no card to connect to
    > 00A40004023F00    a command
    < 6215...9000       its answer; missing when the card was gone

or a run's directory, whose trace and private octets hold the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hil.card.names import Narrator
from hil.card.reader import Reader
from hil.errors import BenchError, CardGone, InvalidFile, Mistake, NoCard, PartBroke, UsageError
from hil.trace.exchange import exchanges
from hil.trace.readback import read_run
from hil.trace.record import Record

NONE = "none"

MAX_FILE = 64 << 20
"""Octets of a recording that are read."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A card was connected or reset."""

    atr: bytes | None
    """None: there was none."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    command: bytes
    answer: bytes | None
    """None: the card was gone."""


Event = Connected | Exchanged


def load(path: Path) -> list[Event]:
    """A recording: a text file, or a run's directory. Raises `UsageError` and `InvalidFile`."""
    if path.is_dir():
        events = list(of_records(record for record in read_run(path) if record.kind == "apdu"))
        if not events:
            raise UsageError(f"the run in {path} has nothing of a card in its trace")
        return events
    try:
        if path.stat().st_size > MAX_FILE:
            raise UsageError(f"{path} is no recording: it has more than {MAX_FILE} octets")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"cannot read the recording {path}: {error.strerror}", hint="name a file of text, or a run's directory"
        ) from error
    return parse(text, path)


def parse(text: str, path: Path) -> list[Event]:
    """Raises `InvalidFile` with every line that is none of a recording."""
    events: list[Event] = []
    mistakes: list[Mistake] = []
    command: bytes | None = None
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        sign, octets = said[0], _octets(said[1:])
        if octets is None or sign not in "=><" or (sign != "=" and not octets):
            message = "a line of a recording is '= ATR', '> command' or '< answer' in hex"
            mistakes.append(Mistake(path, number, 1, message))
        elif sign == "<" and command is None:
            mistakes.append(Mistake(path, number, 1, "an answer, and no command before it"))
        elif sign == "<":
            events.append(Exchanged(command or b"", octets))
            command = None
        else:
            if command is not None:
                events.append(Exchanged(command, None))
            command = octets if sign == ">" else None
            if sign == "=":
                events.append(Connected(None if said[1:].strip() == NONE else octets))
    if command is not None:
        events.append(Exchanged(command, None))
    if mistakes:
        # A file without a single line of a recording is something else; to say so once is enough.
        raise InvalidFile(mistakes[:20] if events else mistakes[:1])
    if not events:
        raise UsageError(f"{path} records nothing")
    return events


def write(events: Iterable[Event]) -> str:
    """The text that `parse` reads, with what everything means behind it."""
    narrator = Narrator()
    lines = []
    for event in events:
        if isinstance(event, Connected):
            lines.append(f"= {NONE if event.atr is None else event.atr.hex().upper()}".rstrip())
            narrator = Narrator()
            continue
        lines.append(f"> {event.command.hex().upper()}  # {narrator.tell(event.command, event.answer or b'')[0]}")
        if event.answer is not None:
            lines.append(f"< {event.answer.hex().upper()}")
    return "\n".join(lines) + "\n"


def of_records(records: Iterable[Record]) -> Iterator[Event]:
    """What a trace's APDU records say. One with a field ``present`` is about connecting (`dialogue.connect`)."""
    between: list[Record] = []
    for record in records:
        if "present" in record.fields:
            yield from _exchanged(between)
            between = []
            yield Connected(record.data if record.fields["present"] else None)
        else:
            between.append(record)
    yield from _exchanged(between)


def _exchanged(records: list[Record]) -> Iterator[Event]:
    for exchange in exchanges(records):
        if exchange.command:
            yield Exchanged(exchange.command, exchange.response or None)
        else:
            yield Connected(exchange.response)


class RecordedReader:
    """A `hil.card.reader.Reader` that answers as the recording says, in its order and nothing else.

    Each connection goes on with the next one of the recording; behind the last, the first comes again.
    """

    def __init__(self, events: list[Event], name: str = "recording") -> None:
        self.name = name
        self._events = events
        self._at = 0
        self._connected = False

    def connect(self) -> bytes:
        self._connected = False
        atr = self._next_connection()
        if atr is None:
            raise NoCard(
                f"in {self.name} there was no card here", hint="the recording shows when one was inserted"
            )
        self._connected = True
        return atr

    def reset(self) -> bytes:
        self._require()
        return self._next_connection() or b""

    def transmit(self, apdu: bytes) -> bytes:
        self._require()
        event = self._events[self._at] if self._at < len(self._events) else None
        if not isinstance(event, Exchanged) or event.command != apdu:
            raise PartBroke(
                f"{self.name} differs: as its entry {self._at + 1} "
                f"{_told(event.command) if isinstance(event, Exchanged) else 'nothing more of this card'} "
                f"is expected, and {_told(apdu)} came",
                hint="it replays the same dialogue only; record it anew with this version of the program",
            )
        self._at += 1
        if event.answer is None:
            raise CardGone(f"in {self.name} the card was removed here, while it was in use", hint="as recorded")
        return event.answer

    def disconnect(self) -> None:
        self._connected = False

    def _require(self) -> None:
        if not self._connected:
            raise CardGone(f"the card in {self.name} is not connected")

    def _next_connection(self) -> bytes | None:
        """Behind where we are, or from the beginning; a recording without any has one, of an unknown ATR."""
        for start in (self._at, 0):
            for at in range(start, len(self._events)):
                event = self._events[at]
                if isinstance(event, Connected):
                    self._at = at + 1
                    return event.atr
        self._at = 0
        return b""


class RecordingReader:
    """Another reader, with everything that crosses it told to ``heard`` as well."""

    def __init__(self, reader: Reader, heard: Callable[[Event], None]) -> None:
        self.name = reader.name
        self._reader = reader
        self._heard = heard

    def connect(self) -> bytes:
        try:
            atr = self._reader.connect()
        except NoCard:
            self._heard(Connected(None))
            raise
        finally:
            self.name = self._reader.name
        self._heard(Connected(atr))
        return atr

    def reset(self) -> bytes:
        atr = self._reader.reset()
        self._heard(Connected(atr))
        return atr

    def transmit(self, apdu: bytes) -> bytes:
        try:
            answer = self._reader.transmit(apdu)
        except BenchError:
            self._heard(Exchanged(apdu, None))
            raise
        self._heard(Exchanged(apdu, answer))
        return answer

    def disconnect(self) -> None:
        self._reader.disconnect()


def _octets(text: str) -> bytes | None:
    text = "".join(text.split())
    if text in ("", NONE):
        return b""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _told(command: bytes) -> str:
    return f"{Narrator().tell(command, b'')[0].partition(' →')[0]} ({command.hex().upper()})"
