"""A person does what the rig cannot: asked on a real terminal, looked after, and not waited for for ever."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.card.image import load_image
from hil.card.uicc.build import build
from hil.card.vpcd import VpcdReader
from hil.errors import CannotDo
from hil.rig.load import RigChoice, load_rig
from hil.scenario.check import by_hand, obstacles, refuse_obstacles, unavailable
from hil.scenario.load import load_scenario
from tests import pcscd
from tests.at_program import SECONDS, serving
from tests.peers import require

ICCID = "8901010123456789012"
RIG = f"""
server: builtin
card: {{kind: pcsc, reader: "Virtual PCD ?? 00"}}
modem: virtual
device: simulated
operator: {{kind: ask, within: 1 min, cards: {{bare-sim: "{ICCID}"}}}}
"""
STEPS = """
name: by hand
steps:
  - card.insert: bare-sim
  - device.power_on
  - card.remove
"""


class Desk:
    """The end of a pseudo-terminal at which a person sits."""

    def __init__(self, run: subprocess.Popen[str], terminal: int) -> None:
        self.run = run
        self._terminal = terminal
        self.seen = ""

    def sees(self, pattern: str) -> None:
        """Reads on until it stands there; what comes after it is read later."""
        deadline = time.monotonic() + 3 * SECONDS
        while (found := re.search(pattern, self.seen)) is None:
            assert time.monotonic() < deadline, self.seen
            assert self.run.poll() is None, (self.seen, self.run.stdout and self.run.stdout.read())
            if select.select([self._terminal], [], [], 0.2)[0]:
                self.seen += os.read(self._terminal, 4096).decode()
        self.seen = self.seen[found.end() :]

    def types(self, text: str = "") -> None:
        os.write(self._terminal, (text + "\n").encode())

    def ends(self, code: int) -> str:
        said, _ = self.run.communicate(timeout=3 * SECONDS)
        assert self.run.returncode == code, said
        return said


@contextmanager
def seated(folder: Path, rig: str = RIG, steps: str = STEPS, *more: str) -> Iterator[Desk]:
    (folder / "rig.yaml").write_text(rig)
    (folder / "s.yaml").write_text(steps)
    desk_end, program_end = os.openpty()
    words = ["run", str(folder / "s.yaml"), "--rig", str(folder / "rig.yaml"), "--out", str(folder / "out"), *more]
    run = subprocess.Popen(
        [sys.executable, "-m", "hil", *words], stdin=program_end, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Desk(run, desk_end)
    finally:
        run.kill()
        run.communicate()
        os.close(desk_end)
        os.close(program_end)


@pytest.fixture
def hand() -> Iterator[VpcdReader]:
    require("pcscd", "vpcd", "pyscard")
    hand = VpcdReader(port=pcscd.shared().port)
    yield hand
    hand.disconnect()
    hand.remove()


@pytest.mark.pcsc
def test_a_card_is_put_in_and_pulled_out_by_a_person(hand: VpcdReader, tmp_path: Path) -> None:
    with seated(tmp_path) as desk:
        desk.sees(f"Please insert the card 'bare-sim' \\(ICCID •••{ICCID[-4:]}\\) into Virtual PCD 00 00")
        desk.sees("> ")
        # too early
        desk.types()
        desk.sees("not yet: there is no card in Virtual PCD 00 00.*\r\n.*Please insert")
        # another card
        hand.insert(build(load_image("bare-sim")))
        desk.types()
        desk.sees("not yet: the card in Virtual PCD 00 00 has the ICCID •••(?!9012)")
        hand.remove()
        hand.insert(build(load_image("bare-sim").model_copy(update={"iccid": ICCID})))
        desk.sees("> ")
        desk.types()
        desk.sees("Please remove the card from Virtual PCD 00 00")
        desk.sees("> ")
        desk.types()
        desk.sees("not yet: there is still a card")
        hand.remove()
        desk.sees("> ")
        desk.types()
        said = desk.ends(0)
    assert "a person was asked to remove the card from Virtual PCD 00 00, and did" in said
    assert ICCID not in said + (tmp_path / "out" / "trace.jsonl").read_text()


def by_modem(port: str, within: str) -> str:
    return (
        f'server: builtin\ncard: virtual\nmodem: {{kind: serial, port: "{port}", back_within: 30 s}}\n'
        f"device: simulated\noperator: {{kind: ask, within: {within}}}\n"
    )


UNPLUG = "name: unplugged\nsteps: [device.power_on, modem.unplug]\n"


def test_nobody_comes_or_somebody_says_why_not(tmp_path: Path) -> None:
    with serving("--link", tmp_path / "modem") as program:
        with seated(tmp_path, by_modem(program.path, "1 s"), UNPLUG) as desk:
            desk.sees("Please unplug the modem")
            said = desk.ends(3)
            assert "a person was asked to unplug the modem, and it was not done within 1 s" in said
        (tmp_path / "again").mkdir()
        with seated(tmp_path / "again", by_modem(program.path, "1 min"), UNPLUG) as desk:
            desk.sees("Please unplug the modem")
            desk.sees("> ")
            desk.types("it is glued in\x1b[2J")
            said = desk.ends(3)
            assert "and said: it is glued in" in said
            assert "\x1b" not in said
        program.end()


def test_a_time_out_counts_while_a_person_is_asked(tmp_path: Path) -> None:
    rig = "server: builtin\ndevice: {kind: external, trigger: 'true'}\noperator: {kind: ask, within: 10 min}\n"
    steps = "name: asked\nsteps: [{device.power_on: , timeout: 3 s}]\n"
    with seated(tmp_path, rig, steps) as desk:
        desk.sees(r"Please switch the device on\.\r\n.*\(3 s left\)")
        said = desk.ends(1)
    expected = (
        "time-out: this step may take 3 s, and that time is over: a person was asked to switch the device on"
    )
    assert expected in said.replace("\n", " ")


def test_a_modem_is_unplugged_while_the_question_stands(tmp_path: Path) -> None:
    with (
        serving("--link", tmp_path / "modem") as program,
        seated(tmp_path, by_modem(program.path, "1 min"), UNPLUG) as desk,
    ):
        desk.sees("Please unplug the modem")
        desk.sees("> ")
        desk.types()
        desk.sees("not yet: the line .* is still there")
        desk.sees("> ")
        program.end()
        desk.types()
        assert "the modem has gone" in desk.ends(0)


def test_a_modem_is_plugged_in_again_by_a_person(tmp_path: Path) -> None:
    steps = UNPLUG.replace("modem.unplug", "modem.unplug, modem.plug")
    with (
        serving("--link", tmp_path / "modem") as program,
        seated(tmp_path, by_modem(program.path, "1 min"), steps) as desk,
    ):
        desk.sees("Please unplug the modem")
        desk.sees("> ")
        program.end()
        desk.types()
        desk.sees("Please plug the modem in again")
        desk.sees("> ")
        desk.types()
        desk.sees("not yet: its line is not back")
        desk.sees("> ")
        with serving("--link", tmp_path / "modem") as again:
            desk.types()
            said = desk.ends(0)
            again.end()
        assert "a person was asked to plug the modem in again, and did" in said


def test_without_a_terminal_it_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text(RIG)
    (tmp_path / "s.yaml").write_text(STEPS)
    words = [sys.executable, "-m", "hil"]
    rig = ["--rig", str(tmp_path / "rig.yaml")]
    run = subprocess.run(
        [*words, "run", str(tmp_path / "s.yaml"), *rig, "--out", str(tmp_path / "out")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 3
    assert f"{tmp_path}/s.yaml:4:5: card.insert: a person has to do it, and there is no terminal" in run.stderr
    assert f"{tmp_path}/s.yaml:6:5: card.remove" in run.stderr
    assert "device.power_on" not in run.stderr
    assert not (tmp_path / "out").exists()
    # a check is about the rig, not about who sits there
    check = subprocess.run(
        [*words, "check", str(tmp_path / "s.yaml"), *rig], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert check.returncode == 0, check.stdout
    assert "3 steps, 2 of them by a person" in check.stdout
    assert f"{tmp_path}/s.yaml:4:5: card.insert is asked of a person" in check.stdout


def test_what_a_rig_cannot_do_and_what_it_would_need(tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text(RIG.partition("operator:")[0])
    (tmp_path / "s.yaml").write_text(
        "name: x\nsteps:\n  - card.insert: {image: bare-sim, faults: {}}\n  - device.power_on\n  - card.remove\n"
    )
    scenario = load_scenario(tmp_path / "s.yaml")
    without = obstacles(scenario, load_rig(str(tmp_path / "rig.yaml")))
    assert [line.partition(" ")[0].rpartition("/")[2] for line in without] == [
        "s.yaml:3:5:", "s.yaml:3:5:", "s.yaml:5:5:"
    ]  # fmt: skip
    assert all("it would need 'card: virtual'" in line for line in without)
    assert "'operator: ask'" in without[-1]
    # a person changes no image
    asked = load_rig(RigChoice(str(tmp_path / "rig.yaml"), ask=True))
    (left,) = obstacles(scenario, asked)
    assert "needs card.image" in left
    assert "operator" not in left.partition("would need")[2]
    assert [step.kind.name for step in by_hand(scenario, asked)] == ["card.insert", "card.remove"]
    # where a machine does it, nobody is asked
    virtual = load_rig(RigChoice(ask=True))
    assert by_hand(scenario, virtual) == unavailable(scenario, virtual) == []
    refuse_obstacles(scenario, virtual)
    with pytest.raises(CannotDo, match="no terminal"):
        refuse_obstacles(scenario, asked)


def test_a_device_is_switched_by_hand_where_it_cannot_be_otherwise() -> None:
    from hil.operator.hands import SwitchesDevice

    said: list[str] = []

    class Person:
        def ask(self, what: str) -> None:
            said.append(what)

    device = SwitchesDevice(object(), Person())  # type: ignore[arg-type]
    device.power_on()
    device.power_off()
    assert said == ["switch the device on", "switch the device off"]
