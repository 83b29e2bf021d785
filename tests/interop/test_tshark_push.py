"""Wireshark reads our pushes, over SMS and over UDP, as we mean them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw
from scapy.utils import RawPcapWriter

from hil.modem.sms.address import Address
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Ports
from simulator.codes import mime
from simulator.codes.wsp import CONTENT_TYPE_CODES
from simulator.notification.message import Format, Notification, encode, media_type
from simulator.push.wsp import Media, Push, Style, dm_push
from simulator.syncml import message as m
from simulator.syncml import wbxml
from tests.peers import require

pytestmark = pytest.mark.tshark

SMS_LINK, IP_LINK = 147, 101
READ_SMS = 'uat:user_dlts:"User 0 (DLT=147)","gsm_sms","0","","0",""'
STAMP = TimeStamp.of(datetime(2026, 1, 1, tzinfo=UTC))
SENDER = Address.of("+15550100")

SAY_12 = Notification("www.example.com", 0xAB, format=Format.DM_1_2)
SAY_13 = Notification("www.example.com", 0xAB)
HEADER = m.SyncHdr("1.2", "DM/1.3", "1", "1", m.Target("IMEI:1"), m.Source("www.example.com"))
BODY = m.SyncBody([m.Add("1", items=[m.Item(m.Target("./Inbox/x"), data="a" * 300)])], True)
BOOTSTRAP = dm_push(
    mime.DM_WBXML, wbxml.encode(m.SyncML(HEADER, BODY)), parameters=[("SEC", 1), ("MAC", "0123456789ABCDEF" * 4)]
)


def push_of(say: Notification) -> Push:
    return dm_push(media_type(say), encode(say, "secret", b"nonce"))


@pytest.fixture(autouse=True)
def peer() -> None:
    require("tshark")


def dissect(path: Path, link: int, packets: Sequence[bytes], *fields: str) -> list[list[str]]:
    """The fields of each packet, as tshark shows them."""
    with RawPcapWriter(str(path), linktype=link) as writer:
        for packet in packets:
            writer.write(packet)
    arguments = ["tshark", "-r", str(path), "-o", READ_SMS, "-T", "fields", "-E", "separator=|"]
    for field in ("frame.protocols", *fields):
        arguments += ["-e", field]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)
    return [line.split("|") for line in done.stdout.splitlines()]


WSP = ("wsp.TID", "wsp.pdu_type", "wsp.header.content_type", "wsp.header.x_wap_application_id")


def delivers(push: Push, style: Style | None = None) -> list[bytes]:
    octets = push.encode(style) if style else push.encode()
    segments = split(octets, Ports(2948, 9200), reference=7)
    return [Deliver(SENDER, STAMP, payload, header).encode() for header, payload in segments]


def check(seen: list[str], push: Push) -> None:
    """The fields of `WSP` against what was pushed."""
    names = {push.content_type}
    code = CONTENT_TYPE_CODES[push.content_type]
    if code == 0x58:  # registered after Wireshark's table was made
        names.add(f"<Unknown media type identifier 0x{code:02x}>")
    transaction_id, pdu_type, content_type, application_id = seen
    assert (transaction_id, pdu_type) == (f"0x{push.transaction_id:02x}", "0x06")
    assert content_type in names
    assert application_id == "x-wap-application:syncml.dm"


@pytest.mark.parametrize("say", [SAY_12, SAY_13], ids=["1.2", "1.3"])
def test_notification_in_one_sms(say: Notification, tmp_path: Path) -> None:
    push = push_of(say)
    push.transaction_id = 0x5A
    ports = ("gsm_sms.destination_port", "gsm_sms.originator_port")
    (found,) = dissect(tmp_path / "x.pcap", SMS_LINK, delivers(push), *ports, *WSP)
    assert found[0].startswith("user_dlt:gsm_sms:wsp")
    assert found[1:3] == ["2948", "9200"]
    check(found[3:], push)


@pytest.mark.parametrize("form", Media)
def test_every_form_of_the_content_type(form: Media, tmp_path: Path) -> None:
    push = push_of(SAY_12)
    (found,) = dissect(tmp_path / "x.pcap", SMS_LINK, delivers(push, Style(form, 2)), *WSP)
    check(found[1:], push)


@pytest.mark.parametrize("backwards", [False, True])
def test_bootstrap_in_several_sms(backwards: bool, tmp_path: Path) -> None:
    tpdus = delivers(BOOTSTRAP)
    assert len(tpdus) > 2
    if backwards:
        tpdus.reverse()
    fields = ("gsm_sms.udh.mm.msg_part", *WSP, "wsp.parameter.sec", "wsp.parameter.mac")
    *first, last = dissect(tmp_path / "x.pcap", SMS_LINK, tpdus, *fields)
    assert all("wsp" not in found[0] for found in first)
    assert last[0].endswith("gsm_sms:wsp:wbxml")
    check(last[2:6], BOOTSTRAP)
    assert last[6:] == ["0x01", "0123456789ABCDEF" * 4]


def test_push_on_udp_port_2948(tmp_path: Path) -> None:
    push = push_of(SAY_13)
    packet = bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=9200, dport=2948) / Raw(push.encode()))
    (found,) = dissect(tmp_path / "x.pcap", IP_LINK, [packet], "udp.dstport", *WSP)
    assert found[0].startswith("raw:ip:udp:wsp")
    assert found[1] == "2948"
    check(found[2:], push)


def test_headers_by_name_and_number(tmp_path: Path) -> None:
    push = push_of(SAY_12)
    push.headers += [("Push-Flag", 6), ("X-Wap-Initiator-URI", "http://s.example/"), ("Content-Length", 300)]
    fields = (
        "wsp.header.push_flag.trusted",
        "wsp.header.push_flag.last",
        "wsp.header.initiator_uri",
        "wsp.header.content_length",
    )
    (found,) = dissect(tmp_path / "x.pcap", SMS_LINK, delivers(push), *fields)
    assert found[1:] == ["1", "1", "http://s.example/", "300"]
