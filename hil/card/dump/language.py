"""The two ways of speaking to a card about its files: class 00 of a UICC, class A0 of a SIM.

Each is a few dialogues that never raise for what a card refuses: refusals are what a dump wants to know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from hil.card.dump.describe import read_fcp, read_header
from hil.card.dump.found import Description
from simulator.bootstrap.access import CHUNK, MAX_FILE
from simulator.bootstrap.apdu import Answer, Dialogue, command, exchange
from simulator.codes.apdu import MF, NOT_THERE, PROTECTED, Ins, meaning
from simulator.errors import CodecError


@dataclass(frozen=True, slots=True)
class Selection:
    description: Description | None
    """None: not selected, or described in no way that can be understood."""
    sw: int
    damage: str = ""

    @property
    def absent(self) -> bool:
        """Whether there is no such file. Anything else but a description is worth telling."""
        return self.sw in NOT_THERE


@dataclass(slots=True)
class Content:
    content: bytes = b""
    records: list[bytes | None] = field(default_factory=list)
    trouble: str = ""


class UiccLanguage:
    cla: ClassVar[int] = 0x00
    mode: ClassVar[str] = "uicc"

    def select(self, fid: int) -> Dialogue[Selection]:
        return (yield from self._select(command(0x00, Ins.SELECT, 0x00, 0x04, fid.to_bytes(2, "big"), le=256)))

    def select_application(self, aid: bytes, *, following: bool = False) -> Dialogue[Selection]:
        """By its name, or the beginning of it: the first that has it, or the next after the one selected."""
        p2 = 0x06 if following else 0x04
        return (yield from self._select(command(0x00, Ins.SELECT, 0x04, p2, aid, le=256)))

    def read(self, file: Description) -> Dialogue[Content]:
        """What the selected file holds, as far as the card hands it over."""
        if file.kind == "transparent":
            return (yield from self._read_binary(file.size))
        return (yield from self._read_records(file.records, file.record_size))

    def _select(self, apdu: bytes) -> Dialogue[Selection]:
        answer = yield from exchange(apdu)
        if not (answer.ok or answer.sw >> 8 == 0x62):
            return Selection(None, answer.sw)
        try:
            return Selection(self._describe(answer), answer.sw)
        except CodecError as error:
            return Selection(None, answer.sw, f"its description cannot be read: {error}")

    def _describe(self, answer: Answer) -> Description:
        return read_fcp(answer.data)

    def _read_binary(self, size: int | None) -> Dialogue[Content]:
        if size is None:
            return (yield from self._read_to_the_end())
        content = b""
        while len(content) < size:
            at = len(content)
            if at > 0x7FFF:
                return Content(content, trouble=f"only {at} of {size} bytes can be reached")
            answer = yield from exchange(
                command(self.cla, Ins.READ_BINARY, at >> 8, at & 0xFF, le=min(CHUNK, size - at))
            )
            if not answer.data or not (answer.ok or answer.warned):
                reached = f"; {at} of {size} bytes were read" if at else ""
                return Content(content, trouble=f"{_why(answer.sw)}{reached}")
            content += answer.data[: size - at]
        return Content(content)

    def _read_to_the_end(self) -> Dialogue[Content]:
        """Of a file whose size the card does not tell: up to what says that nothing more is there."""
        content = b""
        while (at := len(content)) < MAX_FILE:
            asked = min(CHUNK, MAX_FILE - at)
            answer = yield from exchange(command(self.cla, Ins.READ_BINARY, at >> 8, at & 0xFF, le=asked))
            if not (answer.ok or answer.warned) and answer.sw not in NOT_THERE:
                reached = f"; {at} bytes were read" if at else ""
                return Content(content, trouble=f"{_why(answer.sw)}{reached}, and its size is not told")
            content += answer.data[:asked]
            if not answer.data or answer.sw == 0x6282:
                return Content(content)
        return Content(content, trouble=f"no more than {at} bytes can be reached, and its size is not told")

    def _read_records(self, count: int, size: int) -> Dialogue[Content]:
        found = Content()
        for number in range(1, min(count, 255) + 1):
            answer = yield from exchange(command(self.cla, Ins.READ_RECORD, number, 0x04, le=size))
            if answer.ok or answer.warned:
                found.records.append(answer.data[:size])
                continue
            found.trouble = found.trouble or f"record {number}: {_why(answer.sw)}"
            if answer.sw in PROTECTED or answer.sw in (0x6984, 0x6985, 0x9810):
                found.trouble = _why(answer.sw)
                return found
            found.records.append(None)
        return found


class SimLanguage(UiccLanguage):
    cla = 0xA0
    mode = "sim"

    def select(self, fid: int) -> Dialogue[Selection]:
        return (yield from self._select(command(0xA0, Ins.SELECT, 0x00, 0x00, fid.to_bytes(2, "big"))))

    def select_application(self, aid: bytes, *, following: bool = False) -> Dialogue[Selection]:
        """A SIM has none."""
        yield from ()
        return Selection(None, 0x9404)

    def _describe(self, answer: Answer) -> Description:
        return read_header(answer.data)


def enter() -> Dialogue[tuple[UiccLanguage, Selection]]:
    """The card's language: class 00, unless it knows class A0 alone. The MF is selected then."""
    for language in (UiccLanguage(), SimLanguage()):
        selection = yield from language.select(MF)
        if selection.sw not in (0x6D00, 0x6E00):
            break
    return language, selection


def _why(sw: int) -> str:
    return f"{sw:04X}, {meaning(sw)}"
