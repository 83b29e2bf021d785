"""tshark reads the TPDUs that we write as we do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hil.modem.sms import alphabet
from hil.modem.sms.address import Address
from hil.modem.sms.fields import ValidityFormat
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, StatusReport, Submit, Tpdu
from hil.modem.sms.udh import Concatenation, Ports, UserDataHeader
from tests.peers import require

pytestmark = pytest.mark.tshark

DLT_USER0 = "147"
DISSECTOR = 'uat:user_dlts:"User 0 (DLT=147)","gsm_sms","0","","0",""'
SENDER = Address.of("+441234567890")
STAMP = TimeStamp(bytes.fromhex("52010121436580"))


def dissect(messages: list[Tpdu], direction: str, fields: list[str], folder: Path) -> list[list[str]]:
    """The values of ``fields``, one list for each message. ``direction`` is text2pcap's: I or O."""
    require("tshark", "text2pcap")
    dump = "".join(f"{direction}\n000000 {message.encode().hex(' ')}\n" for message in messages)
    text, capture = folder / "sms.txt", folder / "sms.pcapng"
    text.write_text(dump)
    subprocess.run(
        ["text2pcap", "-q", "-D", "-l", DLT_USER0, str(text), str(capture)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    shown = subprocess.run(
        ["tshark", "-r", str(capture), "-o", DISSECTOR, "-T", "fields", "-E", "separator=|",
         *[word for field in fields for word in ("-e", field)]],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return [line.split("|") for line in shown.stdout.splitlines()]


def test_deliver(tmp_path: Path) -> None:
    ports = UserDataHeader((Ports(2948, 49154),))
    both = UserDataHeader((Concatenation(0x1234, 3, 2, wide=True), Ports(2948, 9200)))
    messages: list[Tpdu] = [
        Deliver(SENDER, STAMP, b"\1\6\3\xc4\xaf\x87", ports),
        Deliver(Address.of("OMA DM"), STAMP, b"xyz", both, data_coding_scheme=0xF5, more_messages_to_send=True),
        Deliver(
            Address.of("12345"),
            STAMP,
            alphabet.encode("héllo {€}"),
            data_coding_scheme=0,
            protocol_identifier=0x7F,
        ),
    ]
    rows = dissect(
        messages, "O",
        ["gsm_sms.tp-mti", "gsm_sms.tp-oa", "gsm_sms.tp-dcs", "gsm_sms.tp-pid", "gsm_sms.tp-mms",
         "gsm_sms.destination_port", "gsm_sms.originator_port", "gsm_sms.udh.mm.msg_id",
         "gsm_sms.udh.mm.msg_parts", "gsm_sms.udh.mm.msg_part", "gsm_sms.scts.year",
         "gsm_sms.scts.seconds", "gsm_sms.sms_text"],
        tmp_path,
    )  # fmt: skip
    assert rows[0][:7] == ["0", "441234567890", "4", "0", "1", "2948", "49154"]
    assert rows[1] == [
        "0",
        "OMA DM",
        "245",
        "0",
        "0",
        "2948",
        "9200",
        str(0x1234),
        "3",
        "2",
        "25",
        "56",
        rows[1][12],
    ]
    assert rows[2][:5] == ["0", "12345", "0", "127", "1"]
    assert rows[2][12] == "héllo {€}"


def test_submit(tmp_path: Path) -> None:
    header = UserDataHeader((Concatenation(7, 2, 1),))
    messages: list[Tpdu] = [
        Submit(SENDER, b"d", UserDataHeader((Ports(2948, 9200),)), message_reference=9, data_coding_scheme=0xF5),
        Submit(
            Address.of("*100#"), alphabet.encode("text behind a header"), header, data_coding_scheme=0,
            validity_format=ValidityFormat.RELATIVE, validity_period=b"\xa7", status_report_request=True,
        ),
        Submit(SENDER, "жук".encode("utf-16-be"), data_coding_scheme=8, reject_duplicates=True),
    ]  # fmt: skip
    rows = dissect(
        messages, "I",
        ["gsm_sms.tp-mti", "gsm_sms.tp-da", "gsm_sms.tp-mr", "gsm_sms.tp-vpf", "gsm_sms.tp-srr", "gsm_sms.tp-rd",
         "gsm_sms.destination_port", "gsm_sms.udh.mm.msg_id", "gsm_sms.sms_text"],
        tmp_path,
    )  # fmt: skip
    assert rows[0][:8] == ["1", "441234567890", "9", "0", "0", "0", "2948", ""]
    assert rows[1] == ["1", "*100#", "0", "2", "1", "0", "", "7", "text behind a header"]
    assert rows[2] == ["1", "441234567890", "0", "0", "0", "1", "", "", "жук"]


def test_segments_come_together(tmp_path: Path) -> None:
    body = bytes(range(256)) + b"the end"
    messages: list[Tpdu] = [
        Deliver(SENDER, STAMP, payload, header) for header, payload in split(body, Ports(2948, 9200), reference=5)
    ]
    rows = dissect(messages, "O", ["gsm_sms.reassembled.in", "gsm_sms.udh.mm.msg_part", "data.data"], tmp_path)
    assert [row[1] for row in rows] == ["1", "2", "3"]
    shown = subprocess.run(
        ["tshark", "-r", str(tmp_path / "sms.pcapng"), "-o", DISSECTOR, "-V", "-Y", "gsm_sms.fragments"],
        check=True, capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    assert f"Reassembled Short Message length: {len(body)}" in shown


def test_status_report(tmp_path: Path) -> None:
    rows = dissect(
        [StatusReport(200, SENDER, STAMP, STAMP, 0x41)], "O",
        ["gsm_sms.tp-mti", "gsm_sms.tp-mr", "gsm_sms.tp-ra"],
        tmp_path,
    )  # fmt: skip
    assert rows == [["2", "200", "441234567890"]]
