"""Every header and parameter that is named here, in every encoding: Wireshark says of each what we mean by it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

from simulator.codes import mime
from simulator.codes.wsp import CONTENT_TYPE_CODES
from simulator.push.headers import Field
from simulator.push.wsp import Media, Push, Style, decode
from tests.interop.test_tshark_push import IP_LINK, dissect

pytestmark = pytest.mark.tshark

WHEN = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
SHOWN = "Mar  1, 2026 12:00:05 UTC"
CURRENCY = "application/vnd.wap.sic"
LONG = "http://dm.example.com/" + "a" * 140

HEADERS: list[tuple[Field, str, str]] = [
    (("Accept", CURRENCY), "accept", CURRENCY),
    (("Accept", "x/y"), "accept", "x/y"),
    (("Content-Length", 5), "content_length", "5"),
    (("Content-Length", 300), "content_length", "300"),
    (("Content-Length", 70000), "content_length", "70000"),
    (("Content-Location", "http://a/"), "content_location", "http://a/"),
    (("Content-MD5", b"\x10" + bytes(range(16))), "content_md5", bytes(range(16)).hex()),
    (("Date", WHEN), "date", SHOWN),
    (("Expires", WHEN), "expires", SHOWN),
    (("Last-Modified", WHEN), "last_modified", SHOWN),
    (("X-Wap-Application-Id", 7), "x_wap_application_id", "x-wap-application:syncml.dm"),
    (("X-Wap-Application-Id", "x-own:it"), "x_wap_application_id", "x-own:it"),
    (("X-Wap-Content-URI", "http://b/"), "content_uri", "http://b/"),
    (("X-Wap-Initiator-URI", "http://c/"), "initiator_uri", "http://c/"),
    (("X-Wap-Initiator-URI", LONG), "initiator_uri", LONG),
    (("Accept-Application", 7), "accept_application", "x-wap-application:syncml.dm"),
    (("Accept-Application", "x-own:it"), "accept_application", "x-own:it"),
    (("Bearer-Indication", 0), "bearer_indication", "IPv4"),
    (("Push-Flag", 1), "push_flag.authenticated", "1"),
    (("Push-Flag", 2), "push_flag.trusted", "1"),
    (("Push-Flag", 4), "push_flag.last", "1"),
    (("Profile", "http://p/"), "profile", "http://p/"),
    (("X-Wap-Tod", WHEN), "x_wap_tod", SHOWN.replace(" UTC", ".000000000 UTC")),
    (("Content-ID", "<a@b c>"), "content_id", '"<a@b c>"'),
    (("Content-ID", "token"), "content_id", '"token"'),
    (("Encoding-Version", "1.5"), "encoding_version", "1.5"),
    (("X-Wap-Security", 0), "x_wap_security", "close-subordinate"),
]
"""Header, Wireshark's field below ``wsp.header``, and what it shows."""

PARAMETERS: list[tuple[Field, str, str]] = [
    (("q", "0.5"), "parameter.q", "0.50"),
    (("q", "0.333"), "parameter.q", "0.333"),
    (("q", "0.99"), "parameter.q", "0.99"),
    (("charset", 106), "parameter.charset", "UTF-8"),
    (("charset", 1015), "parameter.charset", "UTF-16"),
    (("level", "1.2"), "parameter.level", "1.2"),
    (("type", 3), "parameter.int_type", "3"),
    (("name", "two words"), "parameter.name", '"two words"'),
    (("name", "token"), "parameter.name", "token"),
    (("filename", "f"), "parameter.filename", "f"),
    (("start", "<s>"), "parameter.start", '"<s>"'),
    (("SEC", 0), "parameter.sec", "0x00"),
    (("SEC", 3), "parameter.sec", "0x03"),
    (("MAC", "0F" * 32), "parameter.mac", "0F" * 32),
    (("X-Own", 5), "untype.int", "5"),
    (("X-Own", 70000), "untype.int", "70000"),
    (("X-Own", "token"), "untype.text", "token"),
]

UNKNOWN = {0x4E, 0x58, 0x0302, 0x030A}
"""Content types that were registered after Wireshark's table was made."""

FIELDS = sorted(
    {f"wsp.header.{field}" for _, field, _ in HEADERS} | {f"wsp.{field}" for _, field, _ in PARAMETERS}
)
COMPLAINTS = ["_ws.malformed", "_ws.expert.message"]


def ask(pushes: list[bytes], folder: Path, *more: str) -> list[dict[str, str]]:
    """One call for all pushes, each in a datagram to port 2948."""
    ends = IP(src="192.0.2.1", dst="192.0.2.2")
    packets = [bytes(ends / UDP(sport=9200, dport=2948) / Raw(push)) for push in pushes]
    names = ["wsp.header.content_type", *FIELDS, *COMPLAINTS, *more]
    rows = dissect(folder / "wsp.pcap", IP_LINK, packets, *names)
    return [dict(zip(["frame.protocols", *names], row, strict=True)) for row in rows]


def test_each_header_alone(tmp_path: Path) -> None:
    pushes = [Push(CURRENCY, b"body", headers=[field]) for field, _, _ in HEADERS]
    rows = ask([push.encode() for push in pushes], tmp_path)
    for (field, name, shown), push, row in zip(HEADERS, pushes, rows, strict=True):
        assert row[f"wsp.header.{name}"] == shown, field
        assert not any(row[each] for each in COMPLAINTS), field
        assert decode(push.encode()) == push


def test_each_parameter_alone(tmp_path: Path) -> None:
    pushes = [Push(CURRENCY, b"body", parameters=[field]) for field, _, _ in PARAMETERS]
    rows = ask([push.encode() for push in pushes], tmp_path)
    for (field, name, shown), push, row in zip(PARAMETERS, pushes, rows, strict=True):
        assert row[f"wsp.{name}"] == shown, field
        assert not any(row[each] for each in COMPLAINTS), field
        assert decode(push.encode()) == push


def test_drawn_together_in_every_form(tmp_path: Path) -> None:
    """A hundred pushes of several headers and parameters in any order, types in every form, lengths padded."""
    random = Random(2948)
    types = [CURRENCY, mime.NOTIFICATION_12, "x/own"]  # of which Wireshark does not look into the body
    drawn: list[tuple[Push, Style, dict[str, str]]] = []
    for number in range(100):
        headers = random.sample(HEADERS, random.randrange(6))
        parameters = random.sample(PARAMETERS, random.randrange(4))
        shown: dict[str, list[str]] = {}
        for _, name, value in headers:
            shown.setdefault(f"wsp.header.{name}", []).append(value)
        for _, name, value in parameters:
            shown.setdefault(f"wsp.{name}", []).append(value)
        push = Push(
            random.choice(types), b"body", [f for f, _, _ in parameters], [f for f, _, _ in headers], number
        )
        style = Style(random.choice([*Media]), random.randrange(1, 3))
        drawn.append((push, style, {name: ",".join(values) for name, values in shown.items()}))
    rows = ask([push.encode(style) for push, style, _ in drawn], tmp_path)
    for (push, style, shown), row in zip(drawn, rows, strict=True):
        several = {
            "wsp.header.push_flag.authenticated",
            "wsp.header.push_flag.trusted",
            "wsp.header.push_flag.last",
        }
        assert {name: row[name] for name in shown if name not in several} == {
            name: value for name, value in shown.items() if name not in several
        }, push
        assert row["wsp.header.content_type"] == push.content_type
        assert not any(row[each] for each in COMPLAINTS), push
        assert decode(push.encode(style)) == push


def test_another_code_page_and_back(tmp_path: Path) -> None:
    """Wireshark has no names for other pages, but follows the shift."""
    push = Push(
        CURRENCY, b"body", headers=[("Push-Flag", 4), ("2:0x05", b"\x85"), ("X-Wap-Initiator-URI", "http://c/")]
    )
    (row,) = ask([push.encode()], tmp_path, "wsp.code_page")
    assert row["wsp.code_page"] == "2,1"
    assert row["wsp.header.initiator_uri"] == "http://c/"
    assert decode(push.encode()) == push


def test_every_content_type_that_both_know(tmp_path: Path) -> None:
    names = [name for name, code in CONTENT_TYPE_CODES.items() if code not in UNKNOWN]
    rows = ask([Push(name, b"body").encode() for name in names], tmp_path)
    assert {name: row["wsp.header.content_type"] for name, row in zip(names, rows, strict=True)} == {
        name: name for name in names
    }
