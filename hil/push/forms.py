"""The octets of a push in the forms in which they travel: segments of SMS, requests of HTTP."""

from __future__ import annotations

from datetime import datetime

from hil.modem.sms.address import Address
from hil.modem.sms.coding import DATA_8BIT
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Ports
from simulator.codes.ota import PATHS
from simulator.codes.wsp import PORT_OTA_HTTP
from simulator.push import wsp
from simulator.push.ota import Form, request


def delivers(
    push: bytes,
    ports: Ports,
    sender: str,
    now: datetime,
    *,
    scheme: int = DATA_8BIT,
    reference: int = 0,
    wide: bool = False,
) -> list[bytes]:
    """The TPDUs that a device gets, one for each SMS-DELIVER. Raises `EncodeError`."""
    who, stamp = Address.of(sender), TimeStamp.of(now)
    segments = split(push, ports, reference=reference, wide_reference=wide)
    return [
        Deliver(
            who,
            stamp,
            payload,
            header,
            data_coding_scheme=scheme,
            more_messages_to_send=number < len(segments),
        ).encode()
        for number, (header, payload) in enumerate(segments, 1)
    ]


def http_request(push: bytes, form: Form, host: str = f"127.0.0.1:{PORT_OTA_HTTP}") -> bytes:
    """The whole request to a terminal of OTA-HTTP. Raises `CodecError`, `EncodeError`."""
    headers, body = request(wsp.decode(push), form)
    lines = [
        f"POST {PATHS[0]} HTTP/1.1",
        f"Host: {host}",
        *(f"{name}: {value}" for name, value in headers),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
