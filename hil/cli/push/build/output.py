"""How ``dmrig push build`` writes what it made."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from hil.errors import UsageError

if TYPE_CHECKING:
    from simulator.push.headers import FieldValue
    from simulator.push.wsp import Push

_HEADER = re.compile(r"((?:\d{1,3}:)?0x[0-9A-Fa-f]+|[^:]+):(.*)", re.DOTALL)
"""Name and value; a header of another code page has a colon in its name (``2:0x05``)."""

LARGEST = 1024 * 1024
"""Octets of a file that is pushed."""


@dataclass(frozen=True, slots=True)
class Output:
    """The values of `hil.cli.push.options.output_options`."""

    form: str
    number: str
    dcs: str
    wide_reference: bool
    port: int
    source_port: int
    headers: tuple[str, ...]
    tid: int
    media: str
    as_json: bool

    def write(self, push: Push) -> None:
        """Raises `EncodeError` for what has no encoding."""
        from simulator.push.wsp import Media, Style

        push.transaction_id = self.tid
        push.headers += [self._header(each) for each in self.headers]
        octets = push.encode(Style(Media(self.media)))
        if self.as_json:
            click.echo(json.dumps(self._json(octets), indent=2, ensure_ascii=False))
        elif self.form == "binary":
            _binary(octets)
        elif self.form in ("submit", "deliver"):
            for line in self._sms(octets):
                click.echo(line)
        elif self.form in ("http", "http-direct"):
            _binary(self._http(octets))
        else:
            click.echo(octets.hex().upper())

    def _json(self, octets: bytes) -> dict[str, Any]:
        from hil.push.describe import describe

        text, fields = describe(octets)
        shown: dict[str, Any] = {"text": text, "push": octets.hex().upper(), "octets": len(octets), **fields}
        if self.form in ("submit", "deliver"):
            shown["sms"] = self._sms(octets)
        elif self.form in ("http", "http-direct"):
            shown["http"] = self._http(octets).hex().upper()
        return shown

    def _sms(self, octets: bytes) -> list[str]:
        """PDUs as they are on the AT interface."""
        from hil.modem.sender import data_message
        from hil.modem.sms import pdu
        from hil.modem.sms.udh import Ports
        from hil.push.forms import delivers

        ports, scheme, wide = Ports(self.port, self.source_port), int(self.dcs, 16), self.wide_reference
        # Two messages to one device within minutes must not be taken for parts of one.
        reference = int.from_bytes(os.urandom(2 if wide else 1), "big")
        if self.form == "submit":
            parts = data_message(
                self.number, octets, ports, reference=reference, scheme=scheme, wide_reference=wide
            )
            tpdus = [part.encode() for part in parts]
        else:
            now = datetime.now(UTC)
            tpdus = delivers(octets, ports, self.number, now, scheme=scheme, reference=reference, wide=wide)
        return [pdu.encode(tpdu) for tpdu in tpdus]

    def _http(self, octets: bytes) -> bytes:
        from hil.push.forms import http_request
        from simulator.push.ota import Form

        return http_request(octets, Form.NESTED if self.form == "http" else Form.DIRECT)

    def _header(self, text: str) -> tuple[str, FieldValue]:
        match = _HEADER.fullmatch(text)
        if match is None:
            raise UsageError(
                f"{text!r} is no header", hint="write it like 'X-Wap-Initiator-URI: http://dm.example.com/'"
            )
        return match[1].strip(), as_value(match[1].strip(), match[2].strip())


def as_value(name: str, text: str) -> FieldValue:
    """A number or a date where the header of that name has one, else the text."""
    from simulator.push.ota import value_of

    if re.fullmatch(r"(\d{1,3}:)?0x[0-9A-Fa-f]+", name):
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise UsageError(f"the value of {name} is its octets in hex, not {text!r}") from None
    return value_of(name, text)


def contents(path: str) -> bytes:
    """A file's octets, or standard input's. Raises `UsageError`."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise UsageError(f"{path} has more than {LARGEST} octets, which is no push")
    return data


def _binary(octets: bytes) -> None:
    if sys.stdout.isatty():
        raise UsageError("octets are not for a terminal", hint="redirect them into a file, or choose --as hex")
    sys.stdout.buffer.write(octets)
