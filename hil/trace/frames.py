"""Records as packets that Wireshark dissects by itself, without a setting.

| record | packet | dissected as |
|---|---|---|
| apdu, a command with its response | IPv4, UDP 4729, GSMTAP of type SIM | GSM SIM |
| apdu, one that got less than it asked for | exported PDUs, one each for command and response | GSM SIM |
| apdu, a command without a response, an ATR | exported PDU | GSM SIM, ISO 7816-3 |
| sms | Wireshark's exported PDU, which names its dissector | GSM SMS, then WSP |
| push | IPv4, UDP to the push's port | WSP, then WBXML |
| http, a request with its answer | IPv4, a TCP connection of its own | HTTP, then WBXML or XML |

Addresses are those set aside for documentation (RFC 5737): nothing of this ever was on a network.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from scapy.layers.inet import IP, UDP

from hil.trace.conversation import DEVICE, PUSH_PROXY, Conversations
from hil.trace.exchange import exchanges
from hil.trace.forms import KEPT_DIGITS, packed_digits
from hil.trace.mask import Masker
from hil.trace.record import Record, Way
from simulator.codes.apdu import Ins

LINKTYPE_RAW = 101
"""A packet starts with its IP header."""
LINKTYPE_WIRESHARK_UPPER_PDU = 252

GSMTAP_PORT = 4729
GSMTAP_VERSION, GSMTAP_WORDS, GSMTAP_TYPE_SIM = 2, 4, 4
GSMTAP_SIM_APDU = 0

READING = frozenset({Ins.READ_BINARY, Ins.READ_RECORD, Ins.GET_RESPONSE, Ins.FETCH})

TAG_END, TAG_DISSECTOR_NAME, TAG_P2P_DIRECTION = 0, 12, 35
"""Of an exported PDU; each a number, a length and a value of whole words."""
P2P = {"in": 0, "out": 1, "": 0}
"""The SMS dissector takes what was received (1) for what a phone sends: a SUBMIT."""

LARGEST_DATAGRAM = 0xFFFF - 20 - 8
"""An IPv4 header and a UDP header are in the length that IPv4 has sixteen bits for."""

LOOPBACK = "127.0.0.1"
PORT_PUSH, PORT_WSP = 2948, 9200


@dataclass(frozen=True, slots=True)
class Frame:
    seq: int
    interface: str
    link_type: int
    at: datetime
    way: Way
    data: bytes
    comment: str


def frames(records: Iterable[Record], masker: Masker) -> list[Frame]:
    """Every packet of a run, in the order of the trace."""
    records = list(records)
    made = [*_cards(records, masker), *_networks(records, masker)]
    return sorted(made, key=lambda frame: frame.seq)


def _cards(records: list[Record], masker: Masker) -> Iterator[Frame]:
    for exchange in exchanges(records):
        command, response = masker.command(exchange.command), masker.response(exchange.response)
        if command and response:
            if _is_short(command, response):
                yield _exported(exchange.record, "gsm_sim.command", command, masker)
                yield _exported(exchange.record._replace(way="in"), "gsm_sim.response", response, masker)
            else:
                yield _gsmtap(exchange.record, command + response, masker)
        elif command:
            # GSMTAP has no place for a lone command: its end would be taken for a status word
            yield _exported(exchange.record, "gsm_sim.command", command, masker, note="no response: ")
        else:
            yield _exported(exchange.record, "iso7816.atr", response, masker)


def _is_short(command: bytes, response: bytes) -> bool:
    """Whether a card gave less than it was asked for: an error, or the end of a file.

    Wireshark expects in GSMTAP what was asked for, and calls anything shorter malformed.
    """
    return len(command) == 5 and command[1] in READING and len(response) - 2 < (command[4] or 256)


def _networks(records: list[Record], masker: Masker) -> Iterator[Frame]:
    conversations = Conversations(masker)
    for record in records:
        if record.kind == "http":
            for packet in conversations.packets(record):
                yield _ip(record, packet, masker)
        elif record.kind == "sms" and record.data:
            yield _sms(record, masker)
        elif record.kind == "push" and record.data:
            yield _push(record, masker)


def _gsmtap(record: Record, exchange: bytes, masker: Masker) -> Frame:
    # version, words of this header, type, timeslot, channel, signal, noise, frame number, kind, antenna, sub-slot
    header = struct.pack(
        "!BBBBHbbIBBBx", GSMTAP_VERSION, GSMTAP_WORDS, GSMTAP_TYPE_SIM, 0, 0, 0, 0, 0, GSMTAP_SIM_APDU, 0, 0
    )
    payload = (header + exchange)[:LARGEST_DATAGRAM]
    packet = IP(src=LOOPBACK, dst=LOOPBACK) / UDP(sport=GSMTAP_PORT, dport=GSMTAP_PORT) / payload
    return _ip(record, bytes(packet), masker)


def _sms(record: Record, masker: Masker) -> Frame:
    data = masker.octets(record.data, starts=(0, _user_data(record.data)))
    number = str(record.fields.get("address", "")).lstrip("+")
    if not masker.show_all and number.isascii() and number.isdigit():
        shown = number[-KEPT_DIGITS:].rjust(len(number), "0")
        data = data.replace(packed_digits(number), packed_digits(shown))
    return _exported(record, "gsm_sms", data, masker)


def _user_data(tpdu: bytes) -> int:
    """Where the payload of a binary SMS starts: behind the user data header, if the TPDU ends in user data."""
    for start in range(max(0, len(tpdu) - 141), len(tpdu) - 1):
        length, header = tpdu[start], tpdu[start + 1]
        if length == len(tpdu) - start - 1 and header < length and tpdu[0] & 0x40:
            return start + 2 + header
    return 0


def _push(record: Record, masker: Masker) -> Frame:
    ports = {
        name: port if isinstance(port := record.fields.get(name), int) and 0 <= port <= 0xFFFF else default
        for name, default in (("source_port", PORT_WSP), ("destination_port", PORT_PUSH))
    }
    ends = (PUSH_PROXY, DEVICE) if record.way != "out" else (DEVICE, PUSH_PROXY)
    packet = (
        IP(src=ends[0], dst=ends[1])
        / UDP(sport=ports["source_port"], dport=ports["destination_port"])
        / masker.octets(record.data)[:LARGEST_DATAGRAM]
    )
    return _ip(record, bytes(packet), masker)


def _exported(record: Record, dissector: str, data: bytes, masker: Masker, note: str = "") -> Frame:
    header = _tag(TAG_DISSECTOR_NAME, dissector.encode())
    header += _tag(TAG_P2P_DIRECTION, struct.pack("!I", P2P[record.way])) + _tag(TAG_END, b"")
    return Frame(
        record.seq,
        record.part,
        LINKTYPE_WIRESHARK_UPPER_PDU,
        record.at,
        record.way,
        header + data,
        comment(record, masker, note),
    )


def _tag(number: int, value: bytes) -> bytes:
    value += bytes(-len(value) % 4)
    return struct.pack("!HH", number, len(value)) + value


def _ip(record: Record, packet: bytes, masker: Masker) -> Frame:
    return Frame(record.seq, record.part, LINKTYPE_RAW, record.at, record.way, packet, comment(record, masker))


def comment(record: Record, masker: Masker, note: str = "") -> str:
    """What the packet is in the trace: its number there, and its line."""
    return f"#{record.seq} {note}{masker.text(record.text)}"
