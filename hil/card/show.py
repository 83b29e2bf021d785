"""Exchanges with a card as lines for a person: in words, and in hex with the secrets covered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from hil.card.names import Narrator
from hil.card.recording import Connected, Event, Exchanged
from hil.trace.learn import learn
from hil.trace.mask import Masker
from hil.trace.record import Record
from simulator.bootstrap.identity import read_iccid, read_imsi
from simulator.errors import CodecError

IDENTITIES = {"EF(ICCID)": read_iccid, "EF(IMSI)": read_imsi}

BYTES_A_LINE = 32


def told(event: Event, narrator: Narrator, masker: Masker, *, octets: bool = True) -> Iterator[str]:
    """One line in words; below it, with ``octets``, the command and the answer in hex."""
    if isinstance(event, Connected):
        if event.atr is None:
            yield "no card"
        else:
            yield f"card connected, ATR {event.atr.hex(' ').upper() or 'unknown'}"
        return
    text, _ = narrator.tell(event.command, event.answer or b"")
    yield masker.text(text if event.answer is not None else f"{text.partition(' →')[0]} → the card was gone")
    if octets:
        yield from _hex(">", masker.command(event.command))
        if event.answer is not None:
            yield from _hex("<", masker.response(event.answer))


def learn_secrets(events: Iterable[Event], masker: Masker) -> None:
    """Tell ``masker`` what the files that were read give away: accounts' secrets, ICCID and IMSI."""
    events = list(events)
    narrator = Narrator()
    records = []
    for number, event in enumerate(events, 1):
        if isinstance(event, Connected):
            narrator = Narrator()
            continue
        text, fields = narrator.tell(event.command, event.answer or b"")
        answer = event.answer or b""
        records.append(Record(number, NOW, "card", "apdu", "out", text, event.command + answer, fields))
        for digits in _identities(str(fields.get("what", "")), answer[:-2]):
            masker.add(digits)
    learn(records, masker)


NOW = datetime(2000, 1, 1, tzinfo=UTC)
"""A recording has no times, and nothing here looks at them."""


def _identities(what: str, content: bytes) -> Iterator[str]:
    for name, read in IDENTITIES.items():
        if what.startswith(name) and content:
            try:
                yield read(content)
            except CodecError:
                continue


def _hex(sign: str, octets: bytes) -> Iterator[str]:
    for at in range(0, max(len(octets), 1), BYTES_A_LINE):
        yield f"  {sign if at == 0 else ' '} {octets[at : at + BYTES_A_LINE].hex(' ').upper()}"


def commands(events: Iterable[Event]) -> int:
    """How many commands there were."""
    return sum(isinstance(event, Exchanged) for event in events)
