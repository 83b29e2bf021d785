"""The pushes in a capture file: datagrams to the push ports, SMS, and requests of OTA-HTTP.

Scapy takes the packets apart down to UDP and TCP; what they carry is handed on as it stands.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scapy.config import conf
from scapy.error import Scapy_Exception
from scapy.layers import inet6, l2
from scapy.layers.inet import TCP, UDP
from scapy.utils import RawPcapReader

from hil.errors import UsageError
from simulator.codes.ota import NESTED_TYPE
from simulator.codes.wsp import PORT_PUSH, PORT_PUSH_SECURE
from simulator.errors import CodecError
from simulator.push.ota import REQUEST_LINE, read_head
from simulator.push.wsp import APPLICATION_ID

LOADED = (inet6, l2)
"""Scapy knows the link types of what has been imported."""

USER_LINKS = range(147, 163)
"""DLT_USER0 to 15: SMS TPDUs, as text2pcap and Osmocom's tools write them."""
EXPORTED_LINK = 252
"""Wireshark's exported PDUs, which name their dissector; dmrig's own captures have SMS so."""
TAG_END, TAG_DISSECTOR = 0, 12
LONGEST_STREAM = 1024 * 1024
"""Octets of a TCP connection that are looked at."""


@dataclass(frozen=True, slots=True)
class Found:
    octets: bytes
    kind: str | None
    """As in ``dmrig decode --as``; None: to be found out."""
    about: str


@dataclass(slots=True)
class _Stream:
    packet: int
    about: str
    pieces: dict[int, bytes] = field(default_factory=dict)
    """By sequence number."""

    @property
    def octets(self) -> bytes:
        """From the first octet up to the first gap."""
        octets, following = bytearray(), None
        for seq, piece in sorted(self.pieces.items()):
            if following is not None and seq > following:
                break
            octets += piece[max(0, (following or seq) - seq) :]
            following = max(following or 0, seq + len(piece))
            if len(octets) > LONGEST_STREAM:
                break
        return bytes(octets)


def pushes(path: Path) -> list[Found]:
    """In the order of the file; requests where their connection begins. Raises `UsageError`."""
    found: list[tuple[int, Found]] = []
    streams: dict[tuple[Any, ...], _Stream] = {}
    for number, (link, data) in enumerate(_packets(path), 1):
        if link in USER_LINKS:
            found.append((number, Found(data, None, f"packet {number}, SMS")))
        elif link == EXPORTED_LINK:
            found += [(number, Found(tpdu, None, f"packet {number}, SMS")) for tpdu in _exported(data)]
        elif link in conf.l2types:
            packet = conf.l2types[link](data)
            if UDP in packet and packet[UDP].dport in (PORT_PUSH, PORT_PUSH_SECURE):
                about = f"packet {number}, UDP port {packet[UDP].dport}"
                found.append((number, Found(bytes(packet[UDP].payload), "wsp", about)))
            elif TCP in packet and (payload := bytes(packet[TCP].payload)):
                tcp = packet[TCP]
                ends = (tcp.underlayer.src, tcp.sport, tcp.underlayer.dst, tcp.dport)
                about = f"packet {number}, TCP port {tcp.dport}"
                streams.setdefault(ends, _Stream(number, about)).pieces.setdefault(tcp.seq, payload)
    for stream in streams.values():
        found += [(stream.packet, Found(octets, "ota-http", stream.about)) for octets in _requests(stream.octets)]
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def _packets(path: Path) -> Iterator[tuple[int, bytes]]:
    """Link type and octets of each packet."""
    try:
        with RawPcapReader(str(path)) as reader:
            for data, meta in reader:
                # Of pcapng each interface has its own, of pcap the file.
                link = getattr(meta, "linktype", None)
                yield int(reader.linktype if link is None else link), data
    except (Scapy_Exception, EOFError, struct.error, ValueError, OSError) as error:
        raise UsageError(f"{path} cannot be read as a capture: {error}") from error


def _exported(data: bytes) -> Iterator[bytes]:
    """The SMS in an exported PDU, if that is what it is."""
    position, dissector = 0, b""
    while position + 4 <= len(data):
        tag, size = struct.unpack_from("!HH", data, position)
        value = data[position + 4 : position + 4 + size]
        position += 4 + size
        if tag == TAG_END:
            break
        if tag == TAG_DISSECTOR:
            dissector = value.rstrip(b"\0")
    if dissector == b"gsm_sms" and position < len(data):
        yield data[position:]


def _requests(octets: bytes) -> Iterator[bytes]:
    """The pushes among the requests of a connection."""
    while octets:
        try:
            _, headers, start = read_head(octets, REQUEST_LINE)
        except CodecError:
            return
        values = {name.lower(): value for name, value in headers}
        length = values.get("content-length", "")
        end = start + int(length) if length.isascii() and length.isdigit() and len(length) < 9 else len(octets)
        nested = values.get("content-type", "").lower().startswith(NESTED_TYPE)
        if nested or APPLICATION_ID.lower() in values:
            yield octets[:end]
        octets = octets[end:]
