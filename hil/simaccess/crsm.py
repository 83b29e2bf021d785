"""+CRSM: files of the SIM, read and updated by identifier and path (TS 27.007 §8.18).

The modem selects; a program names the file with every command. So SELECT is remembered here, and tried with
GET RESPONSE, which tells what a file is. What files do not do (PINs, channels, applications other than the USIM)
is answered as by a card that cannot do it, so that whoever reads goes on without.
"""

from __future__ import annotations

from dataclasses import dataclass

from hil.card.command import CommandApdu, channel_of
from hil.modem.at.values import number, split_values
from hil.simaccess.asking import NOT_INSERTED, Refused, SimPort, Source
from hil.simaccess.fcp import as_fcp, is_directory
from hil.simaccess.reader import ModemReader
from simulator.codes.apdu import AID_USIM, CURRENT_ADF, MF, Ins

OK = b"\x90\x00"
NO_CHANNEL, WRONG_P1_P2, NO_FILE, NOT_FOUND = b"\x68\x81", b"\x6a\x86", b"\x69\x86", b"\x6a\x82"
NOT_SUPPORTED, NO_INSTRUCTION, NO_CLASS, WRONG_LENGTH = b"\x6a\x81", b"\x6d\x00", b"\x6e\x00", b"\x67\x00"

NO_DATA = 0x0C
"""In P2 of SELECT and STATUS: the answer is not asked for."""

DESCRIBE = 192
READS = {Ins.READ_BINARY: 176, Ins.READ_RECORD: 178}
UPDATES = {Ins.UPDATE_BINARY: 214, Ins.UPDATE_RECORD: 220}

LENGTHS = ("255", "15", "0")
"""P3 of GET RESPONSE in the order of trial: modems take one or the other."""

AS_UICC = {
    0x9404: 0x6A82, 0x9400: 0x6986, 0x9402: 0x6A83, 0x9408: 0x6981,
    0x9804: 0x6982, 0x9840: 0x6983, 0x9810: 0x6984, 0x9240: 0x6581,
}  # fmt: skip
"""What a SIM says (TS 51.011 §9.4), as a UICC would: some modems answer like the one, some like the other."""

Path = tuple[int, ...]
"""File identifiers from the MF or, behind 7FFF, from the USIM."""

ROOT: Path = (MF,)
USIM: Path = (MF, CURRENT_ADF)


@dataclass(frozen=True, slots=True)
class Answer:
    sw: bytes
    data: bytes = b""

    @property
    def found(self) -> bool:
        return self.sw[0] in (0x90, 0x91, 0x62)


class CrsmReader(ModemReader):
    def __init__(self, name: str, source: Source) -> None:
        super().__init__(name, source)
        self._df: Path = ROOT
        self._ef: Path | None = None

    def _begin(self, port: SimPort) -> None:
        self._df, self._ef = ROOT, None
        try:
            self._describe(port, ROOT)
        except Refused as refused:
            # That the MF cannot be described is one modem's habit; that there is no card is none.
            if refused.code is None or refused.code in (3, 4, 50, 100):
                return
            raise

    def _transmit(self, port: SimPort, apdu: bytes, command: CommandApdu) -> bytes:
        if command.cla & 0x70 or command.cla == 0xA0:
            return NO_CLASS
        if channel_of(command.cla) or command.ins == Ins.MANAGE_CHANNEL:
            return NO_CHANNEL
        match command.ins:
            case Ins.SELECT:
                return self._select(port, command)
            case Ins.STATUS if command.p2 & NO_DATA == NO_DATA:
                return OK
            case Ins.STATUS:
                answer = self._describe(port, self._df)
                return answer.data + answer.sw
            case Ins.READ_BINARY | Ins.READ_RECORD | Ins.UPDATE_BINARY | Ins.UPDATE_RECORD:
                return self._on_file(port, command)
            case _:
                return NO_INSTRUCTION

    def _select(self, port: SimPort, command: CommandApdu) -> bytes:
        if command.p1 == 0x04:
            return self._select_application(command)
        if len(command.data) % 2:
            return b"\x6a\x87"
        fids = [int.from_bytes(command.data[at : at + 2], "big") for at in range(0, len(command.data), 2)]
        candidates = self._candidates(command.p1, tuple(fids))
        if candidates is None:
            return WRONG_P1_P2
        for path in candidates:
            answer, directory = self._look(port, path)
            if answer.found:
                self._df, self._ef = (path, None) if directory else (path[:-1], path)
                return (b"" if command.p2 & NO_DATA == NO_DATA else answer.data) + answer.sw
        return NOT_FOUND

    def _select_application(self, command: CommandApdu) -> bytes:
        """The one application that a path reaches, as 7FFF, is the USIM."""
        if command.p2 & 0x03 or not command.data:
            return NOT_SUPPORTED
        if not (command.data.startswith(AID_USIM) or AID_USIM.startswith(command.data)):
            return NOT_FOUND
        self._df, self._ef = USIM, None
        return OK

    def _candidates(self, p1: int, fids: Path) -> list[Path] | None:
        """The paths that a SELECT may mean (TS 102 221 §8.4), the likeliest first; None: no such SELECT."""
        if p1 == 0x08:
            return [USIM + fids[1:] if fids[:1] == (CURRENT_ADF,) else ROOT + fids]
        if p1 == 0x09:
            return [self._df + fids]
        if p1 != 0x00 or len(fids) > 1:
            return None
        if not fids or fids == ROOT:
            return [ROOT]
        if fids == (CURRENT_ADF,):
            return [USIM]
        found = [self._df + fids]
        if self._df[-1:] == fids:
            found.append(self._df)
        if len(self._df) > 1:
            found += [self._df[:-1]] if self._df[-2] == fids[0] else [self._df[:-1] + fids]
        return found

    def _look(self, port: SimPort, path: Path) -> tuple[Answer, bool]:
        """What a file is, and whether it is a directory."""
        if path in (ROOT, USIM):
            return (self._describe(port, path) if path == ROOT else Answer(OK)), True
        directory = path[-1] >> 8 in (0x7F, 0x5F)
        try:
            answer = self._describe(port, path)
        except Refused as refused:
            if refused.code == NOT_INSERTED or not directory:
                raise
            # Modems that only know elementary files: a directory shows by what is in it.
            return Answer(OK), True
        return answer, is_directory(answer.data, directory)

    def _on_file(self, port: SimPort, command: CommandApdu) -> bytes:
        """The same command in +CRSM's words, on the file that was selected."""
        binary = command.ins in (Ins.READ_BINARY, Ins.UPDATE_BINARY)
        if command.p1 & 0x80 if binary else command.p2 >> 3:
            return NOT_SUPPORTED  # a short file identifier; +CRSM has none
        if self._ef is None:
            return NO_FILE
        if command.ins in READS:
            if command.le is None:
                return WRONG_LENGTH
            what, data, p3 = READS[Ins(command.ins)], "", command.le & 0xFF
        else:
            what, data, p3 = UPDATES[Ins(command.ins)], command.data.hex().upper(), len(command.data)
        answer = _ask(port, what, self._ef, (str(command.p1), str(command.p2), str(p3)), data)
        return answer.data + answer.sw

    def _describe(self, port: SimPort, path: Path) -> Answer:
        """Raises `Refused` when the modem takes none of the lengths."""
        refused: Refused | None = None
        for length in LENGTHS:
            try:
                answer = _ask(port, DESCRIBE, path, ("0", "0", length))
            except Refused as error:
                if error.code not in (None, 50, 100):
                    raise
                refused = error
                continue
            if answer.sw[0] not in (0x67, 0x6C):
                return Answer(answer.sw, as_fcp(answer.data))
        if refused is not None:
            raise refused
        return Answer(WRONG_LENGTH)


def _ask(port: SimPort, what: int, path: Path, parameters: tuple[str, str, str], data: str = "") -> Answer:
    """``AT+CRSM=176,28423,0,0,9,,"3F007FFF"``: the last identifier as a number, those before it as the path."""
    before = "".join(f"{fid:04X}" for fid in path[:-1])
    tail = (
        f',{f"{chr(34)}{data}{chr(34)}" if data else ""},"{before}"' if before else (f',"{data}"' if data else "")
    )
    response = port.ask(f"AT+CRSM={what},{path[-1]},{','.join(parameters)}{tail}")
    values = split_values(response.value() or "")
    sw1, sw2 = (number(values[at], 255) if len(values) > at else None for at in (0, 1))
    if sw1 is None or sw2 is None:
        return Answer(b"\x6f\x00")
    sw = sw1 << 8 | sw2
    try:
        said = bytes.fromhex(values[2]) if len(values) > 2 else b""
    except ValueError:
        return Answer(b"\x6f\x00")
    return Answer(AS_UICC.get(sw, sw).to_bytes(2, "big"), said)
