"""dmrig push: what is built is what is read, goes out by every sender, and shows a wrong digest or MAC."""

from __future__ import annotations

import base64
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Raw
from scapy.utils import RawPcapWriter

from hil import data
from hil.cli.main import run
from hil.errors import ExitCode
from hil.listen.http import HttpListener
from hil.listen.settings import HttpSettings
from hil.listen.udp import UdpListener
from hil.modem.datagram import Datagram
from hil.modem.sms.tpdu import Submit
from hil.modem.sms.udh import Ports
from hil.push.forms import http_request
from hil.push.senders.table import SENDERS, settings_of
from hil.server.host import Host
from simulator.push.ota import Form
from simulator.push.wsp import Push, decode
from tests.contract.test_modem_commands import Modem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SECRET = ["--secret", "s3cret", "--nonce", "Zmlyc3Q="]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command that passes prints."""
    code = run(["push", *arguments])
    shown = capsys.readouterr()
    assert code == ExitCode.PASSED, shown.err
    return shown.out


def refused(capsys: pytest.CaptureFixture[str], code: ExitCode, *arguments: str) -> str:
    """What a command that ends with that code says on standard error."""
    assert run(["push", *arguments]) == code
    return capsys.readouterr().err


def layers(text: str) -> dict[str, dict[str, object]]:
    """The fields of each kind of layer."""
    found: dict[str, dict[str, object]] = {}

    def walk(layer: dict[str, object]) -> None:
        found[str(layer["kind"])] = layer["fields"]  # type: ignore[assignment]
        for inner in layer.get("layers", []):  # type: ignore[attr-defined]
            walk(inner)

    for layer in json.loads(text)["layers"]:
        walk(layer)
    return found


@pytest.mark.parametrize("version", ["1.3", "1.2"])
@pytest.mark.parametrize("form", ["hex", "submit", "deliver", "http", "http-direct", "binary"])
def test_a_notification_in_every_form(
    version: str, form: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    built = ["push", "build", "notification", "--format", version, "--session", "0xA7", *SECRET, "--as", form]
    assert run([*built, "--server", "www.example.com", "--wide-reference"]) == ExitCode.PASSED
    file = tmp_path / "push"
    file.write_bytes(capfdbinary.readouterr().out)
    assert run(["push", "decode", str(file), "--json", *SECRET]) == ExitCode.PASSED
    fields = layers(capfdbinary.readouterr().out.decode())[f"notification-{version}"]
    assert (fields["server id"], fields["session id"], fields["digest check"]) == (
        "www.example.com",
        "A7",
        "right",
    )
    assert run(["push", "decode", str(file), "--secret", "another"]) == ExitCode.EXPECTATION_FAILED
    assert b"not from whom it says: wrong" in capfdbinary.readouterr().err


def test_a_long_one_is_put_together(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = said(capsys, "build", "notification", *SECRET, "--vendor", "2e" * 300, "--as", "submit")
    assert len(text.split()) == 3
    (file := tmp_path / "pdus").write_text(text)
    assert "digest check  right" in said(capsys, "decode", str(file), *SECRET)


def test_options_of_a_notification(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(
        capsys, "build", "notification", *SECRET, "--timeout-days", "7", "--requested-mo", "0x27",
        "--hash", "sha256", "--ui-mode", "user-interaction", "--reason", "new firmware",
        "-H", "Push-Flag: 4", "--tid", "9", "--json",
    )  # fmt: skip
    shown = json.loads(text)
    push = decode(bytes.fromhex(shown["push"]))
    assert (push.transaction_id, push.header("Push-Flag"), push.application_id) == (9, 4, 7)
    assert shown["notification"]["options"] == ["Requested-MO 0x0027 (FUMO 1.0)", "Connect-Reason new firmware"]
    assert shown["notification"]["timeout_days"] == 7
    assert "no options" in refused(
        capsys, ExitCode.USAGE, "build", "notification", *SECRET, "--format", "1.2", "--reason", "x"
    )


def test_a_nonce_in_base64_and_in_hex(capsys: pytest.CaptureFixture[str]) -> None:
    build = ("build", "notification", "--secret", "s3cret", "--format", "1.2", "--nonce")
    text = said(capsys, *build, "Zmlyc3Q=")
    assert text == said(capsys, *build, "hex:6669727374") == said(capsys, *build, "HEX:66 69 72 73 74")
    assert text != said(capsys, *build, "hex:00")
    assert "digest check  right" in said(
        capsys, "decode", text.strip(), "--secret", "s3cret", "--nonce", "hex:6669727374"
    )
    assert "in base64, as in AAuthData, or as hex:" in refused(capsys, ExitCode.USAGE, *build, "first")
    assert "two for each byte" in refused(capsys, ExitCode.USAGE, *build, "hex:6")


def test_no_password_is_no_digest(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DMRIG_SECRET", raising=False)
    assert "needs the server's password" in refused(capsys, ExitCode.USAGE, "build", "notification")
    monkeypatch.setenv("DMRIG_SECRET", "s3cret")
    text = said(capsys, "build", "notification").strip()
    assert "digest check  right" in said(capsys, "decode", text)


@pytest.mark.parametrize(
    ("sec", "keys"),
    [
        ("NETWORKID", ["--imsi", "001010123456789"]),
        ("USERPIN", ["--pin", "1234"]),
        ("USERPIN_NETWORKID", ["--imsi", "001010123456789", "--pin", "1234"]),
    ],
)
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_a_bootstrap_and_its_mac(
    sec: str, keys: list[str], hash_name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (file := tmp_path / "message.wbxml").write_bytes(b"\x02\x00\x00\x6a\x00" + b"x" * 200)
    text = said(capsys, "build", "bootstrap", str(file), "--sec", sec, "--hash", hash_name, *keys).strip()
    push = decode(bytes.fromhex(text))
    assert len(str(push.parameter("MAC"))) == {"sha1": 40, "sha256": 64}[hash_name]
    run(["push", "decode", text, "--json", *keys])  # the body is none, which is damage
    assert layers(capsys.readouterr().out)["wsp"]["MAC check"] == "right"
    run(["push", "decode", text, "--json", "--imsi", "001010123456780", "--pin", "9"])
    assert str(layers(capsys.readouterr().out)["wsp"]["MAC check"]).startswith("wrong: its MAC")


def test_any_body_with_its_headers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (file := tmp_path / "si.xml").write_text("<si/>")
    text = said(
        capsys, "build", "body", str(file), "--type", "text/vnd.wap.si; charset=106", "--application", "2",
        "-H", "X-Wap-Initiator-URI: http://dm.example.com/", "-H", "Date: Mon, 03 Jun 2013 10:00:00 GMT",
        "-H", "2:0x05: 85", "--media", "long",
    )  # fmt: skip
    assert decode(bytes.fromhex(text)) == Push(
        "text/vnd.wap.si",
        b"<si/>",
        [("charset", 106)],
        [
            ("X-Wap-Application-Id", 2),
            ("X-Wap-Initiator-URI", "http://dm.example.com/"),
            ("Date", datetime(2013, 6, 3, 10, tzinfo=UTC)),
            ("2:0x05", b"\x85"),
        ],
    )


@contextmanager
def listening(**settings: object) -> Iterator[tuple[HttpListener, list[Push]]]:
    got: list[Push] = []
    listener = HttpListener(
        HttpSettings.model_validate(settings),
        post=lambda action: action(),
        take=got.append,
        refused=lambda _: None,
        there=lambda: True,
        now=lambda: datetime.now(UTC),
        random=os.urandom,
    )
    listener.start()
    try:
        yield listener, got
    finally:
        listener.stop()


class TestSending:
    def test_by_udp(self, capsys: pytest.CaptureFixture[str]) -> None:
        got: list[Datagram] = []
        text = said(capsys, "build", "notification", *SECRET).strip()
        listener = UdpListener({2948: 0}, post=lambda go: go(), take=got.append, now=lambda: datetime.now(UTC))
        listener.start()
        try:
            to = f"udp://127.0.0.1:{listener.sockets()[2948].port}"
            assert said(capsys, "send", text, "--to", to).startswith(
                f"sent: a datagram of {len(text) // 2} octets"
            )
            assert listener.wait_for(1, 5)
        finally:
            listener.stop()
        assert [datagram.data.hex().upper() for datagram in got] == [text]

    @pytest.mark.parametrize("form", ["nested", "direct"])
    def test_over_http_with_a_password(self, form: str, capsys: pytest.CaptureFixture[str]) -> None:
        text = said(capsys, "build", "notification", *SECRET).strip()
        with listening(http_auth="digest", user="ppg", password="say it", tls="yes") as (listener, got):
            at = listener.terminal
            to = ["--to", at.url, "--set", f"tls.ca={at.ca}", "--set", f"form={form}", "--set", "user=ppg"]
            shown = json.loads(said(capsys, "send", text, *to, "--set", "password=say it", "--json"))
            assert (shown["accepted"], shown["status"], shown["push_status"]) == (True, 204, "400 Accepted")
            assert "refuses the credentials" in refused(
                capsys, ExitCode.PART, "send", text, *to, "--set", "password=other"
            )
        assert [push.body for push in got] == [decode(bytes.fromhex(text)).body]

    def test_what_the_terminal_refuses(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        (file := tmp_path / "x").write_text("x")
        text = said(capsys, "build", "body", str(file), "--type", "text/plain", "--application", "2").strip()
        with listening() as (listener, got):
            assert run(["push", "send", text, "--to", listener.terminal.url]) == ExitCode.EXPECTATION_FAILED
            assert "refused: HTTP 406, X-Wap-Push-Status 235" in capsys.readouterr().out
        assert got == []

    def test_a_request_that_was_built_is_one(
        self, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
    ) -> None:
        assert run(["push", "build", "notification", *SECRET, "--as", "http"]) == ExitCode.PASSED
        request = capfdbinary.readouterr().out
        with listening() as (listener, got):
            port = int(listener.terminal.url.rsplit(":", 1)[1].partition("/")[0])
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(request)
                assert connection.recv(12) == b"HTTP/1.1 204"
        assert len(got) == 1

    @pytest.mark.parametrize(
        ("status", "push_status", "code"),
        [
            ("200 OK", None, ExitCode.PASSED),
            ("202 Accepted", "400", ExitCode.PASSED),
            ("204 No Content", "235", ExitCode.EXPECTATION_FAILED),
            ("204 No Content", "256 CPITag Mismatch", ExitCode.EXPECTATION_FAILED),
            ("500 Internal Server Error", None, ExitCode.EXPECTATION_FAILED),
        ],
    )
    def test_what_other_terminals_answer(
        self, status: str, push_status: str | None, code: ExitCode, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def terminal(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            start_response(status, [("X-Wap-Push-Status", push_status)] if push_status else [])
            return []

        host = Host(terminal)
        host.start()
        try:
            assert run(["push", "send", "010603D8AF87", "--to", f"{host.root}/wappush"]) == code
        finally:
            host.stop()
        assert f"HTTP {status[:3]}" in capsys.readouterr().out

    def test_by_a_modem(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = said(capsys, "build", "notification", *SECRET, "--vendor", "2e" * 300).strip()
        modem = Modem()
        try:
            to = ["--to", "sms:+441234567890", "--set", f"modem={modem.path}", "--set", "data_coding_scheme=F5"]
            shown = json.loads(said(capsys, "send", text, *to, "--json"))
        finally:
            modem.close()
        assert (shown["accepted"], shown["parts"], len(shown["references"])) == (True, 3, 3)
        parts = [Submit.decode(tpdu) for tpdu in modem.smsc.submitted]
        assert {str(part.destination_address) for part in parts} == {"+441234567890"}
        assert {part.data_coding_scheme for part in parts} == {0xF5}
        assert all(part.header and part.header.ports == Ports(2948, 9200) for part in parts)
        assert b"".join(part.payload for part in parts).hex().upper() == text

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["0102", "--to", "udp://127.0.0.1:1"], "no WSP push"),
            (["010603D8AF87", "--to", "udq://127.0.0.1:1"], "no address that a push can be sent to"),
            (["010603D8AF87", "--to", "udp://127.0.0.1:x"], "no host with a port"),
            (["010603D8AF87", "--to", "http://127.0.0.1:1/", "--set", "frm=direct"], "frm is no setting here"),
            (["010603D8AF87", "--to", "http://127.0.0.1:1/", "--set", "form=x"], "form: input should be"),
            (["010603D8AF87", "--to", "http://127.0.0.1:1/", "--set", "form"], "is no setting"),
            (["010603D8AF87", "--to", "sms:x", "--set", "modem=/dev/null"], "names no number"),
            (["010603D8AF87", "--to", "sms:+1"], "modem: field required"),
            (["010603D8AF87"], "--to ADDRESS"),
        ],
    )
    def test_mistakes_are_named(self, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert says in refused(capsys, ExitCode.USAGE, "send", *arguments)

    def test_nobody_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        assert "refused the connection" in refused(
            capsys, ExitCode.PART, "send", "010603D8AF87", "--to", f"http://127.0.0.1:{port}/wappush"
        )

    def test_the_list_has_every_sender(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = said(capsys, "send", "--list")
        for scheme, known in SENDERS.items():
            assert known.address in text
            assert all(name in text for name in settings_of(scheme).model_fields)


@pytest.mark.parametrize("rig", ["virtual", "virtual-udp", "virtual-http"])
def test_the_pushes_of_a_run_are_found_in_its_capture(
    rig: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["run", "notification/segments", "--rig", rig, "--out", str(tmp_path / "out")]) == ExitCode.PASSED
    capsys.readouterr()
    run(["push", "decode", str(tmp_path / "out" / "run.pcapng"), "--json"])
    found = json.loads(capsys.readouterr().out)["layers"]
    text = json.dumps(found)
    assert all(f'"session id": "{number}"' in text for number in (1, 2, 4))
    assert any(str(layer["fields"].get("found in", "")).startswith("packet ") for layer in found)


def test_pushes_in_a_capture_of_another_make(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Classic pcap: a request in segments that come out of order and twice, another on the same connection."""
    path = tmp_path / "field.pcap"
    push = decode(bytes.fromhex(said(capsys, "build", "notification", *SECRET).strip()))
    requests = b"".join(http_request(push.encode(), form) for form in (Form.NESTED, Form.DIRECT))
    requests += b"POST /dm HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"  # no push
    pieces = [(start, requests[start : start + 100]) for start in range(0, len(requests), 100)]
    ends = IP(src="192.0.2.1", dst="192.0.2.2")
    with RawPcapWriter(str(path), linktype=101) as writer:
        writer.write(bytes(ends / UDP(sport=9200, dport=2948) / Raw(push.encode())))
        for start, piece in [*pieces[::-1], pieces[1]]:
            writer.write(bytes(ends / TCP(sport=40000, dport=4035, seq=1000 + start, flags="PA") / Raw(piece)))
        writer.write(bytes(ends / UDP(sport=9200, dport=53) / Raw(b"else")))
    found = json.loads(said(capsys, "decode", str(path), "--json", *SECRET))["layers"]
    assert [layer["kind"] for layer in found] == ["wsp", "ota-http", "ota-http"]
    assert json.dumps(found).count('"digest check": "right"') == 3
    path.write_bytes(path.read_bytes()[:24])
    assert "there is no push" in refused(capsys, ExitCode.USAGE, "decode", str(path))


def test_a_run_shows_no_password_of_the_gateway(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rig = tmp_path / "rig.yaml"
    shipped = data.find("rigs", "virtual-https").read_text()
    rig.write_text(shipped.replace("{tls: yes, http_auth: digest}", "{http_auth: basic, password: say-it-aloud}"))
    assert "say-it-aloud" in rig.read_text()
    out = tmp_path / "out"
    assert run(["run", "notification/duplicate", "--rig", str(rig), "--out", str(out), "-v"]) == ExitCode.PASSED
    shown = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    shown["console"] = capsys.readouterr().out.encode()
    assert b"POST http://127.0.0.1" in shown["trace.jsonl"]
    for secret in (b"say-it-aloud", base64.b64encode(b"ppg:say-it-aloud")):
        for name, content in shown.items():
            assert secret not in content, (name, secret)
        assert secret.hex().encode() not in shown["trace.jsonl"]
