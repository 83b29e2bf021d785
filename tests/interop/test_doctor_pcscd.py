"""``dmrig doctor`` with a real PC/SC library: pcscd running, not running, and stuck."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hil.card import install
from hil.doctor import pcsc
from tests.pcscd import pcscd
from tests.peers import require

pytestmark = pytest.mark.pcsc


def found(seconds: float = 5.0) -> dict[str, tuple[str, str]]:
    return {finding.name: (finding.state, finding.seen) for finding in pcsc.describe(pcsc.ask(seconds=seconds))}


def test_no_pcscd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    require("pcscd")
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "nobody"))
    assert found() == {
        "PC/SC library": ("ok", "libpcsclite.so.1"),
        "pcscd": ("missing", "installed, but not running"),
    }


def test_a_pcscd_that_never_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    require("pcscd")
    path = tmp_path / "stuck"
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(path))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        said = found(seconds=1.0)
    assert {name: state for name, (state, _) in said.items()} == {"pcscd": "broken"}


def test_a_virtual_reader_can_be_used_only_when_it_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    require("pcscd", "vpcd")
    monkeypatch.setattr(install, "CONFIGURATION", tmp_path)
    with pcscd() as running:
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(running.socket))
        (tmp_path / "vpcd").write_text(f"DEVICENAME /dev/null:{running.port:#x}\nLIBPATH libifdvpcd.so\n")
        there = {each.name: each for each in pcsc.pc_sc()}
    gone = {each.name: each for each in pcsc.pc_sc()}
    assert there["vpcd"].state == "ok"
    assert f"card: {{kind: vpcd, port: {running.port}}}" in there["vpcd"].seen
    # to look is not to insert a card
    assert {each.seen for name, each in there.items() if name.startswith("reader")} == {"no card"}
    assert gone["vpcd"].state == "missing"
    assert "pcscd does not answer" in gone["vpcd"].seen


def test_a_running_pcscd_and_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    require("pcscd", "vpcd")
    with pcscd() as running:
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(running.socket))
        said = found()
    assert said.pop("PC/SC library")[0] == "ok"
    assert said.pop("pcscd") == ("ok", "it answers")
    # the driver has two slots
    assert len(said) >= 1
    assert all(name.startswith("reader Virtual PCD") for name in said)
    assert set(said.values()) == {("ok", "no card")}
