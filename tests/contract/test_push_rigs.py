"""Rigs that wake a device through another network: a second modem. And what docs/push.md says of all of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from hil.modem.virtual.profile import NUMBER
from hil.part import kinds_of
from hil.push.senders.table import settings_of
from hil.rig import kinds
from hil.scenario.find import shipped
from hil.scenario.play import play
from tests.modem_pair import two_modems

PAGE = (Path(__file__).parents[2] / "docs" / "push.md").read_text()
SENDS = [line.strip() for line in PAGE.splitlines() if "dmrig push send" in line and line.startswith("    ")]
RIGS = sorted(set(re.findall(r"`push: (\{[^`]*\})`", PAGE)))


def test_a_second_modem_wakes_the_device(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(
        """\
name: A second modem wakes the device
steps:
  - card.insert: operator-sim
  - device.power_on
  - expect.session: {alert: 1201}
  - server.notify: {session: 7, padding: 150}
  - expect.session: {alert: 1200, id: "7", within: 20 s}
"""
    )
    with two_modems() as (senders, devices):
        (tmp_path / "rig.yaml").write_text(
            f"""\
server: builtin
card: virtual
modem: {{kind: serial, port: {devices.path}}}
push: {{kind: modem, modem: {senders.path}, to: "{NUMBER}"}}
device: simulated
"""
        )
        rig = str(tmp_path / "rig.yaml")
        (result,) = play([str(tmp_path / "scenario.yaml")], rig, out=tmp_path / "out", junit=None)
        assert result.passed, (result.message, result.broken)
        assert len(senders.smsc.submitted) == 2


@pytest.mark.parametrize("rig", RIGS)
def test_the_pages_rigs_are_right(rig: str) -> None:
    said = {name: str(value) for name, value in yaml.safe_load(rig).items()}
    kind = said.pop("kind")
    kinds.load("push", kind)
    kinds_of("push")[kind].Settings.model_validate(said)


def test_the_page_has_every_kind_and_every_sender() -> None:
    named = {yaml.safe_load(rig)["kind"] for rig in RIGS} | set(re.findall(r"`push: ([a-z-]+)`", PAGE))
    assert named == set(kinds.kinds("push"))
    assert {re.split(r"[:/]", re.findall(r"--to (\S+)", line)[0])[0] for line in SENDS} == {
        "udp", "sms", "https", "pap", "smpp"
    }  # fmt: skip


@pytest.mark.parametrize("line", SENDS)
def test_the_pages_commands_are_right(line: str) -> None:
    words = shlex.split(line.rpartition("|")[2])
    scheme = words[words.index("--to") + 1].partition(":")[0]
    known = settings_of(scheme).model_fields
    said = [words[index + 1] for index, word in enumerate(words) if word == "--set"]
    assert all("=" in each and re.split(r"[.=]", each)[0] in known for each in said)


def test_the_pages_scenarios_are_there() -> None:
    assert set(re.findall(r"`((?:notification|security)/[a-z0-9-]+)`", PAGE)) <= set(shipped())
