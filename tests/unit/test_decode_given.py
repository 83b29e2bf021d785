"""What ``dmrig decode`` is given by people: logs of modems, files of dmrig's own runs, text, damaged messages."""

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
from hil.decode.modemlog import pdus
from hil.decode.opening import open_all
from hil.decode.source import pieces
from hil.errors import BenchError, UsageError
from hil.modem.sms.address import Address
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Ports, UserDataHeader
from simulator.codes import mime
from simulator.notification.message import Notification, encode
from simulator.push.wsp import dm_push
from simulator.syncml import message as m
from simulator.syncml import wbxml as dm_wbxml
from simulator.syncml import xml as dm_xml

STAMP = TimeStamp(bytes.fromhex("52010121000000"))
SENDER = Address.of("+441234567890")
PUSH = dm_push(mime.NOTIFICATION_13, encode(Notification("www.example.com", 0xAB), "secret", b"nonce")).encode()
TPDU = Deliver(SENDER, STAMP, PUSH, UserDataHeader((Ports(2948, 9200),))).encode()
SMS = b"\0" + TPDU
WHOLE = [SMS, len(TPDU)]

HEADER = m.SyncHdr("1.2", "DM/1.3", "1", "1", m.Target("IMEI:1"), m.Source("www.example.com"))
STATUSES = [
    m.Status("1", "1", "0", "SyncHdr", data="200"),
    m.Status("2", "1", "1", "Replace", data="200"),
    m.Status("3", "1", "2", "Get", data="9" * 5000),
]
MESSAGE = m.SyncML(HEADER, m.SyncBody(list(STATUSES), True))


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(command, list(arguments), input=stdin)


def refusal(result: Result) -> tuple[str, str]:
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception), result.exception.hint or ""


# Logs of modems


@pytest.mark.parametrize(
    "log",
    [
        "+CMT: ,{length}\n{pdu}",
        "Nov 23 00:00:01 modem: +CMT: ,{length}\nNov 23 00:00:01 modem: {pdu}",
        "00:00:01 +CMT: ,{length}\n00:00:01 {pdu}",
        "00:00:01 +CMT: ,{length}\n\n00:00:01 {spaced}",
        '[12345] << +CMGL: 1,1,"",{length}\n[12345] << \n[12345] << {pdu}\n[12345] << OK',
        "2026-11-23T00:00:01Z +CMGR: 0,,{length}\r\n2026-11-23T00:00:01Z {pdu}\r\n",
        "12:00 > AT+CMGS={length}\n12:00 < > {pdu}\x1a\n12:00 < +CMGS: 5",
        "00:00:01: +CMT: ,{length}\n00:00:02: pid 1234\n00:00:03: '{pdu}'",
        "tr\u00e9s long +CMT: ,{length}\n\u00b5s {pdu}",
    ],
)
def test_a_pdu_is_found_behind_whatever_a_log_puts_in_front(log: str) -> None:
    text = log.format(length=len(TPDU), pdu=SMS.hex().upper(), spaced=SMS.hex(" "))
    assert [[each.octets, each.tpdu_length] for each in pieces(text.encode())] == [WHOLE]


def test_a_log_with_garbage_of_the_line_in_it() -> None:
    log = b"\xff\xfe\x00\r\nNov 23 modem: +CMT: ,%d\r\nNov 23 modem: %s\r\n" % (len(TPDU), SMS.hex().encode())
    assert [[each.octets, each.tpdu_length] for each in pieces(log)] == [WHOLE]


def test_parts_in_a_log_are_put_together() -> None:
    body = dm_wbxml.encode(m.SyncML(HEADER, m.SyncBody([*STATUSES[:2] * 4], True)))
    octets = dm_push(mime.DM_WBXML, body).encode()
    log = ""
    for number, (header, payload) in enumerate(split(octets, Ports(2948, 9200), reference=1)):
        tpdu = Deliver(SENDER, STAMP, payload, header).encode()
        log += f"Nov 23 00:00:0{number} m: +CMT: ,{len(tpdu)}\nNov 23 00:00:0{number} m: 00{tpdu.hex()}\n"
    result = run("-", stdin=log.encode())
    assert result.exit_code == 0, result.output
    assert "SMS message in " in result.stdout
    assert "Status" in result.stdout


def test_numbers_of_a_log_are_no_pdu() -> None:
    assert list(pdus(["x +CMT: text mode", "x: pid 1234"])) == []
    assert list(pdus(["x +CMT: ,20", "a", "b", "c", f"too late {SMS.hex()}"])) == []


def test_a_length_that_is_wrong_is_said_behind_a_prefix_too() -> None:
    result = run("-", stdin=f"Nov 23 m: +CMT: ,{len(TPDU) + 1}\nNov 23 m: {SMS.hex()}\n".encode())
    assert result.exit_code == 2
    assert f"the AT line says that the TPDU has {len(TPDU) + 1} octets" in result.stdout


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="+CMT: ,0aF>\x1a9RL=AT", max_size=20), max_size=6))
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    for octets, length in pdus(lines):
        assert octets
        assert length is None or length >= 0


# What is none


def test_text_is_shown_as_text() -> None:
    said, _ = refusal(run("-", stdin=b"\nNov 23 00:00:01 modem: nothing to see here, and more than sixty of it\n"))
    assert said == (
        "text in which nothing known was found: 'Nov 23 00:00:01 modem: nothing to see here, and more than si...'"
    )
    said, _ = refusal(run("deadbeef"))
    assert said == "4 octets that look like nothing known: de ad be ef"
    said, _ = refusal(run("-", stdin=b"\x1b[2J\x1b[2J"))
    assert "\x1b" not in said


@pytest.mark.parametrize("head", ["0a0d0d0a1c000000", "d4c3b2a102000400", "a1b2c3d400020004"])
def test_a_capture_says_what_reads_it(head: str, tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    path.write_bytes(bytes.fromhex(head))
    said, hint = refusal(run(str(path)))
    assert "is a capture file" in said
    assert f"tshark -r {path}" in hint
    assert "private/raw.jsonl" in hint


# A run's own files

RECORDS = [
    (3, b"\r\nOK\r", "modem", "at", "in"),
    (4, bytes.fromhex("01040000AB000000"), "card", "apdu", "in"),
    (7, SMS.hex().upper().encode() + b"\r", "modem", "at", "in"),
    (9, dm_xml.encode(MESSAGE), "server", "http", "out"),
    (12, dm_wbxml.encode(MESSAGE)[:-2], "server", "http", "in"),
]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    (tmp_path / "private").mkdir()
    path = tmp_path / "private" / "raw.jsonl"
    path.write_text("".join(json.dumps({"seq": seq, "hex": data.hex()}) + "\n" for seq, data, *_ in RECORDS))
    told = [
        {"seq": seq, "at": "2026-01-01T00:00:00+00:00", "part": part, "kind": kind, "way": way, "text": "x"}
        for seq, _, part, kind, way in RECORDS
    ]
    (tmp_path / "trace.jsonl").write_text("".join(json.dumps(each) + "\n" for each in told))
    return path


def shown(result: Result) -> list[tuple[str, Any, Any]]:
    layers = json.loads(result.stdout)["layers"]
    return [(each["kind"], each["fields"].get("record"), each["fields"].get("recorded as")) for each in layers]


def test_every_message_of_a_run_is_shown_with_its_record(raw: Path) -> None:
    assert shown(run("--json", str(raw))) == [
        ("sms", 7, "modem, at, in"),
        ("dm-xml", 9, "server, http, out"),
        ("dm-wbxml", 12, "server, http, in"),
    ]


def test_one_record_of_a_run(raw: Path) -> None:
    result = run("--json", "--seq", "9", str(raw))
    assert (result.exit_code, shown(result)) == (0, [("dm-xml", 9, "server, http, out")])
    assert shown(run("--json", "--seq", "7", "--as", "sms", str(raw))) == [("sms", 7, "modem, at, in")]
    said, _ = refusal(run("--seq", "3", str(raw)))
    assert said.endswith("'OK'")
    said, hint = refusal(run("--seq", "8", str(raw)))
    assert "record 8 has no octets" in said
    assert "7, 9" in hint


def test_raw_octets_without_their_trace(raw: Path) -> None:
    stdin = raw.read_bytes() + b'{"seq": 13, "he'  # a run that was cut off
    # only the trace knows that the first is a card's answer, and that the damaged one came by HTTP
    assert [kind for kind, *_ in shown(run("--json", "-", stdin=stdin))] == ["submit", "sms", "dm-xml"]
    said, _ = refusal(run("-", stdin=b'{"seq": 1, "hex": "00"}\n{"seq": 2}\n{"seq": 3, "hex": "00"}\n'))
    assert "line 2" in said


def test_options_that_do_not_fit_say_so(raw: Path) -> None:
    said, hint = refusal(run("--as", "sms", str(raw)))
    assert "--seq N" in hint, said
    said, _ = refusal(run("--seq", "1", "00"))
    assert "private/raw.jsonl" in said


def test_a_trace_names_the_file_that_has_the_octets(raw: Path) -> None:
    said, hint = refusal(run(str(raw.parent.parent / "trace.jsonl")))
    assert "has no octets" in said
    assert "private/raw.jsonl" in hint


def test_a_real_runs_files(tmp_path: Path) -> None:
    from hil.scenario.play import play

    (result,) = play(["bootstrap/bare-card"], None, out=tmp_path / "run", junit=None)
    directory = Path(result.properties["run"])
    assert "private/raw.jsonl" in refusal(run(str(directory / "trace.jsonl")))[1]
    assert "tshark" in refusal(run(str(directory / "run.pcapng")))[1]
    found = run(str(directory / "private" / "raw.jsonl"))
    assert found.exit_code == 0 or "no record here holds a message" in str(found.exception)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40), st.sampled_from([b'{"seq": 1, "hex": "', b'{"seq": 1}\n', b"+CMT: ,3\n", b""]))
def test_any_input_is_read_or_refused(data: bytes, before: bytes) -> None:
    result = run("-", stdin=before + data)
    assert result.exception is None or isinstance(result.exception, BenchError | SystemExit)
    with contextlib.suppress(BenchError):
        open_all(pieces(before + data))


# Only what was read


def fields(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)["layers"][0]["fields"]
    return found


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("00", {"transaction id": 0}),
        ("0105", {"transaction id": 1}),
        ("0106", {"transaction id": 1, "PDU type": "push"}),
    ],
)
def test_a_push_cut_off_shows_only_what_was_there(octets: str, expected: dict[str, Any]) -> None:
    result = run("--json", "--as", "wsp", octets)
    assert result.exit_code == 2
    assert fields(result) == expected


def test_a_message_without_msg_id_shows_none() -> None:
    text = dm_xml.encode(MESSAGE).replace(b"<MsgID>1</MsgID>", b"")
    found = fields(run("--json", "-", stdin=text))
    assert "SyncHdr/MsgID" not in found
    assert found["SyncHdr/SessionID"] == "1"


def test_an_empty_element_of_a_whole_message_is_shown() -> None:
    text = dm_xml.encode(MESSAGE).replace(b"<MsgID>1</MsgID>", b"<MsgID></MsgID>")
    result = run("--json", "-", stdin=text)
    assert (result.exit_code, fields(result)["SyncHdr/MsgID"]) == (0, "")


@pytest.mark.parametrize("size", range(0, 60, 7))
def test_a_message_cut_off_shows_no_empty_field(size: int) -> None:
    result = run("--json", "--as", "dm-wbxml", dm_wbxml.encode(MESSAGE)[: 20 + size].hex())
    for layer in json.loads(result.stdout)["layers"]:
        assert "" not in layer["fields"].values()


def test_the_meaning_of_a_status_is_that_of_what_it_answers() -> None:
    (layer,) = json.loads(run("--json", "-", stdin=dm_xml.encode(MESSAGE)).stdout)["layers"]
    header, replace, get = (each["fields"] for each in layer["layers"])
    assert header["Meaning"] == "OK: authenticated for this message"
    assert replace["Meaning"] == "OK"
    assert "Meaning" not in get
