"""Which port is meant, and whether a modem is on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from hil.cli.main import cli
from hil.errors import ExitCode, PartMissing, UsageError
from hil.modem.ports import Port, find
from hil.modem.profile.files import load_profile
from hil.modem.pty import PtyPort
from hil.modem.served import ServedModem
from hil.modem.virtual.profile import Profile

SIMCOM = [
    Port(f"/dev/ttyUSB{number}", "SimTech, Incorporated", "SimTech", "1e0e:9001", number) for number in range(3)
]
QUECTEL = Port("/dev/ttyUSB10", "EC25 - Quectel", "Quectel", "2c7c:0125", 2)
KNOWN = [Port("/dev/ttyS0"), *SIMCOM, QUECTEL]


@pytest.mark.parametrize(
    "name",
    ["/dev/ttyUSB7", "/dev/pts/3", "socket://192.0.2.1:7000", "rfc2217://box:2217", "/dev/serial/by-id/usb-x"],
)
def test_devices_and_urls_are_taken_as_they_are(name: str) -> None:
    assert find(name, []) == name


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("usb:2c7c:0125", "/dev/ttyUSB10"),
        ("USB:2C7C:0125", "/dev/ttyUSB10"),
        ("usb:1e0e:9001:1", "/dev/ttyUSB1"),
        ("*quectel*", "/dev/ttyUSB10"),
        ("ttyS*", "/dev/ttyS0"),
        ("ttyS0", "/dev/ttyS0"),
        ("/dev/ttyUSB1?", "/dev/ttyUSB10"),
        ("Quectel", "/dev/ttyUSB10"),
    ],
)
def test_one_that_fits(name: str, device: str) -> None:
    assert find(name, KNOWN) == device


@pytest.mark.parametrize("name", ["usb:1e0e:9001", "SimTech*", "/dev/ttyUSB[0-2]"])
def test_several_are_listed(name: str) -> None:
    with pytest.raises(UsageError, match="any of 3 ports") as caught:
        find(name, KNOWN)
    for port in SIMCOM:
        assert port.name in str(caught.value)
    assert "/dev/ttyUSB1 (SimTech, Incorporated, usb:1e0e:9001:1)" in str(caught.value)


@pytest.mark.parametrize("name", ["usb:dead:beef", "usb:1e0e:9001:7", "*Telit*", "ttyUSB99"])
def test_none_fits(name: str) -> None:
    with pytest.raises(PartMissing, match="no serial port is") as caught:
        find(name, KNOWN)
    assert "EC25 - Quectel" in str(caught.value.hint)
    with pytest.raises(PartMissing) as caught:
        find(name, [])
    assert "is the modem connected" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["usb:", "usb:1e0e", "usb:1e0e:xyz1", "usb:1e0e:9001:x"])
def test_what_is_no_usb_id(name: str) -> None:
    with pytest.raises(UsageError, match="no USB id"):
        find(name, KNOWN)


class TestList:
    @pytest.fixture
    def modem(self) -> Iterator[ServedModem]:
        modem = ServedModem(Profile(load_profile("quectel")), lambda: datetime.now(UTC), lambda _: None)
        modem.start()
        yield modem
        modem.close()

    @pytest.fixture
    def mute(self) -> Iterator[PtyPort]:
        port = PtyPort(lambda data: None)
        port.start()
        yield port
        port.close()

    def test_only_an_answer_to_at_proves_a_modem(
        self, modem: ServedModem, mute: PtyPort, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("hil.modem.probe.SECONDS", 0.3)
        names = [modem.path, mute.path, "/dev/ttyNONE"]
        done = CliRunner().invoke(cli, ["modem", "list", "--json", *names], standalone_mode=False)
        assert done.return_value == ExitCode.PASSED
        here, silent, missing = (port["modem"] for port in json.loads(done.stdout)["ports"])
        assert (here["answers"], here["manufacturer"], here["model"]) == (True, "Quectel", "EC25")
        assert (silent["answers"], silent["trouble"]) == (False, "nothing answers to AT")
        assert "no serial port /dev/ttyNONE" in missing["trouble"]

    def test_nobody_answers(self, mute: PtyPort, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("hil.modem.probe.SECONDS", 0.05)
        done = CliRunner().invoke(cli, ["modem", "list", mute.path], standalone_mode=False)
        assert done.return_value == ExitCode.PART
        assert "nothing answers to AT" in done.stdout

    def test_without_asking(self, mute: PtyPort) -> None:
        done = CliRunner().invoke(cli, ["modem", "list", "--no-probe", mute.path], standalone_mode=False)
        assert done.return_value == ExitCode.PASSED
        assert "not asked" in done.stdout

    def test_a_prompt_that_an_earlier_program_left_open(self, modem: ServedModem) -> None:
        modem.core.receive(b"AT+CMGS=20\r", datetime.now(UTC))
        done = CliRunner().invoke(cli, ["modem", "list", modem.path], standalone_mode=False)
        assert done.return_value == ExitCode.PASSED
        assert "Quectel EC25" in done.stdout
