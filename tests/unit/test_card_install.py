"""What is said to be missing for cards depends on what is there, and is said in one way only."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hil.card import install, pcsc_errors
from hil.doctor import pcsc, software
from hil.errors import PartMissing


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it."""
    monkeypatch.setattr(install, "DRIVER_PLACES", (tmp_path / "drivers",))
    monkeypatch.setattr(install, "CONFIGURATION", tmp_path / "reader.conf.d")
    return tmp_path


def put_driver(machine: Path) -> None:
    (machine / "drivers" / "serial").mkdir(parents=True)
    (machine / "drivers" / "serial" / "libifdvpcd.so.0.8").touch()


def configure(machine: Path, *ports: str) -> None:
    folder = machine / "reader.conf.d"
    folder.mkdir()
    text = "".join(f"FRIENDLYNAME x\nDEVICENAME   /dev/null:{port}\nLIBPATH /x/libifdvpcd.so\n" for port in ports)
    (folder / "vpcd").write_text(text)
    (folder / "other").write_text("DEVICENAME /dev/ttyS0:GemPCTwin\nLIBPATH /x/libccidtwin.so\n")


def test_a_driver_that_is_not_there_is_to_be_installed(machine: Path) -> None:
    assert install.vpcd_hint("127.0.0.1", 35963) == install.VPCD
    assert pcsc.virtual_reader(True).remedy == install.VPCD


def test_a_driver_that_is_there_is_not_to_be_installed(machine: Path) -> None:
    put_driver(machine)
    hint = install.vpcd_hint("127.0.0.1", 35963)
    assert "apt-get" not in hint
    assert "restart pcscd" in hint
    assert "card: {kind: vpcd, port: ...}" in hint


def test_a_reader_at_another_port_is_named(machine: Path) -> None:
    put_driver(machine)
    configure(machine, "0x8C7C", "36001")
    assert install.vpcd_ports() == [0x8C7C, 36001]
    assert install.vpcd_hint("127.0.0.1", 35963).endswith("card: {kind: vpcd, port: 35964}")
    assert "restart pcscd" in install.vpcd_hint("127.0.0.1", 36001)


def test_another_machine_is_not_told_to_be_this_one(machine: Path) -> None:
    assert "192.0.2.1" in install.vpcd_hint("192.0.2.1", 35963)


def test_who_listens_is_read_and_not_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert install.is_listening(port) is True
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert install.is_listening(port) is False
    monkeypatch.setattr(install, "PROC", tmp_path)
    assert install.is_listening(port) is None


def test_doctor_holds_a_virtual_reader_for_usable_only_when_everything_is_there(machine: Path) -> None:
    put_driver(machine)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        configure(machine, str(port))
        assert pcsc.virtual_reader(True).state == "ok"
        assert f"card: {{kind: vpcd, port: {port}}}" in pcsc.virtual_reader(True).seen
        assert pcsc.virtual_reader(False).state == "missing"
        assert "pcscd does not answer" in pcsc.virtual_reader(False).seen
    found = pcsc.virtual_reader(True)
    assert found.state == "missing"
    assert f"nothing listens at port {port}" in found.seen
    assert "restart pcscd" in (found.remedy or "")


def test_pyscard_is_asked_for_in_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "_version", lambda *_: "")
    (finding,) = software.pyscard()
    monkeypatch.setattr(pcsc_errors, "library", lambda: "libpcsclite.so.1")
    monkeypatch.setitem(__import__("sys").modules, "smartcard.scard", None)
    with pytest.raises(PartMissing) as caught:
        pcsc_errors.load_scard()
    assert finding.remedy == caught.value.hint == install.PYSCARD
    for word in ("gcc", "python3-dev", "libpcsclite-dev", "'.[pcsc]'", "extra 'pcsc'"):
        assert word in install.PYSCARD
