"""Scenarios with the SIM inside the modem, by each of the three ways of AT commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil import data
from hil.errors import ExitCode, InvalidFile
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.check import obstacles
from hil.scenario.load import load_scenario
from hil.scenario.play import play

SCENARIOS = [
    data.scenarios() / "quickstart.yaml",
    *sorted(path for path in (data.scenarios() / "bootstrap").glob("*.yaml") if "card.insert" in path.read_text()),
]

RIG = (data.fixtures("rigs") / "sim-in-modem.yaml").read_text()


def run(path: Path, folder: Path, rig: str = RIG) -> RunResult:
    (folder / "rig.yaml").write_text(rig)
    (result,) = play([str(path)], str(folder / "rig.yaml"), out=folder / "out", junit=None)
    return result


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_by_csim(path: Path, tmp_path: Path) -> None:
    # Behind a serial line time is real: a card that takes 7 s for a command would take minutes for a bootstrap.
    (tmp_path / path.name).write_text(path.read_text().replace("slow: 7", "slow: 0.01"))
    result = run(tmp_path / path.name, tmp_path)
    assert result.passed, result.broken


@pytest.mark.parametrize("name", ["quickstart", "bootstrap/card-pulled-out", "bootstrap/card-swapped"])
def test_by_cgla(name: str, tmp_path: Path) -> None:
    result = run(data.scenarios() / f"{name}.yaml", tmp_path, RIG.replace("csim", "cgla"))
    assert result.passed, result.broken


@pytest.mark.parametrize("name", ["quickstart", "bootstrap/card-pulled-out", "bootstrap/card-swapped"])
def test_by_crsm(name: str, tmp_path: Path) -> None:
    """+CRSM selects no application: the PKCS#15 application has to be a directory, as on SIMs."""
    text = (data.scenarios() / f"{name}.yaml").read_text()
    changed = text.replace(
        "card.insert: operator-sim", "card.insert: {image: operator-sim, layout: {application: df}}"
    )
    if "operator-sim" in text and changed == text:
        changed = text.replace("image: operator-sim", "image: operator-sim, layout: {application: df}")
    assert changed != text
    (tmp_path / "scenario.yaml").write_text(changed)
    result = run(tmp_path / "scenario.yaml", tmp_path, RIG.replace("csim", "crsm"))
    assert result.passed, result.broken
    # Without that, the device finds none: the tests above this one are no coincidence.
    (tmp_path / "plain").mkdir()
    plain = run(data.scenarios() / f"{name}.yaml", tmp_path / "plain", RIG.replace("csim", "crsm"))
    assert plain.code is ExitCode.EXPECTATION_FAILED


def test_no_output_of_a_run_shows_the_card_s_secrets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same octets cross two seams: the card's, and in hex the modem's."""
    assert run(data.scenarios() / "quickstart.yaml", tmp_path).passed
    out = tmp_path / "out"
    private = (out / "private" / "raw.jsonl").read_text()
    assert b"device-secret-3f9c".hex() in private
    shown = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    shown["console"] = capsys.readouterr().out.encode()
    assert b"AT+CSIM=" in shown["trace.jsonl"]
    for secret in (
        b"device-secret-3f9c",
        b"server-secret-b71e",
        b"001010123456789",
        bytes.fromhex("080910101032547698"),
    ):
        for name, content in shown.items():
            for spelling in (secret, secret.hex().encode(), secret.hex().upper().encode()):
                assert spelling not in content, (name, secret)


def test_a_real_modem_s_card_is_inserted_by_hand(tmp_path: Path) -> None:
    rig = tmp_path / "rig.yaml"
    real = RIG.replace("modem: virtual", "modem: {kind: serial, port: /dev/ttyUSB2}").replace("push: sms\n", "")
    rig.write_text(real)
    found = obstacles(load_scenario(data.scenarios() / "quickstart.yaml"), load_rig(str(rig)))
    assert any("needs card.insert" in each for each in found)
    rig.write_text(rig.read_text().replace("by: csim", "by: csim, image: operator-sim"))
    with pytest.raises(InvalidFile, match=r"needs modem\.card"):
        load_rig(str(rig))


def test_the_card_is_in_from_the_start(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        "name: from the start\nsteps:\n  - device.power_on\n  - expect.account: {server: dm.example.com}\n"
    )
    rig = RIG.replace("by: csim", "by: csim, image: operator-sim")
    assert run(scenario, tmp_path, rig).passed
