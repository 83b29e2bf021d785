"""Scapy's view and the plain codec are two readings of one table: each reads what the other writes, alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.packet import Packet, Padding, Raw

from hil.capture.layers import UDH, Notification12, Notification13, SMSDeliver, SMSSubmit, WSPHeader, WSPPush
from hil.capture.layers.notification import NotificationOption, notification_packet, option_packet
from hil.capture.layers.udh import KNOWN, UDHElement
from hil.modem.sms.address import Address
from hil.modem.sms.cursor import Cursor
from hil.modem.sms.fields import VALIDITY_OCTETS, ValidityFormat
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, Submit
from hil.modem.sms.udh import Concatenation, OtherElement, Ports, UserDataHeader
from simulator.codes import mime
from simulator.notification import v12, v13
from simulator.notification.bits import BitField, BitTable
from simulator.notification.message import encode
from simulator.notification.model import Format, Initiator, Notification, UIMode
from simulator.notification.v13 import PROPOSED, Layout
from simulator.push import wsp
from simulator.push.wsp import Media, Push, Style, dm_push
from tests.push_strategies import notifications_12, notifications_13, pushes

SETTINGS = settings(max_examples=100, deadline=None)
octet = st.integers(0, 255)
DIGESTS = {None: b"", "md5": bytes(range(16)), "sha256": bytes(range(32))}


def rebuilt(packet: Packet) -> bytes:
    """The packet built from its fields, not from the octets it was read from."""
    copy = packet.copy()
    layer: Packet | None = copy
    while layer is not None and not isinstance(layer, Raw | Padding):
        for field in layer.fields_desc:
            value = layer.fields.get(field.name)
            for inner in value if isinstance(value, list) else []:
                inner.clear_cache()
        layer.clear_cache()
        layer = layer.payload or None
    octets: bytes = copy.build()
    return octets


@SETTINGS
@given(notifications_12)
def test_notification_12_by_the_codec(say: Notification) -> None:
    octets = v12.encode(say, DIGESTS["md5"])
    packet = Notification12(octets)
    assert (packet.version, packet.ui_mode, packet.initiator) == (11, say.ui_mode, say.initiator)
    assert (packet.sessionid, packet.server_identifier.decode()) == (say.session_id, say.server_id)
    assert (packet.digest, packet.vendor) == (DIGESTS["md5"], say.vendor)
    assert rebuilt(packet) == octets


@SETTINGS
@given(st.binary(max_size=255), st.sampled_from(UIMode), st.integers(0, 0xFFFF), st.binary(max_size=20))
def test_notification_12_by_scapy(server_id: bytes, mode: UIMode, session: int, vendor: bytes) -> None:
    server_id = server_id.hex().encode()[:255]
    packet = Notification12(
        server_identifier=server_id, ui_mode=int(mode), sessionid=session, vendor=vendor, digest=DIGESTS["md5"]
    )
    read = v12.decode(bytes(packet))
    assert (read.server_id.encode(), read.ui_mode, read.session_id) == (server_id, mode, session)
    assert (read.vendor, read.digest, read.version) == (vendor, DIGESTS["md5"], 11)


@SETTINGS
@given(notifications_13)
def test_notification_13_by_the_codec(say: Notification) -> None:
    octets = v13.encode(say, DIGESTS[say.hash_name])
    packet = Notification13(octets)
    assert (packet.ver, packet.ui_mode, packet.initiator) == (1, say.ui_mode, say.initiator)
    assert (packet.sessionid, packet.timeout) == (say.session_id, say.timeout_days or 0)
    assert packet.timestamp == (int(say.timestamp.timestamp()) if say.timestamp else 0)
    assert [(option.number, option.value) for option in packet.options] == [
        (1, say.server_id.encode()),
        *((option.number, option.value) for option in say.options),
    ]
    assert packet.digest == DIGESTS[say.hash_name]
    assert rebuilt(packet) == octets


@SETTINGS
@given(
    st.sampled_from(UIMode), st.sampled_from(Initiator), st.integers(0, 0xFFFF), st.integers(0, 255), st.binary()
)
def test_notification_13_by_scapy(
    mode: UIMode, initiator: Initiator, session: int, days: int, unknown: bytes
) -> None:
    packet = Notification13(
        ui_mode=int(mode),
        initiator=int(initiator),
        sessionid=session,
        timeout=days,
        timestamp=1575000000,
        options=[NotificationOption(value=b"www.example.com"), NotificationOption(number=9, value=unknown)],
        digest=DIGESTS["md5"],
    )
    read = v13.decode(bytes(packet))
    assert (read.ui_mode, read.initiator, read.session_id, read.timeout_days) == (
        mode,
        initiator,
        session,
        days or None,
    )
    assert (read.server_id, read.options[0].value, read.digest) == ("www.example.com", unknown, DIGESTS["md5"])
    assert read.timestamp == datetime.fromtimestamp(1575000000, UTC)


def test_another_layout_is_another_view() -> None:
    layout = Layout(
        BitTable(BitField("SESSIONID", 16), BitField("VER", 4), BitField("OPTION-COUNT", 4)),
        BitTable(BitField("NUMBER", 8), BitField("LENGTH", 8)),
        {0: "sha256"},
    )
    octets = v13.encode(Notification("s", 7, hash_name="sha256"), bytes(32), layout)
    packet = notification_packet(layout, option_packet(layout))(octets)
    assert (packet.sessionid, packet.ver, packet.options[0].value, packet.digest) == (7, 1, b"s", bytes(32))
    assert PROPOSED.header.octets != layout.header.octets


@SETTINGS
@given(pushes, st.sampled_from(Media), st.integers(1, 5))
def test_wsp_by_the_codec(push: Push, form: Media, octets: int) -> None:
    data = push.encode(Style(form, octets))
    packet = WSPPush(data)
    assert (packet.transaction_id, packet.pdu_type) == (push.transaction_id, push.pdu_type)
    assert packet.content_type == push.content_type
    assert packet.parameters == push.parameters
    shown = [(header.field, header.value) for header in packet.headers if isinstance(header, WSPHeader)]
    assert shown == [(name, value) for name, value in push.headers if ":" not in name]
    assert bytes(packet.payload) == push.body
    if octets == 1:
        assert rebuilt(packet) == data


@SETTINGS
@given(pushes)
def test_wsp_by_scapy(push: Push) -> None:
    headers = [(name, value) for name, value in push.headers if ":" not in name]
    packet = WSPPush(
        transaction_id=push.transaction_id,
        pdu_type=int(push.pdu_type),
        content_type=(push.content_type, push.parameters),
        headers=[WSPHeader(field=name, value=value) for name, value in headers],
    ) / Raw(push.body)
    assert wsp.decode(bytes(packet)) == replace(push, headers=headers)


ports = st.builds(Ports, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
narrow = st.builds(Ports, st.integers(0, 0xFF), st.integers(0, 0xFF), st.just(False))
parts = st.builds(Concatenation, octet, octet, octet, st.just(False)) | st.builds(
    Concatenation, st.integers(0, 0xFFFF), octet, octet, st.just(True)
)
others = st.builds(OtherElement, st.integers(0x70, 0x7F), st.binary(max_size=8)) | st.builds(
    OtherElement, st.sampled_from([0, 4, 5, 8]), st.binary(max_size=1)
)
headers = st.builds(UserDataHeader, st.lists(ports | narrow | parts | others, max_size=5).map(tuple))


@SETTINGS
@given(headers, st.binary(max_size=20))
def test_udh_by_the_codec(header: UserDataHeader, rest: bytes) -> None:
    octets = header.encode() + rest
    packet = UDH(octets)
    assert len(packet.elements) == len(header.elements)
    for seen, element in zip(packet.elements, header.elements, strict=True):
        assert seen.identifier == element.identifier
        match element:
            case Ports():
                assert (seen.destination, seen.source) == (element.destination, element.source)
            case Concatenation():
                assert (seen.reference, seen.total, seen.sequence) == (
                    element.reference,
                    element.total,
                    element.sequence,
                )
            case OtherElement():
                assert seen.data == element.data
    assert bytes(packet.payload) == rest
    assert rebuilt(packet) == octets


def test_udh_by_scapy() -> None:
    packet = UDH(
        elements=[
            KNOWN[0x08](reference=0x1234, total=3, sequence=2),
            UDHElement(identifier=0x71, data=b"abc"),
            KNOWN[0x05](destination=2948, source=9200),
        ]
    )
    header = UserDataHeader.read(Cursor(bytes(packet)))
    assert header.elements == (
        Concatenation(0x1234, 3, 2, True),
        OtherElement(0x71, b"abc"),
        Ports(2948, 9200),
    )


numbers = st.text("0123456789", min_size=1, max_size=15)
addresses = (numbers.map(lambda digits: f"+{digits}") | numbers).map(Address.of)
flags = st.booleans()
moments = st.datetimes(datetime(1990, 1, 1), datetime(2089, 1, 1), timezones=st.just(UTC)).map(
    lambda when: when.replace(microsecond=0)
)
stamps = moments.map(TimeStamp.of)
schemes = st.sampled_from([0x04, 0xF5, 0x15])
some_octets, any_header = st.binary(max_size=60), st.none() | headers
delivers = st.builds(
    Deliver, addresses, stamps, some_octets, any_header, octet, schemes, flags, flags, flags, flags
)
formats = st.sampled_from(ValidityFormat)


@SETTINGS
@given(delivers)
def test_deliver_by_the_codec(deliver: Deliver) -> None:
    octets = deliver.encode()
    packet = SMSDeliver(octets)
    assert (packet.tp_mti, packet.tp_mms, packet.tp_udhi) == (
        0,
        not deliver.more_messages_to_send,
        deliver.header is not None,
    )
    assert (packet.tp_lp, packet.tp_sri, packet.tp_rp) == (
        deliver.loop_prevention,
        deliver.status_report_indication,
        deliver.reply_path,
    )
    assert (packet.tp_oa, packet.tp_pid, packet.tp_dcs) == (
        str(deliver.originating_address),
        deliver.protocol_identifier,
        deliver.data_coding_scheme,
    )
    assert packet.tp_scts == str(deliver.service_centre_time_stamp)
    data = packet[UDH].payload if deliver.header is not None else packet.payload
    assert bytes(data) == deliver.payload
    assert rebuilt(packet) == octets


@SETTINGS
@given(addresses, some_octets, any_header, formats, flags, flags, flags, octet)
def test_submit_by_the_codec(
    address: Address,
    payload: bytes,
    header: UserDataHeader | None,
    validity: ValidityFormat,
    reject: bool,
    report: bool,
    reply: bool,
    reference: int,
) -> None:
    period = bytes(range(VALIDITY_OCTETS[validity]))
    submit = Submit(address, payload, header, reference, 0, 4, validity, period, reject, report, reply)
    octets = submit.encode()
    packet = SMSSubmit(octets)
    assert (packet.tp_mr, packet.tp_vpf, packet.tp_vp or b"") == (reference, validity, period)
    assert (packet.tp_rd, packet.tp_srr, packet.tp_rp) == (reject, report, reply)
    assert packet.tp_da == str(address)
    assert rebuilt(packet) == octets


@SETTINGS
@given(
    numbers,
    st.datetimes(datetime(1990, 1, 1), datetime(2089, 1, 1), timezones=st.just(UTC)),
    st.binary(max_size=99),
)
def test_deliver_by_scapy(digits: str, when: datetime, payload: bytes) -> None:
    packet = SMSDeliver(tp_oa=f"+{digits}", tp_scts=when, tp_udhi=1) / UDH(elements=[KNOWN[5]()]) / Raw(payload)
    deliver = Deliver.decode(bytes(packet))
    assert deliver == Deliver(
        Address.of(f"+{digits}"), TimeStamp.of(when), payload, UserDataHeader((Ports(0, 0),))
    )


@SETTINGS
@given(numbers, octet, st.binary(max_size=99))
def test_submit_by_scapy(digits: str, reference: int, payload: bytes) -> None:
    packet = SMSSubmit(tp_da=digits, tp_mr=reference, tp_vpf=2, tp_vp=b"\xa7") / Raw(payload)
    submit = Submit.decode(bytes(packet))
    assert submit == Submit(
        Address.of(digits),
        payload,
        None,
        reference,
        validity_format=ValidityFormat.RELATIVE,
        validity_period=b"\xa7",
    )


NOTIFICATION = encode(Notification("www.example.com", 0xAB), "secret", b"nonce")
PUSH = dm_push(mime.NOTIFICATION_13, NOTIFICATION).encode()
STAMP = TimeStamp(bytes.fromhex("52010121000000"))


def test_layers_are_bound_to_each_other() -> None:
    header, payload = split(PUSH, Ports(2948, 9200))[0]
    packet = SMSDeliver(Deliver(Address.of("+44123"), STAMP, payload, header).encode())
    assert packet.layers() == [SMSDeliver, UDH, WSPPush, Notification13]
    assert packet[Notification13].sessionid == 0xAB


def test_segment_is_not_taken_for_a_whole_push() -> None:
    segments = split(PUSH + bytes(300), Ports(2948, 9200))
    packet = UDH(segments[0][0].encode() + segments[0][1])
    assert packet.layers() == [UDH, Raw]


def test_udp_port_2948_is_wsp() -> None:
    packet = IP(bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=9200, dport=2948) / Raw(PUSH)))
    assert packet[WSPPush].headers[0].value == 7
    assert packet[Notification13].sessionid == 0xAB


def test_octets_behind_the_end_are_padding() -> None:
    packet = SMSDeliver(Deliver(Address.of("+44123"), STAMP, b"data").encode() + b"\xff\xff")
    assert (packet[Raw].load, packet[Padding].load) == (b"data", b"\xff\xff")


@pytest.mark.parametrize("layer", [SMSDeliver, SMSSubmit, UDH, WSPPush, Notification12, Notification13])
def test_every_prefix_can_be_looked_at(layer: type[Packet]) -> None:
    octets = {
        SMSDeliver: Deliver(Address.of("+44123"), STAMP, PUSH, UserDataHeader((Ports(2948, 1),))).encode(),
        SMSSubmit: Submit(Address.of("+44123"), PUSH, UserDataHeader((Ports(2948, 1),))).encode(),
        UDH: UserDataHeader((Ports(2948, 1),)).encode() + PUSH,
        WSPPush: PUSH,
        Notification12: encode(replace(Notification("s", 1), format=Format.DM_1_2), "p", b"n"),
        Notification13: NOTIFICATION,
    }[layer]

    class Carrier(Packet):
        def guess_payload_class(self, payload: bytes) -> type[Packet]:
            return layer

    for length in range(1, len(octets) + 1):
        packet = Carrier(octets[:length])  # a layer that cannot be read at all is Raw there, as in a capture
        assert packet.show(dump=True)
    assert layer in packet
