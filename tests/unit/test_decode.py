"""``dmrig decode``: it finds out what it is given, opens every layer, and shows damaged input up to the damage."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.cli.decode import command
from hil.decode import render
from hil.decode.layer import Layer
from hil.decode.opening import open_all
from hil.decode.registry import guess, kinds
from hil.decode.source import Given, octets_of, pieces
from hil.errors import BenchError, UsageError
from hil.modem.sms import pdu
from hil.modem.sms.address import Address
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, StatusReport, Submit
from hil.modem.sms.udh import Ports, UserDataHeader
from simulator.codes import mime
from simulator.notification.message import Format, Notification, encode
from simulator.push.wsp import dm_push
from simulator.syncml import message as m
from simulator.syncml import wbxml as dm_wbxml
from simulator.syncml import xml as dm_xml
from simulator.tnds import wbxml as tnds_wbxml
from simulator.tnds import xml as tnds_xml
from simulator.tnds.document import MgmtTree, Node, RTProperties

STAMP = TimeStamp(bytes.fromhex("52010121000000"))
SENDER = Address.of("+441234567890")
PORTS = UserDataHeader((Ports(2948, 9200),))

NOTIFICATION_12 = encode(Notification("com.mgmtsrv.manage", 0x1234, format=Format.DM_1_2), "secret", b"nonce")
NOTIFICATION_13 = encode(Notification("www.example.com", 0xAB, timeout_days=7), "secret", b"nonce")
PUSH_12 = dm_push(mime.NOTIFICATION_12, NOTIFICATION_12).encode()
PUSH_13 = dm_push(mime.NOTIFICATION_13, NOTIFICATION_13).encode()

TREE = MgmtTree(
    nodes=[
        Node(
            "DMAcc",
            ".",
            RTProperties(format="node", ddf_name="urn:oma:mo:oma-dm-dmacc:1.1"),
            nodes=[Node("ServerID", rt_properties=RTProperties(format="chr"), value="www.example.com")],
        )
    ]
)
HEADER = m.SyncHdr("1.2", "DM/1.3", "0", "0", m.Target("IMEI:1"), m.Source("www.example.com"))
ITEM = m.Item(m.Target("./Inbox"), meta=m.Meta("bin", mime.TNDS_WBXML), data=tnds_wbxml.encode(TREE))
BOOTSTRAP = dm_wbxml.encode(m.SyncML(HEADER, m.SyncBody([m.Add("1", items=[ITEM])], True)))
STATUS = m.Status("1", "1", "0", "SyncHdr", data="212")
GET = m.Get("2", items=[m.Item(m.Target("./DevInfo/Man"))])
MESSAGE = m.SyncML(HEADER, m.SyncBody([STATUS, GET], True))
BOOTSTRAP_PUSH = dm_push(
    mime.DM_WBXML, BOOTSTRAP, parameters=[("SEC", 0), ("MAC", "337BA7456FD817DBD956911E023F9F39CF951B25")]
).encode()

DELIVER = Deliver(SENDER, STAMP, PUSH_13, PORTS).encode()
SUBMIT = Submit(SENDER, PUSH_12, PORTS, data_coding_scheme=0xF5).encode()
PARTS = [
    bytes.fromhex(pdu.encode(Deliver(SENDER, STAMP, payload, header).encode(), Address.of("+447785016005")))
    for header, payload in split(BOOTSTRAP_PUSH, Ports(2948, 9200), reference=42)
]

SAMPLES: dict[str, tuple[bytes, list[str]]] = {
    "DM message in XML": (dm_xml.encode(MESSAGE), ["dm-xml", "Status", "Get", "Item"]),
    "DM message in WBXML": (dm_wbxml.encode(MESSAGE), ["dm-wbxml", "Status", "Get", "Item"]),
    "bootstrap message": (BOOTSTRAP, ["dm-wbxml", "Add", "Item", "tnds", "Node", "Node"]),
    "bootstrap file of a card": (BOOTSTRAP + b"\xff" * 20, ["dm-wbxml", "Add", "Item", "tnds", "Node", "Node"]),
    "TNDS in XML": (tnds_xml.encode(TREE), ["tnds-xml", "Node", "Node"]),
    "TNDS in WBXML": (tnds_wbxml.encode(TREE), ["tnds-wbxml", "Node", "Node"]),
    "notification 1.2": (NOTIFICATION_12, ["notification-1.2"]),
    "notification 1.3": (NOTIFICATION_13, ["notification-1.3"]),
    "push 1.2": (PUSH_12, ["wsp", "notification-1.2"]),
    "push 1.3": (PUSH_13, ["wsp", "notification-1.3"]),
    "bootstrap push": (BOOTSTRAP_PUSH, ["wsp", "dm-wbxml", "Add", "Item", "tnds", "Node", "Node"]),
    "user data": (PORTS.encode() + PUSH_13, ["user-data", "udh", "wsp", "notification-1.3"]),
    "SMS-DELIVER": (DELIVER, ["deliver", "udh", "wsp", "notification-1.3"]),
    "SMS-SUBMIT": (SUBMIT, ["submit", "udh", "wsp", "notification-1.2"]),
    "SMS-DELIVER with SMSC": (b"\0" + DELIVER, ["sms", "deliver", "udh", "wsp", "notification-1.3"]),
    "SMS-SUBMIT with SMSC": (b"\0" + SUBMIT, ["sms", "submit", "udh", "wsp", "notification-1.2"]),
    "text": (Deliver(SENDER, STAMP, b"hello", data_coding_scheme=0).encode(), ["deliver"]),
    "status report": (StatusReport(1, SENDER, STAMP, STAMP, 0).encode(), ["status-report"]),
}


def shape(layers: list[Layer]) -> list[str]:
    return [inner.kind for layer in layers for inner in layer.walk()]


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(command, list(arguments), input=stdin)


def layers_of(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)["layers"]
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_kind_is_found_out_down_to_the_innermost_layer(name: str) -> None:
    octets, expected = SAMPLES[name]
    layers = open_all([Given(octets)])
    assert shape(layers) == expected
    assert [damage for layer in layers for damage in layer.damages] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_every_way_of_giving_it_says_the_same(name: str, tmp_path: Path) -> None:
    octets, _ = SAMPLES[name]
    binary, text = tmp_path / "binary", tmp_path / "text"
    binary.write_bytes(octets)
    text.write_text("0x" + octets.hex(":") + "\n")
    results = [
        run("--json", str(binary)),
        run("--json", str(text)),
        run("--json", octets.hex()),
        run("--json", octets.hex(" ").upper()),
        run("--json", "-", stdin=octets),
        run("--json", "-", stdin=octets.hex("\n", 7).encode()),
    ]
    assert {result.exit_code for result in results} == {0}
    assert len({result.stdout for result in results}) == 1


def test_says_what_a_notification_in_an_sms_says() -> None:
    result = run(DELIVER.hex())
    assert result.exit_code == 0
    for words in (
        "TP-OA    +441234567890",
        "9200 to 2948",
        "application/vnd.syncml.dm.notification",
        "7 (x-wap-application:syncml.dm)",
        "www.example.com",
        "session id    AB",
    ):
        assert words in result.stdout


def test_says_what_a_bootstrap_push_says() -> None:
    result = run(BOOTSTRAP_PUSH.hex())
    assert result.exit_code == 0
    for words in (
        "0 (NETWORKID)",
        "337BA7456FD817DBD956911E023F9F39CF951B25",
        "DM bootstrap message",
        "Node ./DMAcc",
    ):
        assert words in result.stdout


def test_json_has_the_octets_of_every_layer() -> None:
    (sms,) = layers_of(run("--json", "00" + DELIVER.hex()))
    (deliver,) = sms["layers"]
    assert deliver["octets"] == [1, 1 + len(DELIVER)]
    header, push = deliver["layers"]
    assert header["octets"][1] == push["octets"][0]
    assert DELIVER[slice(*push["octets"])] == PUSH_13
    (notification,) = push["layers"]
    assert PUSH_13[slice(*notification["octets"])] == NOTIFICATION_13
    assert notification["fields"]["session id"] == "AB"


def test_parts_of_a_long_sms_are_put_together_in_any_order() -> None:
    assert len(PARTS) > 2
    lines = "\n".join(part.hex() for part in reversed([*PARTS, PARTS[0]]))
    result = run("--json", "-", stdin=lines.encode())
    assert result.exit_code == 0
    message = layers_of(result)[-1]
    assert message["title"] == f"SMS message in {len(PARTS)} parts"
    assert message["layers"][0]["layers"][0]["title"] == "DM bootstrap message"


def test_missing_part_is_named_and_what_is_there_shown() -> None:
    lines = "\n".join(part.hex() for part in PARTS if part is not PARTS[1])
    result = run("-", stdin=lines.encode())
    assert result.exit_code == 2
    assert f"part 2 of {len(PARTS)} is not here" in result.stdout
    assert "337BA7456FD817DBD956911E023F9F39CF951B25" in result.stdout


def test_lines_that_are_no_sms_are_one_dump() -> None:
    assert shape(open_all(pieces(PUSH_13.hex("\n", 16).encode()))) == ["wsp", "notification-1.3"]


MODEM = """\
AT+CNMI=2,2,0,0,0
OK

+CMT: ,{length}
{pdu}

+CMTI: "SM",3
"""


def test_pdus_in_a_modems_log() -> None:
    log = MODEM.format(length=len(DELIVER), pdu="00" + DELIVER.hex().upper())
    result = run("-", stdin=log.replace("\n", "\r\n").encode())
    assert result.exit_code == 0
    assert "DM 1.3 notification" in result.stdout


def test_length_of_an_at_line_is_held_against_the_pdu() -> None:
    log = MODEM.format(length=len(DELIVER) + 1, pdu="00" + DELIVER.hex())
    result = run("-", stdin=log.encode())
    assert result.exit_code == 2
    assert f"the AT line says that the TPDU has {len(DELIVER) + 1} octets" in result.stdout
    assert "DM 1.3 notification" in result.stdout


def test_sent_pdu_after_the_prompt() -> None:
    log = f"AT+CMGS={len(SUBMIT)}\r\n> 00{SUBMIT.hex()}\x1a\r\n+CMGS: 1\r\nOK\r\n"
    assert shape(open_all(pieces(log.encode()))) == ["sms", "submit", "udh", "wsp", "notification-1.2"]


def test_truncated_push_is_shown_up_to_the_damage() -> None:
    result = run("--as", "wsp", PUSH_13[:18].hex())
    assert result.exit_code == 2
    assert "application/vnd.syncml.dm.notification" in result.stdout
    assert "TIMEOUT       7" in result.stdout
    assert "damaged: another option expected, and the message ends (at byte 11)" in result.stdout
    assert "another option expected" in result.stderr


def test_outermost_damage_is_the_one_reported() -> None:
    result = run(DELIVER[:-1].hex())
    assert result.exit_code == 2
    assert "TP-UD needs" in result.stderr
    assert "a digest of 16 octets expected" in result.stdout


def test_kind_can_be_forced() -> None:
    assert layers_of(run("--json", "--as", "submit", SUBMIT.hex()))[0]["kind"] == "submit"
    result = run("--json", "--as", "deliver", SUBMIT.hex())
    assert result.exit_code == 2
    assert "TP-MTI" in layers_of(result)[0]["damage"]["reason"]


def test_a_command_that_is_none_of_dms_is_named() -> None:
    octets = dm_xml.encode(MESSAGE).replace(b"<Get>", b"<Put>").replace(b"</Get>", b"</Put>")
    assert b"<Put>" in octets
    layer = guess(octets)
    assert layer is not None
    (foreign,) = (inner for inner in layer.walk() if inner.kind == "Put")
    assert dict(foreign.fields) == {"CmdID": "2"}


def test_unknown_octets() -> None:
    result = run("deadbeef")
    assert isinstance(result.exception, UsageError)
    assert "look like nothing known: de ad be ef" in str(result.exception)


@pytest.mark.parametrize("what", ["no-such-file", "xyz", "012"])
def test_neither_a_file_nor_hex(what: str) -> None:
    result = run(what)
    assert isinstance(result.exception, UsageError)
    assert "neither a file nor hex" in str(result.exception)


def test_nothing_on_standard_input() -> None:
    result = run("-")
    assert isinstance(result.exception, UsageError)
    assert "nothing was given" in str(result.exception)


def test_unknown_kind() -> None:
    result = run("--as", "smss", "00")
    assert isinstance(result.exception, UsageError)
    assert "notification-1.3" in (result.exception.hint or "")


def test_list_names_every_kind() -> None:
    result = run("--list")
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(kinds())


def test_help_ends_with_examples_and_tells_that_nothing_is_masked() -> None:
    result = run("--help")
    assert "nothing is masked" in result.stdout
    assert "Examples:" in result.stdout


def test_control_characters_do_not_reach_the_terminal() -> None:
    push = dm_push("text/plain", b"\x1b[2Jgone\x07")
    push.headers.append(("X-Evil", "a\x1b[31m"))
    result = run("--as", "wsp", push.encode().hex())
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
    assert "a\\x1b[31m" in result.stdout


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0x01, 0x06", "0106"),
        ("01:06", "0106"),
        ("01 06\n", "0106"),
        ("0106-03", "010603"),
        ("0x0x", None),
        ("1", None),
    ],
)
def test_hex_text(text: str, expected: str | None) -> None:
    octets = octets_of(text)
    assert (octets.hex() if octets is not None else None) == expected


def check_it_never_breaks(octets: bytes) -> None:
    for layer in open_all([Given(octets)]):
        assert render.plain([layer])
        json.dumps(layer.to_json())
        for inner in layer.walk():
            assert 0 <= inner.start <= inner.end or inner.end == 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_arbitrary_octets_never_break_it(octets: bytes) -> None:
    check_it_never_breaks(octets)
    with contextlib.suppress(BenchError):
        open_all(pieces(octets))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(kinds())), st.binary(max_size=60))
def test_arbitrary_octets_as_any_kind_never_break_it(kind: str, octets: bytes) -> None:
    (layer, *_) = open_all([Given(octets)], kind)
    assert render.plain([layer])


@pytest.mark.parametrize(
    "name", ["SMS-DELIVER with SMSC", "SMS-SUBMIT", "user data", "notification 1.3", "push 1.2"]
)
def test_every_prefix_is_shown_as_far_as_it_goes(name: str) -> None:
    octets, _ = SAMPLES[name]
    for length in range(len(octets)):
        check_it_never_breaks(octets[:length])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_flipped_octets_never_break_it(name: str, data: st.DataObject) -> None:
    octets = bytearray(SAMPLES[name][0])
    for position in data.draw(st.lists(st.integers(0, len(octets) - 1), max_size=3)):
        octets[position] ^= data.draw(st.integers(1, 255))
    check_it_never_breaks(bytes(octets))


def test_pushes_within_pushes_come_to_an_end() -> None:
    octets = b"\x01\x06\x01\xda" * 5000 + PUSH_13
    (layer,) = open_all([Given(octets)])
    assert sum(1 for _ in layer.walk()) < 10


def test_long_prefix_of_an_sms_is_still_an_sms() -> None:
    octets = b"\x07\x91\x44\x77\x58\x10\x06\x50" + DELIVER
    for length in range(30, len(octets)):
        layers = open_all([Given(octets[:length])])
        assert shape(layers)[:2] == ["sms", "deliver"]
        assert layers[0].damages


@pytest.mark.parametrize(
    "octets",
    [bytes.fromhex("03a4016a00") + b"\x6d" * 10_000, bytes.fromhex("03a4016aff"), bytes.fromhex("039f536a00")],
    ids=["ten thousand levels", "a length without end", "nothing inside"],
)
def test_a_message_damaged_from_its_beginning_is_known_by_its_public_identifier(octets: bytes) -> None:
    layer = guess(octets)
    assert layer is not None
    assert layer.kind == "dm-wbxml"
    assert layer.damage is not None
