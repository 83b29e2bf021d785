"""What crosses a card's seam, in words: one line and a few fields for each exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from hil.card.cat.describe import describe
from hil.card.command import CommandApdu, channel_of, parse
from hil.trace.record import Json
from simulator.codes.apdu import FILES, MF, Ins, application_name, file_name, meaning

_SELECT, _READ_BINARY, _MANAGE_CHANNEL = int(Ins.SELECT), int(Ins.READ_BINARY), int(Ins.MANAGE_CHANNEL)
_QUIET = (0x90, 0x91, 0x61, 0x9F, 0x6C)
"""Status words that say nothing is wrong; the line shows them without their meaning."""


_TITLES = {each.value: each.title for each in Ins}


@dataclass(slots=True)
class Narrator:
    """Tells exchanges. Follows what is selected on each channel, so that a READ BINARY names its file."""

    selected: dict[int, str] = field(default_factory=dict)

    def tell(self, command: bytes, response: bytes) -> tuple[str, dict[str, Json]]:
        """One line such as ``SELECT EF(DIR) 2F00 → 9000``, and the same as fields."""
        status = _status(response[-2] << 8 | response[-1]) if len(response) >= 2 else None
        shown = status.shown if status is not None else "no status word"
        try:
            apdu = parse(command)
        except ValueError:
            return f"{command.hex().upper() or 'nothing'} (no command) → {shown}", {"command_length": len(command)}
        ins = apdu.ins
        channel = channel_of(apdu.cla)
        title = _TITLES.get(ins) or f"INS {ins:02X}"
        what_of = _WHATS.get(ins)
        what = what_of(apdu, self.selected.get(channel, "")) if what_of is not None else ""
        fields: dict[str, Json] = {"command_length": len(command), "instruction": title, "channel": channel}
        toolkit = describe(ins, apdu.data, response)
        if toolkit is not None:
            what, fields["toolkit"] = toolkit
        if what:
            fields["what"] = what
        if status is not None:
            fields["sw"] = status.digits
            fields["meaning"] = status.meaning
            fields["response_length"] = len(response) - 2
            if ins == _SELECT and status.done:
                self.selected[channel] = what
            elif ins == _MANAGE_CHANNEL and apdu.p1 == 0x00 and len(response) == 3:
                what = f"{what} {response[0]}"
        where = f" on channel {channel}" if channel else ""
        return f"{title}{f' {what}' if what else ''}{where} → {shown}", fields


def _select(apdu: CommandApdu, file: str) -> str:
    return application_name(apdu.data) if apdu.p1 == 0x04 else _path(apdu.data)


def _binary(apdu: CommandApdu, file: str) -> str:
    offset = apdu.p2 if apdu.p1 & 0x80 else apdu.p1 << 8 | apdu.p2
    file = f"short file {apdu.p1 & 0x1F:02X}" if apdu.p1 & 0x80 else file
    count = apdu.le or 0 if apdu.ins == _READ_BINARY else len(apdu.data)
    return f"{file} {offset}+{count}".lstrip()


def _record(apdu: CommandApdu, file: str) -> str:
    return f"{file} record {apdu.p1}".lstrip()


def _key(apdu: CommandApdu, file: str) -> str:
    return f"key {apdu.p2:02X}"


def _channel(apdu: CommandApdu, file: str) -> str:
    return f"close {apdu.p2}" if apdu.p1 == 0x80 else "open"


_PINS = (Ins.VERIFY, Ins.CHANGE_PIN, Ins.DISABLE_PIN, Ins.ENABLE_PIN, Ins.UNBLOCK_PIN)

_WHATS: dict[int, Callable[[CommandApdu, str], str]] = {
    Ins.SELECT: _select,
    Ins.READ_BINARY: _binary,
    Ins.UPDATE_BINARY: _binary,
    Ins.READ_RECORD: _record,
    Ins.UPDATE_RECORD: _record,
    **dict.fromkeys(_PINS, _key),
    Ins.MANAGE_CHANNEL: _channel,
}
"""What a command is about, where that is more than its name: of the command, and the file that is selected."""


def _path(data: bytes) -> str:
    """The last file's name and the whole path: ``EF(ODF) 7FFF/5031``."""
    if not data:
        return file_name(MF)
    way = data.hex("/", -2).upper()
    name = FILES.get(int(way.rpartition("/")[2], 16))
    return f"{name} {way}" if name else way


class _Status(NamedTuple):
    """A status word, told."""

    digits: str
    meaning: str
    shown: str
    """At the end of a line."""
    done: bool
    """Perhaps with a warning: what was to be selected is."""


@lru_cache(1024)
def _status(sw: int) -> _Status:
    digits, said, sw1 = f"{sw:04X}", meaning(sw), sw >> 8
    shown = digits if sw1 in _QUIET else f"{digits} ({said})"
    return _Status(digits, said, shown, sw1 in _QUIET or sw1 == 0x62)
