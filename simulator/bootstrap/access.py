"""How files are reached and read: on a UICC by path and name, on a SIM one step at a time.

`UiccAccess` speaks class 0X (TS 102 221 §11.1), `SimAccess` class A0 (TS 51.011 §9.2). Both offer the same
few dialogues, so that what reads a bootstrap need not know which kind of card it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from simulator.bootstrap import tlv
from simulator.bootstrap.apdu import Answer, Dialogue, Refused, command, exchange
from simulator.bootstrap.pkcs15 import Application
from simulator.codes.apdu import CURRENT_ADF, CURRENT_DF, MF, NOT_THERE, PROTECTED, Ins, file_name
from simulator.errors import CardError, CodecError

MAX_FILE = 0x8000
"""READ BINARY has an offset of 15 bits (TS 102 221 §11.1.3)."""

CHUNK = 255
"""Octets a READ BINARY; 256 is allowed too, and some readers stumble over it."""

_BEYOND_THE_END = NOT_THERE | {0x6700}
"""How cards say that a READ BINARY begins, or goes, beyond the end of a file whose size they do not tell."""

MAX_RECORDS = 32
"""Records read of one file. EF(DIR) has one for each application."""

MAX_CHANNEL = 19

_MF = MF.to_bytes(2, "big")
_ADF = CURRENT_ADF.to_bytes(2, "big")
_CURRENT = (_ADF, CURRENT_DF.to_bytes(2, "big"))


class Structure(Enum):
    TRANSPARENT = "transparent"
    RECORDS = "records"
    DIRECTORY = "directory"
    UNKNOWN = "unknown"


class Selected(NamedTuple):
    """What SELECT told about a file; what the card did not tell is None."""

    structure: Structure = Structure.UNKNOWN
    size: int | None = None
    record_size: int | None = None
    active: bool = True
    rule: tuple[bytes, int] | None = None
    """Of a UICC's file: the EF(ARR) and the record in it that say who may do what (TS 102 221 §9.2.7)."""
    rules: bytes = b""
    """The same rules, where the card tells them itself."""
    condition: int | None = None
    """Of a SIM's file: who may read it, 1 and 2 for CHV1 and CHV2 (TS 51.011 §9.3)."""


class UiccAccess:
    """Files of a UICC, on one logical channel."""

    def __init__(self, channel: int = 0) -> None:
        if not 0 <= channel <= MAX_CHANNEL:
            raise CardError(f"the card opened logical channel {channel}; there are {MAX_CHANNEL}")
        self.cla = channel if channel < 4 else 0x40 | channel - 4

    def select(self, fids: bytes) -> Dialogue[Selected]:
        """Step by step from where the card is: each a SELECT by file identifier."""
        answer: Answer | None = None
        for fid in _each(fids):
            answer = yield from self._select(0x00, fid, file_name(int.from_bytes(fid, "big")))
        # Only the last file is of interest: what was passed on the way need not be understood.
        return Selected() if answer is None else self._described(answer)

    def select_path(self, fids: bytes) -> Dialogue[Selected]:
        """From the MF, or from the application's ADF when the path starts with 7FFF (P1 = 08)."""
        return self._described((yield from self._select(0x08, fids, f"path {fids.hex().upper()}")))

    def select_application(self, application: Application) -> Dialogue[None]:
        """By its AID, else by its path (a DF that has no name)."""
        try:
            yield from self._select(0x04, application.aid, f"application {application.label}".rstrip())
        except Refused as refused:
            if not application.path or refused.sw in PROTECTED:
                raise
            try:
                yield from self.select(_MF + _below_mf(application.path))
            except Refused as again:
                raise _telling(refused, again) from None

    def find(self, application: Application, fids: bytes) -> Dialogue[Selected]:
        """Select a file by a PKCS #15 path, in the ways that cards understand it, the usual one first."""
        refused: list[Refused] = []
        for way in self._ways(application, fids):
            try:
                return (yield from way)
            except Refused as error:
                refused.append(error)
        raise _telling(*refused)

    def _ways(self, application: Application, fids: bytes) -> list[Dialogue[Selected]]:
        """None of these has begun; the first that succeeds is the last that is tried."""
        if fids[:2] == _MF:
            return [self.select_path(fids[2:]), self.select(fids)]
        rest = fids[2:] if fids[:2] in _CURRENT else fids
        return [self.select_path(_ADF + rest), self._select_below(application, rest)]

    def _select_below(self, application: Application, fids: bytes) -> Dialogue[Selected]:
        yield from self.select_application(application)
        return (yield from self.select(fids))

    def read_binary(self, selected: Selected, offset: int = 0, length: int | None = None) -> Dialogue[bytes]:
        """Octets of the selected file, up to ``length``, its end or `MAX_FILE`, whichever comes first."""
        end = MAX_FILE
        if selected.size is not None:
            end = min(end, selected.size)
        if length is not None:
            end = min(end, offset + length)
        content = b""
        while (at := offset + len(content)) < end:
            asked = min(CHUNK, end - at)
            apdu = command(self.cla, Ins.READ_BINARY, at >> 8, at & 0xFF, le=asked)
            answer = yield from exchange(apdu)
            if not answer.ok and not answer.warned:
                if content and answer.sw in _BEYOND_THE_END:
                    break
                raise Refused("READ BINARY", answer.sw)
            if len(answer.data) > asked:
                raise CardError(f"READ BINARY for {asked} bytes, and the card sent {len(answer.data)}")
            content += answer.data
            if not answer.data or answer.sw == 0x6282:
                break
        return content

    def read_records(self, selected: Selected) -> Dialogue[list[bytes]]:
        """The records of the selected file, up to the first that is not there."""
        records: list[bytes] = []
        while len(records) < MAX_RECORDS:
            try:
                records.append((yield from self.read_record(selected, len(records) + 1)))
            except Refused as refused:
                if (records and refused.sw not in PROTECTED) or refused.sw in (0x6A83, 0x9402):
                    break
                raise
        return records

    def read_record(self, selected: Selected, number: int) -> Dialogue[bytes]:
        """One record of the selected file, absolute."""
        size = (selected.record_size or 0) & 0xFF
        answer = yield from exchange(command(self.cla, Ins.READ_RECORD, number, 0x04, le=size))
        if not answer.ok and not answer.warned:
            raise Refused("READ RECORD", answer.sw)
        return answer.data

    def _select(self, p1: int, data: bytes, what: str) -> Dialogue[Answer]:
        answer = yield from exchange(command(self.cla, Ins.SELECT, p1, 0x04, data, le=256))
        if not answer.ok and not answer.warned:
            raise Refused(f"SELECT {what}", answer.sw)
        return answer

    def _described(self, answer: Answer) -> Selected:
        try:
            return _read_fcp(answer)
        except CodecError:
            # A damaged description is no reason not to read: the file's end shows then by an error.
            return Selected(active=answer.sw != 0x6283)


class SimAccess(UiccAccess):
    """Files of a SIM: no names, no paths, no channels."""

    def __init__(self) -> None:
        super().__init__()
        self.cla = 0xA0

    def select_application(self, application: Application) -> Dialogue[None]:
        yield from self.select(_MF + _below_mf(application.path))

    def find(self, application: Application, fids: bytes) -> Dialogue[Selected]:
        if fids[:2] == _MF and fids[2:4] != _ADF:
            return (yield from self.select(fids))
        while fids[:2] in (_MF, *_CURRENT):
            fids = fids[2:]
        return (yield from self._select_below(application, fids))

    def describe(self, fid: bytes) -> Dialogue[bytes]:
        """Select a file; all that the card tells of it (TS 51.011 §9.2.1). Empty: it tells nothing."""
        # No Le: the answer waits behind 9Fxx.
        return (yield from exchange(command(self.cla, Ins.SELECT, 0, 0, fid))).data

    def _select(self, p1: int, data: bytes, what: str) -> Dialogue[Answer]:
        answer = yield from exchange(command(self.cla, Ins.SELECT, 0, 0, data))
        if not answer.ok:
            raise Refused(f"SELECT {what}", answer.sw)
        return answer

    def _described(self, answer: Answer) -> Selected:
        # TS 51.011 §9.2.1: octets 3-4 size, 7 type, 12 status, 14 structure, 15 record length.
        data = answer.data
        if len(data) < 14:
            return Selected()
        if data[6] != 0x04:
            return Selected(Structure.DIRECTORY)
        size = int.from_bytes(data[2:4], "big")
        active, condition = bool(data[11] & 1), data[8] >> 4
        if data[13] == 0:
            return Selected(Structure.TRANSPARENT, size, None, active, condition=condition)
        record_size = data[14] if len(data) > 14 else None
        return Selected(Structure.RECORDS, size, record_size, active, condition=condition)


def _telling(*refused: Refused) -> Refused:
    """Of a file that was refused in several ways, what says most: that it is not there is said of the way too."""
    return next((each for each in refused if each.sw not in NOT_THERE), refused[0])


def _read_fcp(answer: Answer) -> Selected:
    """The file control parameters of TS 102 221 §11.1.1.3."""
    active = answer.sw != 0x6283
    for template in tlv.read(answer.data):
        if template.tag in (0x62, 0x6F):
            break
    else:
        return Selected(active=active)
    parts = {part.tag: part.value for part in template.children()}
    descriptor = parts.get(0x82, b"")
    life_cycle = parts.get(0x8A, b"\x05")
    if len(life_cycle) == 1 and life_cycle[0] & 0x05 == 0x04:
        active = False
    if not descriptor:
        structure = Structure.UNKNOWN
    elif descriptor[0] & 0x38 == 0x38:
        structure = Structure.DIRECTORY
    else:
        structure = Structure.TRANSPARENT if descriptor[0] & 0x07 == 1 else Structure.RECORDS
    record_size = int.from_bytes(descriptor[2:4], "big") if len(descriptor) >= 4 else None
    size = int.from_bytes(parts[0x80], "big") if 0 < len(parts.get(0x80, b"")) <= 4 else None
    return Selected(structure, size, record_size, active, _rule(parts.get(0x8B, b"")), parts.get(0xAB, b""))


def _rule(reference: bytes) -> tuple[bytes, int] | None:
    """EF(ARR) and record; where there are several, for different security environments, the first."""
    if len(reference) < 3:
        return None
    return reference[:2], reference[2] if len(reference) == 3 else reference[3]


def _below_mf(path: bytes) -> bytes:
    return path[2:] if path[:2] == _MF else path


def _each(fids: bytes) -> Iterator[bytes]:
    return (fids[at : at + 2] for at in range(0, len(fids), 2))
