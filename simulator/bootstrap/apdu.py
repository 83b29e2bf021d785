"""Commands to a card, as a dialogue without a reader: a generator yields C-APDUs and is sent R-APDUs.

`exchange` hides how a transport hands over data: at once, or with 61xx and 9Fxx (GET RESPONSE) and 6Cxx
(again, with the right Le), as T=0 makes visible (ISO/IEC 7816-3 §12.2.1, TS 51.011 §9.4.1).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple, TypeVar

from simulator.codes.apdu import Ins, meaning
from simulator.errors import CardError

T = TypeVar("T")
Dialogue = Generator[bytes, bytes, T]
"""Yields commands, is sent the card's answers, returns what it was for."""

MAX_FOLLOW_UPS = 16
"""GET RESPONSEs and repetitions for one command: enough for 4 KiB."""

MAX_ANSWER = 65536 + 2


class Answer(NamedTuple):
    data: bytes
    sw: int

    @property
    def ok(self) -> bool:
        """Done as asked. 91xx says so too, and that the card has a proactive command (TS 102 223 §6.4)."""
        return self.sw == 0x9000 or self.sw >> 8 == 0x91

    @property
    def warned(self) -> bool:
        """Done, with a warning that leaves the data usable: 6282 (file ended early), 6283 (deactivated)."""
        return self.sw in (0x6282, 0x6283)


class Refused(CardError):
    """The card understood a command and said no; ``sw`` says why."""

    def __init__(self, what: str, sw: int) -> None:
        super().__init__(f"{what}: the card answers {sw:04X} ({meaning(sw)})", sw=sw)


def command(cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> bytes:
    """A C-APDU (ISO/IEC 7816-3 §12.1): short where it can be, else extended. ``le`` 256 is written 00."""
    head = bytes([cla, ins, p1, p2])
    if len(data) <= 255 and (le or 0) <= 256:
        body = bytes([len(data)]) + data if data else b""
        return head + body + (b"" if le is None else bytes([le & 0xFF]))
    body = len(data).to_bytes(2, "big") + data if data else b""
    return head + b"\x00" + body + (b"" if le is None else (le & 0xFFFF).to_bytes(2, "big"))


def exchange(apdu: bytes) -> Dialogue[Answer]:
    """One command and all that belongs to it. Raises `CardError` when the card does not keep to the protocol."""
    collected = b""
    for _ in range(MAX_FOLLOW_UPS):
        response = yield apdu
        if not 2 <= len(response) <= MAX_ANSWER:
            raise CardError(f"the card answered {len(response)} bytes; 2 to {MAX_ANSWER} are an answer")
        sw1, sw2 = response[-2:]
        collected += response[:-2]
        if sw1 in (0x61, 0x9F):
            apdu = command(_same_channel(apdu[0]), Ins.GET_RESPONSE, 0, 0, le=sw2 or 256)
        elif sw1 == 0x6C:
            apdu = _with_le(apdu, sw2)
        else:
            return Answer(collected, sw1 << 8 | sw2)
    raise CardError(
        f"the card has still not finished {MAX_FOLLOW_UPS} answers after the command", sw=sw1 << 8 | sw2
    )


def _same_channel(cla: int) -> int:
    """The class byte for a GET RESPONSE: SIM class as it is, else the interindustry class of the channel."""
    if cla == 0xA0:
        return cla
    return cla & 0x4F if cla & 0x40 else cla & 0x03


def _with_le(apdu: bytes, le: int) -> bytes:
    if len(apdu) <= 5 or (apdu[4] == 0 and len(apdu) == 7):
        return apdu[:4] + bytes([le])
    if apdu[4] == 0:
        return apdu[: 7 + int.from_bytes(apdu[5:7], "big")] + bytes([0, le])
    return apdu[: 5 + apdu[4]] + bytes([le])
