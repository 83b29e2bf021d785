"""`dmrig modem serve` as a program, with pyserial at its line: links, TCP, inbox, standard input, its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from itertools import zip_longest
from pathlib import Path

import serial

from hil.modem.sender import text_message
from hil.modem.sms.tpdu import Submit
from tests.at_program import SECONDS, serving
from tests.modem_desk import SENDER


class Line:
    """A serial line, opened as any program opens one."""

    def __init__(self, port: str) -> None:
        self._port = serial.serial_for_url(port, timeout=SECONDS)

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._port.close()

    def ask(self, text: str, until: str = r"(OK|ERROR.*)\r\n$") -> str:
        self._port.write(text.encode())
        return self.hear(until)

    def hear(self, until: str) -> str:
        heard, deadline = "", time.monotonic() + SECONDS
        while not re.search(until, heard):
            assert time.monotonic() < deadline, heard
            heard += self._port.read(max(1, self._port.in_waiting)).decode("latin-1")
        return heard


def send(line: Line, submit: Submit) -> None:
    tpdu = submit.encode()
    line.ask(f"AT+CMGS={len(tpdu)}\r", "> $")
    assert "+CMGS:" in line.ask(f"00{tpdu.hex()}\x1a")


def test_a_link_an_inbox_and_standard_input(tmp_path: Path) -> None:
    link, inbox = tmp_path / "modem", tmp_path / "inbox.jsonl"
    inbox.write_text('{"from": "+44111", "text": "from the file"}\n')
    with serving("--link", link, "--inbox", inbox) as modem:
        assert modem.path == str(link)
        assert link.is_symlink()
        assert modem.event("fed")["content"] == "from the file"
        with Line(modem.path) as line:
            line.ask("ATE0;+CMGF=1;+CNMI=2,2\r")
            modem.feed("+44222 typed", "nonsense")
            assert "typed" in line.hear("typed\r\n")
            assert "not taken" in modem.event("note")["text"]
            with inbox.open("a") as file:
                file.write('{"from": "+44333", "text": "and later"}\n')
            assert "and later" in line.hear("and later\r\n")
            modem.feed('{"fault": {"kind": "hang", "during": "300 ms"}}')
            modem.event("note")
            assert "OK" in line.ask("AT\r")
            line.ask("AT+CMGF=0\r")
            send(line, Submit(SENDER, b"up"))
        sent = modem.event("sent")
        assert sent["layers"][0]["kind"] == "submit"
        # numbers are masked, and nothing else is
        assert SENDER.number not in json.dumps(sent)
        assert '"data": "up"' in json.dumps(sent)
        modem.end()
    assert not os.path.lexists(link)


def test_tcp_takes_one_program_at_a_time(tmp_path: Path) -> None:
    with serving("--tcp", "127.0.0.1:0", "--vendor", "telit") as modem:
        with Line(modem.path) as line:
            assert "Telit" in line.ask("AT+CGMI\r")
            host, _, port = modem.path.removeprefix("socket://").rpartition(":")
            with socket.create_connection((host, int(port)), timeout=SECONDS) as second:
                assert b"another program has this modem" in second.recv(200)
            assert "OK" in line.ask("AT\r")
        # whoever comes later finds it free again
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                with Line(modem.path) as line:
                    assert "LE910" in line.ask("AT+CGMM\r")
                break
            except serial.SerialException:
                continue
        modem.end()


def test_a_card_in_the_modem() -> None:
    with serving("--card", "operator-sim") as modem, Line(modem.path) as line:
        assert '+CSIM: 6,"019000"' in line.ask('AT+CSIM=10,"0070000001"\r')
        assert "+CRSM: 144,0," in line.ask("AT+CRSM=176,12258,0,0,10\r")


def refused(*options: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "hil", "modem", "serve", *map(str, options)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 2, done
    return done.stderr


def test_what_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    assert "is no link" in refused("--link", file)
    assert file.read_text() == "precious"
    assert "exclude each other" in refused("--link", tmp_path / "x", "--tcp", ":0")
    assert "did you mean 'quectel'" in refused("--vendor", "quektel")
    assert "HOST:PORT" in refused("--tcp", "nowhere")
    assert "4 to 8 digits" in refused("--pin", "12")


def test_a_link_that_a_dead_modem_left_is_taken_over(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    link.symlink_to("/dev/pts/no-such")
    with serving("--link", link) as modem:
        assert "is in use" in refused("--link", link)
        modem.end()


def test_without_standard_input_for_people(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "hil", "modem", "serve", "--vendor", "huawei"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = re.search(r"virtual modem \(huawei E1752\) at (\S+)", process.stdout.readline())
        assert found is not None
        with Line(found[1]) as line:
            line.ask("ATE0\r")
            send(line, Submit(SENDER, b"up"))
        assert "sent: SMS-SUBMIT to +•••, 2 octets" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=SECONDS) == 130
    finally:
        process.kill()
        process.communicate()


def test_long_messages_sent_at_once_are_each_shown_whole() -> None:
    """Segments of two messages, one between the other's, and a third message that never comes to its end."""
    first, second = ("first " * 40, "second " * 40)
    messages = [
        text_message("+441111111111", first, reference=1),
        text_message("+442222222222", second, reference=2),
        text_message("+441111111111", "never " * 40, reference=3)[:1],
    ]
    with serving() as modem, Line(modem.path) as line:
        line.ask("ATE0;+CMGF=0\r")
        for parts in zip_longest(*messages):
            for submit in filter(None, parts):
                send(line, submit)
        for text in (first, second):
            (layer,) = modem.event("message")["layers"]
            assert layer["fields"] == {"address": "+•••", "text": text}
        assert "message" not in [event["event"] for event in modem.end()]
