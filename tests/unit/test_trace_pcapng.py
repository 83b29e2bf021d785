"""A capture is a well-formed pcapng file; scapy reads what we wrote."""

from __future__ import annotations

import stat
import struct
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.utils import RawPcapNgReader

from hil.errors import PartError
from hil.trace.blocks import PcapngWriter
from hil.trace.exchange import exchanges
from hil.trace.frames import LARGEST_DATAGRAM, frames
from hil.trace.mask import Masker
from hil.trace.pcapng import PcapngTrace, write_pcapng
from hil.trace.record import Json, Kind, Record, Way

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def record(seq: int, kind: Kind, way: Way, data: bytes = b"", **fields: Json) -> Record:
    return Record(seq, NOW, "part", kind, way, "text", data, fields)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["card", "modem"]), st.sampled_from([101, 252]),
                          st.binary(max_size=40), st.text(max_size=20)), max_size=8))  # fmt: skip
def test_scapy_reads_what_was_written(packets: list[tuple[str, int, bytes, str]]) -> None:
    file = BytesIO()
    writer = PcapngWriter(file, "a test")
    for name, link, data, comment in packets:
        writer.packet(name, link, NOW, data, way="in", comment=comment)
    raw = file.getvalue()
    assert len(raw) % 4 == 0
    if not packets:
        return
    file.seek(0)
    read = list(RawPcapNgReader(file))
    assert [data for data, _ in read] == [data for _, _, data, _ in packets]
    for (_, about), (_, link, _, comment) in zip(read, packets, strict=True):
        assert about.linktype == link
        assert (about.tshigh << 32) | about.tslow == int(NOW.timestamp()) * 1_000_000 + 678901
        said = comment.encode("utf-8", "replace")
        assert (about.comments or [b""])[0] == said


def test_a_comment_longer_than_an_option_is_cut() -> None:
    file = BytesIO()
    PcapngWriter(file, "a test").packet("card", 101, NOW, b"data", comment="x" * 70000)
    assert struct.pack("<HH", 1, 0xFFFF) in file.getvalue()


def test_a_capture_is_its_owners_and_is_never_written_over(tmp_path: Path) -> None:
    trace = PcapngTrace(tmp_path, Masker())
    trace(record(1, "note", ""))
    trace.close()
    assert stat.S_IMODE(trace.path.stat().st_mode) == 0o600
    with pytest.raises(PartError, match="cannot write"):
        write_pcapng(trace.path, [], Masker())


def test_a_command_is_paired_with_its_response() -> None:
    given_records = [
        record(1, "apdu", "in", b"ATR"),
        record(2, "apdu", "out", b"c1"),
        record(3, "apdu", "in", b"r1"),
        record(4, "apdu", "out", b"lost"),
        record(5, "apdu", "out", b"c2r2", command_length=2),
        record(6, "apdu", "out", b"c3", command_length=2),
        record(7, "apdu", "out", b"last"),
    ]
    assert [(each.record.seq, each.command, each.response) for each in exchanges(given_records)] == [
        (1, b"", b"ATR"),
        (2, b"c1", b"r1"),
        (4, b"lost", b""),
        (5, b"c2", b"r2"),
        (6, b"c3", b""),
        (7, b"last", b""),
    ]


def conversation(*records: Record) -> list[IP]:
    return [IP(frame.data) for frame in frames(records, Masker())]


def test_an_exchange_is_a_connection_with_every_octet_in_order() -> None:
    body = bytes(range(256)) * 20
    packets = conversation(
        record(1, "http", "out", body, method="POST", url="http://dm.example:8080/a", headers={"X": "1\r\nY: 2"}),
        record(2, "http", "in", b"", status=503, headers={}),
    )
    assert [str(packet[TCP].flags) for packet in packets[:3]] == ["S", "SA", "A"]
    assert {packet[TCP].dport for packet in packets if packet.src == "192.0.2.1"} == {8080}
    start = packets[0][TCP].seq + 1
    sent = bytearray()
    for packet in packets:
        payload = bytes(packet[TCP].payload)
        if packet.src == "192.0.2.1" and payload:
            assert packet[TCP].seq == start + len(sent)
            sent += payload
    head, _, got = bytes(sent).partition(b"\r\n\r\n")
    assert got == body
    assert head.split(b"\r\n") == [
        b"POST /a HTTP/1.1", b"Host: dm.example:8080", b"X: 1  Y: 2", f"Content-Length: {len(body)}".encode(),
    ]  # fmt: skip
    assert any(b"503 Service Unavailable" in bytes(packet) for packet in packets)
    assert str(packets[-3][TCP].flags) == "FA"


def test_a_dropped_connection_is_reset_and_an_answer_alone_is_nothing() -> None:
    out = record(1, "http", "out", b"x", method="POST", url="https://[::1", headers=["odd"])
    packets = conversation(out, record(2, "http", "in", b""), record(3, "http", "in", b"", status=200))
    assert str(packets[-1][TCP].flags) == "RA"


@pytest.mark.parametrize("port", [-1, 70000, "2948", None])
def test_a_push_is_bounded_whatever_its_fields_say(port: Json) -> None:
    (packet,) = conversation(record(1, "push", "in", bytes(70000), destination_port=port))
    assert packet.dport == 2948
    assert len(bytes(packet)) == LARGEST_DATAGRAM + 28
