"""Scenarios about the card's web server: the same in every run, the same behind pcscd, and no secret shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hil import data
from hil.errors import ExitCode
from hil.trace.record import Record
from tests.pcscd import pcscd
from tests.peers import require
from tests.scenario.test_scenarios import dmrig, play

SECRETS = (b"device-secret-3f9c", b"server-secret-b71e")


@pytest.mark.parametrize("name", ["bip", "ip"])
def test_two_runs_show_the_same(name: str) -> None:
    """But for what TLS makes up: its lengths differ, and so do the APDUs that carry them."""

    def told(records: list[Record]) -> list[str]:
        lines = [f"{r.at} {r.part} {r.way} {r.text}" for r in records if r.kind not in ("apdu", "http", "at")]
        return [re.sub(r"(127\.0\.0\.1:)\d+", r"\1", line) for line in lines]

    result, first = play(data.scenarios() / "scws" / f"{name}.yaml")
    assert result.passed
    assert sum("the card's web server: https GET /OMA/DM/Bootstrap.xml: 200" in r.text for r in first) == 1
    for _ in range(3):
        assert told(play(data.scenarios() / "scws" / f"{name}.yaml")[1]) == told(first)


def test_why_the_exchange_broke_is_told() -> None:
    _, records = play(data.scenarios() / "scws" / "card-pulled-out.yaml")
    assert any(r.part == "device" and re.match("card: the card in .* was removed", r.text) for r in records)


@pytest.mark.pcsc
@pytest.mark.parametrize("scenario", ["bip", "ip", "card-pulled-out", "terminal"])
def test_behind_pcscd(tmp_path: Path, scenario: str) -> None:
    require("pcscd", "vpcd", "pyscard")
    with pcscd() as running:
        rig = tmp_path / "rig.yaml"
        card = f"{{kind: vpcd, port: {running.port}}}"
        rig.write_text(f"server: builtin\ncard: {card}\nmodem: virtual\npush: sms\ndevice: simulated\n")
        env = {"PCSCLITE_CSOCK_NAME": str(running.socket)}
        done = dmrig("run", f"scws/{scenario}", "--rig", "rig.yaml", "--out", "out", cwd=tmp_path, env=env)
    assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out" / "trace.jsonl").read_text().splitlines()]
    toolkit = [line for line in lines if "toolkit" in line.get("fields", line)]
    assert bool(toolkit) is (scenario != "ip")


@pytest.mark.parametrize("piece", ["240", "7"])
def test_no_secret_is_shown_even_when_the_card_sends_it_in_plain(tmp_path: Path, piece: str) -> None:
    shipped = (data.scenarios() / "scws" / "plain-http.yaml").read_text()
    assert "plain: served" in shipped
    (tmp_path / "plain.yaml").write_text(shipped.replace("plain: served", f"plain: served, piece: {piece}"))
    done = dmrig("run", "plain.yaml", "--out", "out", "-v", cwd=tmp_path)
    assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
    out = tmp_path / "out"
    kept = b"".join(path.read_bytes() for path in (out / "private").iterdir())
    shown = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    shown["console"] = (done.stdout + done.stderr).encode()
    assert b"SEND DATA" in shown["trace.jsonl"]
    for secret in SECRETS:
        halves = [secret, secret[: len(secret) // 2], secret[len(secret) // 2 :]]
        for name, content in shown.items():
            for half in halves:
                assert half not in content, (name, half)
    assert piece != "240" or any(secret in kept or secret.hex().encode() in kept for secret in SECRETS)
