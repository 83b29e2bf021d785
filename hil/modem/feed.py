"""What is fed to a virtual modem by hand: messages, written as a person or a program writes them, and faults.

One entry is a line: hex digits (a PDU with or without the service centre's address), a number and a text
(``+4412345 Hello``), or a JSON object. A YAML file holds a list of such objects; `Fed` has their words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hil.errors import UsageError
from hil.fields import HexBytes
from hil.modem.settings import FaultSettings
from hil.modem.sms import pdu
from hil.modem.sms.address import Address
from hil.modem.sms.segment import split, split_text
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, StatusReport
from hil.modem.sms.tpdu import decode as decode_tpdu
from hil.modem.sms.udh import Ports
from hil.modem.virtual.faults import Fault
from hil.yamlfile import parse_text
from simulator.errors import CodecError, EncodeError

MAX_ENTRY = 65_536
"""Characters."""

LONGEST_NUMBER = 21
YAML = (".yaml", ".yml")


class Fed(BaseModel):
    """One entry: a text, data for a port, a PDU as it is, a fault, or the end of all faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sender: str = Field("+15550100", alias="from", max_length=LONGEST_NUMBER)
    text: str | None = None
    """Sent in as many messages as it takes."""
    data: HexBytes | None = None
    """8-bit data, in as many messages as it takes."""
    port: int | None = Field(None, ge=0, le=0xFFFF)
    source_port: int = Field(9200, ge=0, le=0xFFFF)
    data_coding_scheme: Literal["04", "15", "F5", "F6"] = "04"
    """Of data."""
    pdu: HexBytes | None = None
    """A TPDU, with the service centre's address in front or without; damaged ones too."""
    fault: FaultSettings | None = None
    repair: bool = False

    @model_validator(mode="before")
    @classmethod
    def _fault_by_name(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("fault"), str):
            return {**given, "fault": {"kind": given["fault"]}}
        return given

    @model_validator(mode="after")
    def _one_thing(self) -> Fed:
        said = [self.text, self.data, self.pdu, self.fault, self.repair or None]
        if sum(each is not None for each in said) != 1:
            raise ValueError("an entry has one of text, data, pdu, fault and repair")
        return self


@dataclass(frozen=True, slots=True)
class Feed:
    """What an entry comes to."""

    tpdus: tuple[bytes, ...] = ()
    fault: Fault | None = None
    repair: bool = False


class Feeder:
    """Turns entries into what the network sends; long ones get references of their own."""

    def __init__(self) -> None:
        self._reference = 0

    def line(self, line: str, now: datetime) -> Feed | None:
        """One line; None for an empty one and for a comment. Raises `UsageError`."""
        line = line.strip()
        if not line or line.startswith("#"):
            return None
        if len(line) > MAX_ENTRY:
            raise UsageError(f"an entry has {MAX_ENTRY} characters at most, this one {len(line)}")
        if line.startswith("{"):
            try:
                given = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise UsageError(f"this is no JSON object: {error}") from error
            return self.entry(given, now)
        if set(line) <= set("0123456789abcdefABCDEF"):
            return self.entry({"pdu": line}, now)
        number, _, text = line.partition(" ")
        if text.strip() and number.lstrip("+").isdecimal():
            return self.entry({"from": number, "text": text.strip()}, now)
        raise UsageError(
            f"{line[:60]!r} is no entry",
            hint='write hex digits, a number and a text (+4412345 Hi), or {"from": "+4412345", "text": "Hi"}',
        )

    def entry(self, given: object, now: datetime) -> Feed:
        """One object. Raises `UsageError`."""
        if not isinstance(given, Mapping):
            raise UsageError("an entry has words such as 'from' and 'text'")
        try:
            fed = Fed.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UsageError(f"{where}: {first['msg']}" if where else str(first["msg"])) from error
        try:
            fault = fed.fault.fault() if fed.fault is not None else None
            return Feed(self._tpdus(fed, now), fault, fed.repair)
        except EncodeError as error:
            raise UsageError(f"no SMS can say this: {error}", hint=error.hint) from error

    def _tpdus(self, fed: Fed, now: datetime) -> tuple[bytes, ...]:
        if fed.pdu is not None:
            return (_tpdu(fed.pdu),)
        ports = Ports(fed.port, fed.source_port) if fed.port is not None else None
        self._reference = (self._reference + 1) % 0x100
        if fed.text is not None:
            scheme, segments = split_text(fed.text, ports, reference=self._reference)
        elif fed.data is not None:
            scheme = int(fed.data_coding_scheme, 16)
            segments = [*split(fed.data, ports, reference=self._reference)]
        else:
            return ()
        sender, stamp = Address.of(fed.sender), TimeStamp.of(now)
        return tuple(
            Deliver(
                sender,
                stamp,
                payload,
                header if header is not None and header.elements else None,
                data_coding_scheme=scheme,
                more_messages_to_send=number < len(segments),
            ).encode()
            for number, (header, payload) in enumerate(segments, 1)
        )


def yaml_entries(path: Path, text: str) -> list[object]:
    """The entries of a YAML file. Raises `InvalidFile`, and `UsageError` for what is no list."""
    value = parse_text(path, text).value
    if value is None:
        return []
    if not isinstance(value, list):
        raise UsageError(
            f"{path} holds no list of entries", hint="write each as: - {from: '+4412345', text: Hello}"
        )
    return list(value)


def _tpdu(octets: bytes) -> bytes:
    """Without the service centre's address, when there is one in front; what is neither is a TPDU, damaged."""
    for candidate in (_after_smsc(octets), octets):
        if candidate and _reads(candidate):
            return candidate
    return octets


def _after_smsc(octets: bytes) -> bytes:
    try:
        return pdu.decode(octets.hex())[1]
    except CodecError:
        return b""


def _reads(tpdu: bytes) -> bool:
    try:
        return isinstance(decode_tpdu(tpdu, "in"), Deliver | StatusReport)
    except CodecError:
        return False
