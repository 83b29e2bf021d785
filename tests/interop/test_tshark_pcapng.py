"""Wireshark dissects the capture of a run by itself, layer by layer, masked or not."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hil.trace.mask import Masker
from hil.trace.pcapng import PcapngTrace, write_pcapng
from hil.trace.record import Json, Kind, Record, Way
from simulator.syncml import encoding
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import (
    Alert,
    Chal,
    Cred,
    Get,
    Item,
    Meta,
    Source,
    Status,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
)
from tests.peers import require

pytestmark = pytest.mark.tshark

IMSI = "001010123456789"
DIGEST, NONCE = "MTIzNDU2Nzg5MDEyMzQ1Ng==", "bm9uY2Utbm9uY2U="

# DM Notification 1.2's example as a WSP push (WAP-230 8.2.4.1), in a DELIVER and a SUBMIT (TS 23.040 9.2.2)
PUSH = bytes.fromhex(
    "010603C4AF87000102030405060708090A0B0C0D0E0F02D0000000123412" + b"com.mgmtsrv.manage".hex()
)  # fmt: skip
PORTS = bytes.fromhex("0605040B84C002")
USER_DATA = bytes([len(PORTS + PUSH)]) + PORTS + PUSH
DELIVER = bytes.fromhex("440C91442143658709000452010121000000") + USER_DATA
SUBMIT = bytes.fromhex("41000C914421436587090004") + USER_DATA


def message(package: int) -> bytes:
    header = SyncHdr("1.2", "DM/1.3", "1", "1", Target("http://dm.example/"), Source(f"IMEI:{IMSI}", "name"))
    if package == 1:
        header.cred = Cred(Meta(format="b64", type="syncml:auth-md5"), DIGEST)
        return encoding.encode(SyncML(header, SyncBody([Alert("1", data="1201")], final=True)), Encoding.XML)
    challenge = Chal(Meta(format="b64", type="syncml:auth-md5", next_nonce=NONCE))
    commands = [
        Status("1", "1", "0", "SyncHdr", chal=challenge, data="212"),
        Get("2", items=[Item(target=Target("./DevInfo/Man"))]),
    ]
    return encoding.encode(SyncML(header, SyncBody([*commands], final=True)), Encoding.WBXML)


def run() -> list[Record]:
    records: list[Record] = []

    def record(part: str, kind: Kind, way: Way, text: str, data: bytes = b"", **fields: Json) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(records))
        records.append(Record(len(records) + 1, at, part, kind, way, text, data, fields))

    def apdu(command: str, response: str) -> None:
        raw = bytes.fromhex(command)
        record("card", "apdu", "out", "an APDU", raw + bytes.fromhex(response), command_length=len(raw))

    record("card", "apdu", "in", "ATR", bytes.fromhex("3B9F96801FC78031E073FE211B4F4D41444D48494CB0"))
    apdu("00A40004022F00", "9000")
    apdu("002000010831323334FFFFFFFF", "9000")
    apdu("00B0000009", "0809101010325476989000")
    apdu("00B0000000", "FF" * 256 + "9000")
    for shorter in ("00B000000A", "00B2030420", "00C0000010", "8012000010", "A0B0000000"):
        apdu(shorter, "6A83")
    apdu("00B0000010", "01029000")
    apdu("00A40004022F09", "6A82")
    apdu("0020000100", "63C3")
    record("card", "apdu", "out", "SELECT", bytes.fromhex("00A40004022F05"))
    record("modem", "sms", "in", "SMS from +441234567890", DELIVER, address="+441234567890")
    record("modem", "sms", "out", "SMS to +441234567890", SUBMIT)
    record("push", "push", "in", "a notification", PUSH, destination_port=2948, source_port=9200)
    url, kind = "http://127.0.0.1:40123/dm?id=1", "application/vnd.syncml.dm+xml"
    record("server", "http", "out", "POST", message(1), method="POST", url=url, headers={"Content-Type": kind})
    answer: dict[str, Json] = {"Content-Type": "application/vnd.syncml.dm+wbxml", "Transfer-Encoding": "chunked"}
    record("server", "http", "in", "HTTP 200", message(2), url=url, status=200, headers=answer)
    record(
        "server",
        "http",
        "out",
        "POST",
        b"",
        method="POST",
        url=url,
        headers={"Authorization": "Basic bmFtZTpwdw=="},
    )
    record("server", "http", "in", "no answer", url=url)
    return records


def dissect(path: Path) -> list[dict[str, Any]]:
    """Every packet's layers, each with its fields."""
    require("tshark")
    program = shutil.which("tshark")
    assert program is not None
    ran = subprocess.run(
        [program, "-n", "-r", str(path), "-T", "json", "--no-duplicate-keys"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    packets: list[dict[str, Any]] = [packet["_source"]["layers"] for packet in json.loads(ran.stdout)]
    return packets


def protocols(packets: list[dict[str, Any]]) -> list[str]:
    """The layers of each packet that are more than carriers."""
    carriers = {"frame", "raw", "ip", "udp", "tcp", "gsmtap", "exported_pdu"}
    said = []
    for packet in packets:
        names = packet["frame"]["frame.protocols"].split(":")
        assert "_ws.malformed" not in names, packet
        said.append(" ".join(name for name in names if name not in carriers))
    return [each for each in said if each]


@pytest.fixture(params=["masked", "as it was"])
def capture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    require("tshark")
    masker = Masker(show_all=request.param == "as it was")
    masker.add(IMSI)
    write_pcapng(tmp_path / "run.pcapng", run(), masker)
    return tmp_path / "run.pcapng"


def test_every_kind_of_record_is_dissected_by_itself(capture: Path) -> None:
    packets = dissect(capture)
    assert "iso7816.atr" in packets[0]
    # Wireshark has a dissector for SyncML in WBXML, and none for its XML or for a notification's body
    assert protocols(packets) == [
        *["gsm_sim"] * (4 + 2 * 6 + 3),
        "gsm_sms wsp media",
        "gsm_sms wsp media",
        "wsp media",
        "http media",
        "http wbxml",
        "http",
    ]


def test_what_is_dissected_is_what_was_sent(capture: Path) -> None:
    packets = dissect(capture)
    text = json.dumps(packets)
    assert '"gsm_sim.apdu.ins": "0xa4"' in text or '"gsm_sim.apdu.ins": "164"' in text
    deliver, submit = [packet["gsm_sms"] for packet in packets if "gsm_sms" in packet]
    assert deliver["gsm_sms.tp-mti"] == "0"
    assert submit["gsm_sms.tp-mti"] == "1"
    pushes = [packet["udp"] for packet in packets if packet.get("udp", {}).get("udp.dstport") == "2948"]
    assert [push["udp.srcport"] for push in pushes] == ["9200"]
    assert text.count("x-wap-application:syncml.dm") >= 3
    requests = [packet for packet in packets if "http.request.full_uri" in json.dumps(packet.get("http", {}))]
    assert "http://127.0.0.1:40123/dm?id=1" in json.dumps(requests)
    answer = next(json.dumps(packet) for packet in packets if "wbxml" in packet)
    assert "./DevInfo/Man" in answer
    assert "SyncHdr" in answer


def test_packets_carry_the_scenarios_time_the_part_and_their_place_in_the_trace(capture: Path) -> None:
    packets = dissect(capture)
    first = packets[0]
    assert first["frame"]["frame.time_epoch"].startswith("1767225600.000000")
    assert "#1 ATR" in json.dumps(first)
    times = [float(packet["frame"]["frame.time_epoch"]) for packet in packets]
    assert times == sorted(times)
    names = {packet["frame"]["frame.interface_id_tree"]["frame.interface_name"] for packet in packets}
    assert names == {"card", "modem", "push", "server"}


def test_tcp_holds_together(capture: Path) -> None:
    packets = [packet["tcp"] for packet in dissect(capture) if "tcp" in packet]
    assert "tcp.analysis.flags" not in json.dumps(packets)
    assert {packet["tcp.stream"] for packet in packets} == {"0", "1"}


def test_a_masked_capture_has_no_secret_and_keeps_every_length(tmp_path: Path) -> None:
    masked, plain = PcapngTrace(tmp_path, Masker()), tmp_path / "plain.pcapng"
    for record in run():
        masked(record)
    masked._masker.add(IMSI)  # learnt when everything has been captured
    masked.close()
    masked.close()
    write_pcapng(plain, run(), Masker(show_all=True))
    raw, shown = plain.read_bytes(), masked.path.read_bytes()
    for secret in (
        IMSI.encode(),
        bytes.fromhex("0910101032547698"),
        b"1234\xff\xff",
        DIGEST.encode(),
        NONCE.encode(),
    ):
        assert secret in raw
        assert secret not in shown
    number = bytes.fromhex("442143658709")  # of the SMS-DELIVER's sender; the other one's record does not tell it
    assert (raw.count(number), shown.count(number)) == (2, 1)
    assert bytes.fromhex("0C91000000008709") in shown
    assert b"bmFtZTpwdw==" in raw
    assert b"bmFtZTpwdw==" not in shown
    sizes = [[packet["frame"]["frame.len"] for packet in dissect(path)] for path in (masked.path, plain)]
    assert sizes[0][:20] == sizes[1][:20]


def test_concatenated_sms_are_put_together(tmp_path: Path) -> None:
    body = encoding.encode(SyncML(SyncHdr("1.2", "DM/1.2", "1", "1", Target("t" * 80), Source("s" * 80)),
                                  SyncBody([Alert("1", data="1201")], final=True)), Encoding.WBXML)  # fmt: skip
    push = bytes.fromhex("010603C2AF87") + body
    parts = [push[:128], push[128:]]
    records = []
    for number, part in enumerate(parts, 1):
        header = bytes.fromhex("0B00032A02") + bytes([number]) + bytes.fromhex("05040B8423F0")
        tpdu = bytes.fromhex("400C91442143658709000452010121000000") + bytes([len(header + part)]) + header + part
        at = datetime(2026, 1, 1, tzinfo=UTC)
        records.append(Record(number, at, "modem", "sms", "in", f"part {number}", tpdu))
    write_pcapng(tmp_path / "run.pcapng", records, Masker())
    assert "wsp:wbxml" in dissect(tmp_path / "run.pcapng")[-1]["frame"]["frame.protocols"]
