"""The commands of ``dmrig modem``, as processes of their own on the virtual modem's pseudo-terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from hil.cli.main import cli
from hil.errors import ExitCode, UsageError
from hil.modem.served import ServedModem
from hil.modem.sms import alphabet
from hil.modem.sms.tpdu import Deliver, Submit
from hil.modem.virtual.faults import Fault, Kind
from hil.modem.virtual.profile import Profile
from tests.modem_bench import PUSH, SENDER, World

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
NOTIFICATION = bytes.fromhex(
    "010603C4AF87000102030405060708090A0B0C0D0E0F02D0000000123412636F6D2E6D676D747372762E6D616E616765"
)
"""A WSP push with a notification of DM 1.2 in it."""


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hil", "modem", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    )  # fmt: skip


def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
    process = start(*arguments)
    out, errors = process.communicate(typed, timeout=PATIENCE)
    return process.returncode, out, errors


class Modem(ServedModem):
    """On real time."""

    def __init__(self, profile: Profile | None = None) -> None:
        super().__init__(profile or Profile(), lambda: datetime.now(UTC), self._plan)
        self._timers: list[threading.Timer] = []
        self.start()

    def _plan(self, when: datetime) -> None:
        timer = threading.Timer(max(0.0, (when - datetime.now(UTC)).total_seconds()) + 0.01, self.tick)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        super().close()


@pytest.fixture
def modem() -> Iterator[Modem]:
    modem = Modem()
    yield modem
    modem.close()


class TestInfo:
    def test_for_a_person(self, modem: Modem) -> None:
        code, out, errors = run("info", modem.path)
        assert (code, errors) == (0, "")
        shown = {line[:14].strip(): line[14:] for line in out.splitlines()}
        assert shown["manufacturer"] == "dmrig"
        assert shown["IMEI"] == "•••7518"
        assert shown["SIM"].startswith("READY")
        assert shown["+CREG"].startswith("registered at home")
        assert shown["signal"] == "-65 dBm"
        assert shown["SMSC"] == modem.profile.smsc
        assert "PDU mode" in shown["can"]
        assert modem.profile.imsi not in out

    def test_for_a_program(self, modem: Modem) -> None:
        code, out, _ = run("info", modem.path, "--json", "--show-secrets")
        said = json.loads(out)
        assert code == 0
        assert said["identity"]["imei"] == modem.profile.imei
        assert (said["imsi"], said["iccid"]) == (modem.profile.imsi, modem.profile.iccid)
        assert said["registration"]["+CEREG"]["state"] == 1
        assert said["storage"]["SM"] == {"used": 0, "places": 20}

    def test_a_locked_sim_is_a_result(self) -> None:
        modem = Modem(Profile(pin="4711"))
        try:
            code, out, _ = run("info", modem.path, "--json")
        finally:
            modem.close()
        assert code == 0
        assert json.loads(out)["sim"] == "SIM PIN"

    def test_no_port(self) -> None:
        code, _, errors = run("info", "/dev/ttyNONE")
        assert code == ExitCode.PART
        assert "there is no serial port /dev/ttyNONE" in errors


class TestAt:
    def test_answers_and_errors_in_words(self, modem: Modem) -> None:
        code, out, _ = run("at", modem.path, "AT+CMEE=1", "+CGMM", "AT+CMGR=7", 'AT+CPIN="1","2","3"')
        assert code == ExitCode.PART
        assert out.splitlines() == [
            "OK", "Virtual Modem", "OK", "+CMS ERROR: 321 (invalid memory index)",
            "+CME ERROR: 50 (incorrect parameters)",
        ]  # fmt: skip

    def test_json(self, modem: Modem) -> None:
        code, out, _ = run("at", modem.path, "--json", "AT+CSQ", "AT+NOSUCH")
        first, second = json.loads(out)["answers"]
        assert code == ExitCode.PART
        assert first == {"command": "AT+CSQ", "ok": True, "lines": ["+CSQ: 24,0"], "final": "OK", "error": None}
        assert (second["ok"], second["final"], second["error"]) == (False, "ERROR", "ERROR")

    def test_what_is_typed_at_the_prompt(self, modem: Modem) -> None:
        tpdu = Submit(SENDER, b"up").encode()
        code, out, _ = run("at", modem.path, f"AT+CMGS={len(tpdu)} : 00{tpdu.hex()}")
        assert (code, out.splitlines()) == (0, ["+CMGS: 1", "OK"])
        assert modem.smsc.submitted == [tpdu]

    def test_from_standard_input(self, modem: Modem) -> None:
        code, out, errors = run("at", modem.path, typed="AT\n\nAT+CGMI\nquit\nAT+NEVER\n")
        assert (code, out.splitlines(), errors) == (0, ["OK", "dmrig", "OK"], "")

    def test_a_prompt_at_which_nothing_is_typed_swallows_nothing(self, modem: Modem) -> None:
        code, out, _ = run("at", modem.path, "--timeout", "0.5", "AT+CMGS=20", "AT+CGMI")
        assert code == ExitCode.PART
        assert out.splitlines()[-2:] == ["dmrig", "OK"]
        assert modem.smsc.submitted == []

    def test_no_answer(self, modem: Modem) -> None:
        modem.fault(Fault(Kind.HANG))
        code, out, _ = run("at", modem.path, "--timeout", "0.3", "AT")
        assert (code, out) == (ExitCode.PART, "no answer to AT within 0.3 s\n")

    def test_on_a_terminal_with_a_history_and_what_comes_by_itself(self, modem: Modem) -> None:
        """What comes by itself stands above what is being typed; an arrow brings the command before back."""
        child, terminal = pty.fork()
        if child == 0:
            os.environ.update(PYTHONPATH=str(ROOT), TERM="xterm", COLUMNS="200")
            os.execv(sys.executable, [sys.executable, "-m", "hil", "modem", "at", modem.path])
        shown = ""

        def until(pattern: str) -> None:
            nonlocal shown
            deadline = time.monotonic() + PATIENCE
            while not (found := re.search(pattern, shown)):
                assert time.monotonic() < deadline, shown
                if select.select([terminal], [], [], 0.1)[0]:
                    shown += os.read(terminal, 4096).decode()
            shown = shown[found.end() :]

        try:
            until("at> ")
            os.write(terminal, b"AT+CGMI\n")
            until(r"dmrig\r\nOK\r\n.*at> ")
            os.write(terminal, b"\x1b[A")
            until(r"AT\+CGMI")
            modem.fault(Fault(Kind.URC_FLOOD))
            until(r"\* \+CSQ: 24,0\r\nat> AT\+CGMI")
            os.write(terminal, b"\n")
            until(r"dmrig\r\nOK\r\n.*at> ")
            os.write(terminal, b"\x04")
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
        finally:
            os.close(terminal)


class TestSend:
    def test_a_text(self, modem: Modem) -> None:
        code, out, errors = run("send", modem.path, "+441234567890", "hellø 😀")
        assert (code, out, errors) == (0, "sent, reference 1\n", "")
        (tpdu,) = modem.smsc.submitted
        assert Submit.decode(tpdu).text == "hellø 😀"

    def test_a_push_in_several_parts_with_reports(self, modem: Modem, tmp_path: Path) -> None:
        (tmp_path / "push.bin").write_bytes(bytes(300))
        code, out, _ = run(
            "send",
            modem.path,
            "+441234567890",
            "--push",
            "--file",
            str(tmp_path / "push.bin"),
            "--report",
            "--json",
        )
        said = json.loads(out)
        assert code == 0
        assert (said["sent"], said["parts"], said["references"], said["delivered"]) == (True, 3, [1, 2, 3], True)
        assert {report["words"] for report in said["reports"]} == {"delivered: received by the recipient"}
        header = Submit.decode(modem.smsc.submitted[0]).header
        assert header is not None
        assert header.ports == PUSH

    def test_no_report_in_time(self, modem: Modem) -> None:
        code, out, errors = run("send", modem.path, "+441234567890", "x", "--report", "--wait", "0")
        assert (code, out) == (ExitCode.EXPECTATION_FAILED, "sent, reference 1\n")
        assert "no last status report within 0 s" in errors

    def test_refused(self, modem: Modem) -> None:
        modem.fault(Fault(Kind.SEND_ERROR, code=28))
        code, _, errors = run("send", modem.path, "+441234567890", "x")
        assert code == ExitCode.PART
        assert "the modem refused the message: +CMS ERROR: 28 (unidentified subscriber)" in errors

    def test_a_pin_is_asked_for(self) -> None:
        modem = Modem(Profile(pin="4711"))
        try:
            code, _, errors = run("send", modem.path, "+44123", "x")
            assert code == ExitCode.PART
            assert "the modem's SIM asks for its PIN" in errors
            code, out, errors = run("send", modem.path, "+44123", "x", "--pin", typed="4711\n")
            assert (code, out) == (0, "sent, reference 1\n"), errors
            assert "4711" not in errors
        finally:
            modem.close()

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ([], "nothing to send"),
            (["text", "--hex", "00"], "exclude each other"),
            (["--hex", "0"], "pairs of hex digits"),
            (["--hex", "00"], "without a port"),
            (["--hex", "00", "--push", "--port", "5"], "exclude each other"),
            (["x", "--source-port", "5"], "wants --port"),
            (["--file", "/no/such", "--push"], "cannot be read"),
        ],
    )
    def test_usage(self, arguments: list[str], words: str) -> None:
        with pytest.raises(UsageError, match=words):
            CliRunner().invoke(
                cli, ["modem", "send", "/dev/ttyNONE", "+44123", *arguments], catch_exceptions=False
            )

    @pytest.mark.parametrize("number", ["", "+", "Alice", "+44 1234", "44+1", "1" * 21])
    def test_no_number(self, number: str) -> None:
        """Before the modem is looked for, which may take long."""
        with pytest.raises(UsageError, match="is no telephone number") as caught:
            CliRunner().invoke(cli, ["modem", "send", "/dev/ttyNONE", number, "x"], catch_exceptions=False)
        assert "+441234567890" in caught.value.hint


class TestListen:
    @staticmethod
    def listening(*arguments: str) -> subprocess.Popen[str]:
        process = start("listen", *arguments)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("listening on ")
        return process

    def test_a_push_decoded(self, modem: Modem) -> None:
        process = self.listening(modem.path, "--count", "1")
        modem.deliver(World().tpdus(NOTIFICATION)[0])
        out, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (0, "")
        for seen in ("SMS-DELIVER", "2948", "notification", "com.mgmtsrv.manage"):
            assert seen in out
        assert "441234567890" not in out
        assert re.match(r"\d\d:\d\d:\d\d SMS-DELIVER from \+•••, port 9200 to 2948, 48 octets\n", out)
        assert modem.waiting == 0

    def test_parts_and_secrets_for_a_program(self, modem: Modem) -> None:
        process = self.listening(modem.path, "--count", "2", "--json", "--show-secrets")
        stamp = World().tpdus(b"")[0]
        text = Deliver(
            SENDER, Deliver.decode(stamp).service_centre_time_stamp, alphabet.encode("hi"), data_coding_scheme=0
        )
        for tpdu in (*reversed(World().tpdus(NOTIFICATION + bytes(150))), text.encode()):
            modem.deliver(tpdu)
        out, _ = process.communicate(timeout=PATIENCE)
        lines = [json.loads(line) for line in out.splitlines()]
        assert process.returncode == 0
        assert [[layer["kind"] for layer in line["layers"]] for line in lines] == [
            ["deliver"], ["deliver", "message"], ["deliver"]
        ]  # fmt: skip
        assert "+441234567890" in json.dumps(lines)
        assert lines[2]["summary"] == "SMS-DELIVER from +441234567890, 'hi'"

    def test_too_few_in_time(self, modem: Modem) -> None:
        code, _, _ = run("listen", modem.path, "--count", "1", "--for", "0.2")
        assert code == ExitCode.EXPECTATION_FAILED
        code, _, _ = run("listen", modem.path, "--for", "0.2")
        assert code == ExitCode.PASSED

    def test_ctrl_c(self, modem: Modem) -> None:
        process = self.listening(modem.path)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == ExitCode.INTERRUPTED

    def test_a_modem_that_goes_wrong_on_the_way(self, modem: Modem) -> None:
        process = self.listening(modem.path, "--count", "1")
        modem.fault(Fault(Kind.RESET))
        modem.deliver(World().tpdus(b"after")[0])
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert "restarted" in errors
