"""Rig files are written from what there is; scenarios run on them: pcscd, vpcd, modems on pseudo-terminals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil import data
from hil.account import Account
from hil.card.image import load_image
from hil.card.uicc.build import build
from hil.card.uicc.identities import iccid_of
from hil.card.vpcd import VpcdReader
from hil.modem.about import About
from hil.modem.ports import Port
from hil.modem.virtual.profile import IMEI
from hil.rig.draft import draft
from hil.rig.load import load_rig
from hil.rig.survey import FoundModem, FoundReader, Survey
from hil.scenario.check import obstacles
from hil.scenario.load import load_scenario
from tests import pcscd
from tests.at_program import serving
from tests.peers import require

PORT = 18765
"""Of the server whose address is on the card."""


def dmrig(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=folder,
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder), **variables},
    )  # fmt: skip


@pytest.fixture
def hand() -> Iterator[VpcdReader]:
    require("pcscd", "vpcd", "pyscard")
    hand = VpcdReader(port=pcscd.shared().port)
    yield hand
    hand.disconnect()
    hand.remove()


SCENARIO = """
name: a card that is in the reader already
steps:
  - device.power_on
  - expect.account: {server: dm.example.com, origin: card}
  - expect.session: {alert: 1201, server: dm.example.com, auth: md5}
"""


@pytest.mark.pcsc
def test_a_scenario_runs_on_what_was_found(hand: VpcdReader, tmp_path: Path) -> None:
    url = {"server.url": f"http://127.0.0.1:{PORT}/dm", "server.bootstrap_url": f"http://127.0.0.1:{PORT}/b"}
    card = build(load_image("operator-sim").substituted(Account().variables() | url))
    iccid = iccid_of(card)
    assert iccid is not None
    hand.insert(card)
    other = "352099001761481"
    with (
        serving("--link", tmp_path / "modem1", "--card", "operator-sim") as first,
        serving("--link", tmp_path / "modem2", "--imei", other, "--vendor", "telit") as second,
    ):
        said = dmrig(
            tmp_path, "rig", "init", "lab.yaml", "--port", first.path, "--port", second.path, "--port", "/dev/null"
        )
        assert said.returncode == 0, said.stderr
        # masked on the screen, whole in the file, which is its owner's alone
        assert iccid[-4:] in said.stdout
        assert not [secret for secret in (iccid, IMEI, other) if secret in said.stdout + said.stderr]
        file = tmp_path / "lab.yaml"
        assert file.stat().st_mode & 0o777 == 0o600
        text = file.read_text()
        assert f'iccid: "{iccid}"' in text
        assert f'imei: "{IMEI}"' in text
        assert "# no modem: /dev/null" in text
        assert "its SIM is read by csim, cgla, crsm" in text
        assert "quirks of telit" in text
        # the other modem is a comment, and can be used as the one that sends
        assert f'# modem: {{kind: serial, port: "{second.path}", imei: "{other}"}}' in text
        assert f'# push: {{kind: modem, modem: "{second.path}"' in text

        assert dmrig(tmp_path, "rig", "init", "lab.yaml").returncode == 2
        assert file.read_text() == text

        shown = dmrig(tmp_path, "rig", "show", "lab.yaml", "--json")
        assert shown.returncode == 0, shown.stdout + shown.stderr
        parts = {each["role"]: each for each in json.loads(shown.stdout)["parts"]}
        assert parts["card"]["identity"]["reader"] == "Virtual PCD 00 00"
        assert parts["modem"]["holds"] == [f"port {Path(first.path).resolve()}"]
        assert IMEI not in shown.stdout

        # the server is where the card says
        file.write_text(text.replace("server: builtin", f"server: {{kind: builtin, port: {PORT}}}", 1))
        (tmp_path / "s.yaml").write_text(SCENARIO)
        run = dmrig(tmp_path, "run", "s.yaml", "--rig", "lab.yaml", "--out", "out")
        assert run.returncode == 0, run.stdout + run.stderr
        assert not [secret for secret in (iccid, IMEI) if secret in run.stdout]
        # what real parts cannot do is known; what a person can do is asked for
        (tmp_path / "cannot.yaml").write_text(
            "name: x\nsteps:\n  - card.insert: operator-sim\n  - modem.fault: reset\n  - modem.unplug\n"
        )
        check = dmrig(tmp_path, "check", "cannot.yaml", "--rig", "lab.yaml")
        assert check.returncode == 3
        assert [line.partition(" ")[0] for line in check.stdout.splitlines()] == ["cannot.yaml:4:5:"]
        assert "it would need 'modem: virtual'" in check.stdout

        hand.remove()
        empty = dmrig(tmp_path, "rig", "show", "lab.yaml")
        assert empty.returncode == 3
        assert "card     pcsc: no card is in Virtual PCD 00 00 or " in empty.stdout
        assert f"the one with ICCID •••{iccid[-4:]} is wanted" in empty.stdout

        first.end()
        gone = dmrig(tmp_path, "rig", "show", "lab.yaml")
        assert gone.returncode == 3
        assert "modem    serial: " in gone.stdout
        second.end()


def test_every_rig_that_comes_with_dmrig_is_listed(tmp_path: Path) -> None:
    said = dmrig(tmp_path, "rig", "list")
    assert said.returncode == 0, said.stderr
    names = [line for line in said.stdout.splitlines() if line and not line.startswith(" ")]
    assert names == sorted(path.stem for path in data.fixtures("rigs").glob("*.yaml"))
    assert "server: builtin, card: virtual, modem: virtual" in said.stdout


def test_nothing_plugged_in_is_the_virtual_rig(tmp_path: Path) -> None:
    """No pcscd, and no port but those that the machine has."""
    said = dmrig(tmp_path, "rig", "init", PCSCLITE_CSOCK_NAME=str(tmp_path / "none"))
    assert said.returncode == 0, said.stderr
    if "modem " not in said.stdout:
        assert "nothing is plugged in" in said.stdout
        assert "this is the virtual rig" in (tmp_path / "rig.yaml").read_text()
    run = dmrig(tmp_path, "run", "quickstart", "--rig", "rig.yaml", "--out", "out")
    assert run.returncode == 0, run.stdout


def test_what_hardware_says_of_itself_stays_in_its_place(tmp_path: Path) -> None:
    evil = 'A"\n  reader: "x\n# \x1b[2J'
    about = About(identity={"manufacturer": evil, "imei": evil}, sim="SIM PIN")
    usb = FoundModem(Port("/dev/ttyUSB2", evil, usb="2c7c:0125", interface=2), about)
    found = Survey(
        [FoundReader(evil, True, trouble=evil), FoundReader("second", True, "8901010123456789012", 1)],
        [usb, FoundModem(Port("/dev/ttyUSB6"), About(identity={"imei": IMEI}), ("crsm",), "8901")],
        [(Port(evil), evil)],
        [evil],
    )
    text = draft(found, "2026-01-01")
    assert "\x1b" not in text
    (tmp_path / "rig.yaml").write_text(text)
    plan = load_rig(str(tmp_path / "rig.yaml"))
    assert plan.parts["card"].settings.model_dump(exclude_unset=True) == {"iccid": "8901010123456789012"}
    # no number that the modem tells, so it is chosen by its place on the bus alone
    assert plan.parts["modem"].settings.model_dump(exclude_unset=True) == {"usb": "2c7c:0125:2"}
    assert "# pin:" in text
    # every alternative, taken out of its comment, is a rig too
    alternatives = [line[2:] for line in text.splitlines() if line.startswith(("# card:", "# modem:"))]
    assert len(alternatives) == 4
    for line in alternatives:
        role = line.partition(":")[0]
        kept = text if role == "card" else text.replace("\noperator: ask", "")
        lines = kept.splitlines()
        start = next(at for at, each in enumerate(lines) if each.startswith(f"{role}:"))
        end = next(at for at in range(start + 1, len(lines)) if not lines[at].startswith("  "))
        (tmp_path / "rig.yaml").write_text("\n".join([*lines[:start], line, *lines[end:]]))
        assert load_rig(str(tmp_path / "rig.yaml")).parts[role].cls.role == role


@pytest.mark.parametrize(
    "found",
    [
        Survey(readers=[FoundReader("empty", False)]),
        Survey(readers=[FoundReader("dark", True, trouble="no answer")]),
        Survey(modems=[FoundModem(Port("/dev/ttyUSB2"), About(identity={"imei": IMEI}), ("cgla", "crsm"))]),
        Survey(modems=[FoundModem(Port("socket://192.0.2.1:7000"), About())]),
    ],
    ids=[
        "a reader without a card",
        "a card that cannot be read",
        "a SIM in a modem",
        "a modem that tells nothing",
    ],
)
def test_each_draft_is_a_rig_on_which_a_device_can_be_woken(found: Survey, tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text(draft(found, "2026-01-01"))
    plan = load_rig(str(tmp_path / "rig.yaml"))
    (tmp_path / "s.yaml").write_text("name: x\nsteps: [device.power_on, server.notify, card.remove]\n")
    assert obstacles(load_scenario(tmp_path / "s.yaml"), plan) == []
