"""``dmrig doctor`` with a real PC/SC library: pcscd running, not running, and stuck."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

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
