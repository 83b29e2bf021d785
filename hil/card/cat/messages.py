"""The three messages of the toolkit, both ways: proactive command, terminal response, event (TS 102 223 §6, §7).

What they have in common is a class field by field; what only some have stays in ``objects``, in the order of the
wire, and is asked for with `find`. So nothing that a card says gets lost, whether or not we know it.
"""

from __future__ import annotations

from dataclasses import dataclass

from hil.card.cat import objects as tlv
from hil.card.cat.objects import DataObject
from simulator.codes.cat import COMPREHENSION, EVENT_DOWNLOAD, LAST_SUCCESS, PROACTIVE_COMMAND, Device, Tag
from simulator.errors import CodecError


@dataclass(frozen=True, slots=True)
class ProactiveCommand:
    """What a card asks its terminal to do (§6.6)."""

    number: int
    type: int
    qualifier: int = 0
    destination: int = Device.TERMINAL
    objects: tuple[DataObject, ...] = ()
    source: int = Device.UICC

    def numbered(self, number: int) -> ProactiveCommand:
        """The same with a number of its own."""
        return ProactiveCommand(number, self.type, self.qualifier, self.destination, self.objects, self.source)

    def find(self, tag: int) -> bytes | None:
        return tlv.find(self.objects, tag)

    def encode(self) -> bytes:
        value = (
            _details(self.number, self.type, self.qualifier)
            + _identities(self.source, self.destination)
            + tlv.write(self.objects)
        )
        return bytes([PROACTIVE_COMMAND]) + tlv.write_length(len(value)) + value

    @staticmethod
    def decode(data: bytes) -> ProactiveCommand:
        """Raises `CodecError`."""
        found = tlv.read(_unwrapped(data, PROACTIVE_COMMAND, "a proactive command"))
        number, kind, qualifier = _details_of(found)
        source, destination = _identities_of(found)
        return ProactiveCommand(number, kind, qualifier, destination, tuple(found), source)


@dataclass(frozen=True, slots=True)
class TerminalResponse:
    """What became of a proactive command (§6.8). Details and identities are those of the command."""

    number: int
    type: int
    qualifier: int
    result: int
    additional: bytes = b""
    """What the result says besides: for a BIP error, its cause."""
    objects: tuple[DataObject, ...] = ()

    @property
    def done(self) -> bool:
        return self.result <= LAST_SUCCESS

    def find(self, tag: int) -> bytes | None:
        return tlv.find(self.objects, tag)

    def encode(self) -> bytes:
        result = DataObject(Tag.RESULT, bytes([self.result]) + self.additional, comprehension=True)
        return (
            _details(self.number, self.type, self.qualifier)
            + _identities(Device.TERMINAL, Device.UICC)
            + tlv.write((result, *self.objects))
        )

    @staticmethod
    def decode(data: bytes) -> TerminalResponse:
        """Raises `CodecError`."""
        found = tlv.read(data)
        number, kind, qualifier = _details_of(found)
        _taken(found, Tag.DEVICE_IDENTITIES)
        result = _taken(found, Tag.RESULT)
        if not result:
            raise CodecError("a terminal response without a result")
        return TerminalResponse(number, kind, qualifier, result[0], result[1:], tuple(found))


@dataclass(frozen=True, slots=True)
class EventDownload:
    """Something that happened at the terminal, in an ENVELOPE (§7.5)."""

    event: int
    objects: tuple[DataObject, ...] = ()
    source: int = Device.TERMINAL
    destination: int = Device.UICC

    def find(self, tag: int) -> bytes | None:
        return tlv.find(self.objects, tag)

    def encode(self) -> bytes:
        listed = DataObject(Tag.EVENT_LIST, bytes([self.event]), comprehension=True)
        value = tlv.write((listed,)) + _identities(self.source, self.destination) + tlv.write(self.objects)
        return bytes([EVENT_DOWNLOAD]) + tlv.write_length(len(value)) + value

    @staticmethod
    def decode(data: bytes) -> EventDownload:
        """Raises `CodecError`, also for an ENVELOPE with something else in it."""
        found = tlv.read(_unwrapped(data, EVENT_DOWNLOAD, "an event"))
        event = _taken(found, Tag.EVENT_LIST)
        if event is None or len(event) != 1:
            raise CodecError("an event download names one event")
        source, destination = _identities_of(found)
        return EventDownload(event[0], tuple(found), source, destination)


def _details(number: int, kind: int, qualifier: int) -> bytes:
    """Written out, as the identities are: they stand in every message."""
    return bytes([Tag.COMMAND_DETAILS | COMPREHENSION, 3, number, kind, qualifier])


def _identities(source: int, destination: int) -> bytes:
    return bytes([Tag.DEVICE_IDENTITIES | COMPREHENSION, 2, source, destination])


def _unwrapped(data: bytes, tag: int, what: str) -> bytes:
    """What stands in the one BER-TLV that ``data`` is."""
    if not data or data[0] != tag:
        seen = f"{data[0]:02X}" if data else "nothing"
        raise CodecError(f"{what} begins with {tag:02X}; here is {seen}", offset=0)
    length, at = tlv.read_length(data, 1)
    if length != len(data) - at:
        raise CodecError(f"{what} says {length} octets, and {len(data) - at} follow", offset=1)
    return data[at:]


def _details_of(found: list[DataObject]) -> tuple[int, int, int]:
    """Taken out of ``found``: number, type and qualifier."""
    details = _taken(found, Tag.COMMAND_DETAILS)
    if details is None or len(details) != 3:
        raise CodecError("command details (number, type, qualifier) are missing, or not three octets")
    return details[0], details[1], details[2]


def _identities_of(found: list[DataObject]) -> tuple[int, int]:
    """Taken out of ``found``: source and destination."""
    identities = _taken(found, Tag.DEVICE_IDENTITIES)
    if identities is None or len(identities) != 2:
        raise CodecError("device identities (source, destination) are missing, or not two octets")
    return identities[0], identities[1]


def _taken(found: list[DataObject], tag: Tag) -> bytes | None:
    """The value of the first object with a tag, which is taken out."""
    for at, each in enumerate(found):
        if each.tag == tag:
            return found.pop(at).value
    return None
