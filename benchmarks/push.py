"""From an SMS to the notification in it, plain codecs against scapy's dissection of the same octets.

    python benchmarks/push.py

SMS-DELIVER (the octets of its TPDU) to WSP push to the notification's fields, beside `hil.capture.layers`: scapy
layers over the same tables, down to the notification. A ratio below 1 says that ours takes less time. Below each:
how many messages one core reads in a second, for which the aim is 20,000.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from common.report import heading, note, row
from common.timing import duel
from scapy.packet import Packet

from hil.capture.layers import Notification12, Notification13, SMSDeliver
from hil.modem.sms import tpdu
from hil.modem.sms.address import Address
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Ports
from simulator.notification import options
from simulator.notification.message import Format, Notification, decode, encode, media_type
from simulator.push import wsp
from simulator.push.wsp import dm_push

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
SENDER, STAMP = Address.of("+15550100"), TimeStamp.of(WHEN)
SECRET, NONCE = "server-secret", b"nonce"

MESSAGES = {
    "DM 1.2": Notification("dm.example.com", 0xA7, format=Format.DM_1_2),
    "DM 1.3": Notification("dm.example.com", 0xA7, timestamp=WHEN, timeout_days=7),
    "DM 1.3 with options": Notification(
        "dm.example.com",
        0xA7,
        timestamp=WHEN,
        timeout_days=7,
        hash_name="sha256",
        options=[
            options.uint(options.REQUESTED_MO, 0x27),
            options.text(options.CONNECT_REASON, "new firmware"),
        ],
    ),
}


def read(octets: bytes) -> Notification:
    message = tpdu.decode(octets, "in")
    assert isinstance(message, Deliver)
    push = wsp.decode(message.payload)
    return decode(push.content_type, push.body)


def write(notification: Notification) -> bytes:
    push = dm_push(media_type(notification), encode(notification, SECRET, NONCE)).encode()
    ((header, payload),) = split(push, Ports(2948, 9200))
    return Deliver(SENDER, STAMP, payload, header).encode()


def read_by_scapy(octets: bytes) -> Packet:
    return SMSDeliver(octets).lastlayer()


def main() -> None:
    heading("ours / scapy's, microseconds")
    for name, notification in MESSAGES.items():
        octets = write(notification)
        assert read(octets).session_id == 0xA7
        last = read_by_scapy(octets)
        assert isinstance(last, Notification12 | Notification13), "scapy came down to the notification"
        ours, theirs = duel(partial(read, octets), partial(read_by_scapy, octets))
        row(f"read {name} ({len(octets)} octets)", ours, theirs, 0.2)
        note(f"{1e6 / ours:,.0f} messages a second (aim: 20,000); scapy {1e6 / theirs:,.0f}")


if __name__ == "__main__":
    main()
