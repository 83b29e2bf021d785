"""What crosses a card's seam, in words: one line and a few fields for each exchange."""

from __future__ import annotations

from dataclasses import dataclass, field

from hil.card.cat.describe import describe
from hil.card.command import channel_of, parse
from hil.trace.record import Json
from simulator.codes.apdu import (
    MF,
    Ins,
    application_name,
    file_name,
    meaning,
)

_QUIET = (0x90, 0x91, 0x61, 0x9F, 0x6C)
"""Status words that say nothing is wrong; the line shows them without their meaning."""


@dataclass(slots=True)
class Narrator:
    """Tells exchanges. Follows what is selected on each channel, so that a READ BINARY names its file."""

    selected: dict[int, str] = field(default_factory=dict)

    def tell(self, command: bytes, response: bytes) -> tuple[str, dict[str, Json]]:
        """One line such as ``SELECT EF(DIR) 2F00 → 9000``, and the same as fields."""
        sw = int.from_bytes(response[-2:], "big") if len(response) >= 2 else None
        fields: dict[str, Json] = {"command_length": len(command)}
        try:
            apdu = parse(command)
        except ValueError:
            return f"{command.hex().upper() or 'nothing'} (no command) → {_status(sw)}", fields
        cla, ins, p1, p2, data = apdu.cla, apdu.ins, apdu.p1, apdu.p2, apdu.data
        channel = channel_of(cla)
        title = Ins(ins).title if ins in Ins._value2member_map_ else f"INS {ins:02X}"
        what = self._what(channel, ins, p1, p2, data, apdu.le)
        fields |= {"instruction": title, "channel": channel}
        toolkit = describe(ins, data, response[:-2])
        if toolkit is not None:
            what, fields["toolkit"] = toolkit
        if what:
            fields["what"] = what
        if sw is not None:
            fields |= {"sw": f"{sw:04X}", "meaning": meaning(sw), "response_length": len(response) - 2}
        if ins == Ins.SELECT and sw is not None and (sw >> 8 in _QUIET or sw >> 8 == 0x62):
            self.selected[channel] = what
        if ins == Ins.MANAGE_CHANNEL and p1 == 0x00 and len(response) == 3:
            what = f"{what} {response[0]}"
        where = f" on channel {channel}" if channel else ""
        return f"{title}{f' {what}' if what else ''}{where} → {_status(sw)}", fields

    def _what(self, channel: int, ins: int, p1: int, p2: int, data: bytes, le: int | None) -> str:
        file = self.selected.get(channel, "")
        match ins:
            case Ins.SELECT if p1 == 0x04:
                return application_name(data)
            case Ins.SELECT:
                return _path(data)
            case Ins.READ_BINARY | Ins.UPDATE_BINARY:
                offset = p2 if p1 & 0x80 else p1 << 8 | p2
                file = f"short file {p1 & 0x1F:02X}" if p1 & 0x80 else file
                return f"{file} {offset}+{le or 0 if ins == Ins.READ_BINARY else len(data)}".lstrip()
            case Ins.READ_RECORD | Ins.UPDATE_RECORD:
                return f"{file} record {p1}".lstrip()
            case Ins.VERIFY | Ins.CHANGE_PIN | Ins.DISABLE_PIN | Ins.ENABLE_PIN | Ins.UNBLOCK_PIN:
                return f"key {p2:02X}"
            case Ins.MANAGE_CHANNEL:
                return f"close {p2}" if p1 == 0x80 else "open"
            case _:
                return ""


def _path(data: bytes) -> str:
    """The last file's name and the whole path: ``EF(ODF) 7FFF/5031``."""
    if not data:
        return file_name(MF)
    fids = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
    name = file_name(fids[-1])
    if len(fids) == 1:
        return name
    way = "/".join(f"{fid:04X}" for fid in fids)
    return f"{name.rpartition(' ')[0]} {way}".lstrip()


def _status(sw: int | None) -> str:
    if sw is None:
        return "no status word"
    return f"{sw:04X}" if sw >> 8 in _QUIET else f"{sw:04X} ({meaning(sw)})"
