"""``dmrig doctor`` says what is there, what is missing and how to get it, and never hangs or falls over."""

from __future__ import annotations

import grp
import json
import os
import socket
import ssl
import sys
import tty
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from hil.cli import doctor as cli
from hil.doctor import examine as examining
from hil.doctor import machine, pcsc, serial_ports, software
from hil.doctor.finding import PURPOSES, Finding, Purpose
from hil.errors import ExitCode
from hil.modem.holders import holders


def by_name(findings: Iterator[Finding] | list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def states(said: dict[str, Any] | None) -> dict[str, str]:
    return {finding.name: finding.state for finding in pcsc.describe(said)}


def test_this_machine_can_run_the_virtual_rig() -> None:
    findings = examining.examine()
    assert [each for each in findings if each.seen.startswith("the check failed")] == []
    assert examining.is_ready(findings)
    assert [each.purpose for each in findings] == sorted((e.purpose for e in findings), key=PURPOSES.index)
    found = by_name(findings)
    assert found["Python"].seen.startswith(f"{sys.version_info.major}.")
    assert "Flask" in found["libraries"].seen
    assert ssl.OPENSSL_VERSION in found["TLS"].seen
    assert "1.2, 1.3" in found["TLS"].seen


def test_whatever_is_missing_or_broken_says_how_to_get_it() -> None:
    for each in examining.examine():
        assert each.is_good or each.remedy, each


def test_a_check_that_fails_is_a_finding() -> None:
    def falls_over() -> Iterator[Finding]:
        yield Finding("before", "ok", "fine")
        raise ValueError("boom")

    findings = examining.examine((("the virtual rig", falls_over),))
    assert by_name(findings)["falls over"].seen == "the check failed: ValueError: boom"
    assert not examining.is_ready(findings)


@pytest.mark.parametrize(
    ("purpose", "code"), [("the virtual rig", ExitCode.PART), ("real cards", ExitCode.PASSED)]
)
def test_only_what_the_virtual_rig_needs_decides_the_exit_code(
    purpose: Purpose, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Finding("thing \x1b[2J", "missing", "not there", "get it", purpose)]
    monkeypatch.setattr(examining, "examine", lambda: found)
    ran = CliRunner().invoke(cli.command, [], standalone_mode=False)
    assert ran.return_value == code
    assert "try: get it" in ran.output
    assert "\x1b" not in ran.output
    ran = CliRunner().invoke(cli.command, ["--json"], standalone_mode=False)
    assert ran.return_value == code
    said = json.loads(ran.output)
    assert said["ready"] is (code == 0)
    assert said["findings"][0]["remedy"] == "get it"


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(software.LIBRARIES, "no-such-thing", "no_such_thing_here")
    first, second = software.libraries()
    assert (first.state, first.seen) == ("missing", "no-such-thing")
    assert first.remedy == "python -m pip install no-such-thing"
    assert "no-such-thing" not in second.seen


def test_missing_data_files_are_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("hil.data.root", lambda: tmp_path)
    assert next(software.data_files()).state == "missing"


def test_a_loopback_that_takes_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(99, "Cannot assign requested address")

    monkeypatch.setattr(socket, "create_server", refuse)
    found = next(machine.loopback())
    assert found.state == "broken"
    assert "Cannot assign" in found.seen


def test_no_pseudo_terminal_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(2, "out of pty devices")

    monkeypatch.setattr(os, "openpty", refuse)
    assert next(machine.pseudo_terminals()).state == "broken"


# PC/SC: what the probe may say


def test_the_library_that_is_not_there_is_told_from_the_daemon_that_is_not() -> None:
    assert states(pcsc.ask("/nonexistent/libpcsclite.so")) == {"PC/SC library": "missing"}
    assert states({"library": "l", "establish": 0x8010001D}) == {"PC/SC library": "ok", "pcscd": "missing"}
    assert states({"library": "l", "establish": pcsc.DENIED}) == {"PC/SC library": "ok", "pcscd": "broken"}
    assert states({"library": "l", "establish": 0x80100001}) == {"PC/SC library": "ok", "pcscd": "broken"}


def test_a_library_that_is_no_pc_sc_library_is_broken() -> None:
    said = pcsc.ask("libc.so.6")
    assert said is not None
    assert "SCardEstablishContext" in said["crashed"]
    assert states(said) == {"PC/SC library": "broken"}


def test_a_probe_that_does_not_come_back_is_given_up_on() -> None:
    assert pcsc.ask(seconds=0.0) is None
    assert states(None) == {"pcscd": "broken"}


def test_readers_and_cards() -> None:
    empty = {"name": "a", "card": False, "mute": False, "in use": False, "unavailable": False, "atr": ""}
    readers = [
        empty,
        empty | {"name": "b", "card": True, "atr": "3B00"},
        empty | {"name": "c", "card": True, "atr": "3B00", "in use": True},
        empty | {"name": "d", "card": True, "mute": True},
        empty | {"name": "e", "unavailable": True},
    ]
    found = by_name(pcsc.describe({"library": "l", "readers": readers}))
    assert found["reader a"].seen == "no card"
    assert found["reader b"].seen == "a card with ATR 3B00"
    assert found["reader c"].seen == "a card with ATR 3B00, in use by another program"
    assert found["reader d"].seen.startswith("a card that does not answer")
    assert found["reader e"].seen.startswith("in use by another program")
    assert by_name(pcsc.describe({"library": "l", "readers": []}))["readers"].state == "info"
    assert states({"library": "l", "list": 0x80100001})["pcscd"] == "broken"


# Serial ports, on pseudo-terminals


@pytest.fixture
def port() -> Iterator[str]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def test_who_holds_a_port_is_found_out(port: str) -> None:
    held = holders({port, "/dev/nobody-has-this"})
    assert list(held) == [port]
    assert any(f"(pid {os.getpid()})" in holder for holder in held[port])
    found = serial_ports.describe_port(port, "a modem", held[port])
    assert found.state == "info"
    assert f"(pid {os.getpid()})" in found.seen


def test_a_port_is_not_called_a_modem() -> None:
    assert serial_ports.describe_port("/dev/null", "a modem", []).state == "ok"
    assert "no answer to AT was tried" in serial_ports.describe_port("/dev/null", "a modem", []).seen


def test_a_port_that_may_not_be_opened_says_which_group_to_join(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = serial_ports.describe_port(port, "a modem", [])
    assert found.state == "broken"
    assert found.remedy is not None
    monkeypatch.setattr(grp, "getgrgid", lambda _: SimpleNamespace(gr_name="dialout"))
    assert "usermod -aG dialout" in (serial_ports.describe_port(port, "a modem", []).remedy or "")
    monkeypatch.setattr(grp, "getgrgid", lambda _: SimpleNamespace(gr_name="root"))
    assert "udev" in (serial_ports.describe_port(port, "a modem", []).remedy or "")
    assert serial_ports.describe_port("/dev/gone", "a modem", []).remedy is not None
