"""A device that is no part of dmrig: a plain DM 1.2 client (tests/external_client), driven by commands.

The same scenarios as of the simulated device; the verdicts on rules that it breaks on purpose; and programs that
end with the run, whatever becomes of it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path

import pytest

from hil import data
from hil.cli.card.options import virtual
from hil.errors import ExitCode, InvalidFile
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.check import obstacles
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from hil.trace.mask import Masker
from hil.trace.record import Record
from tests.pcscd import pcscd
from tests.peers import require
from tests.scenario.test_scenarios import dmrig

CLIENT = Path(__file__).parents[1] / "external_client" / "client.py"

RIG = """
server: builtin
card: virtual
modem: virtual
push: udp
device:
  kind: external
  start: {run: ["$PYTHON", "$CLIENT", serve$MORE], stays: yes, ready: ready}
  trigger: ["$PYTHON", "$CLIENT", trigger]
  answer: ["$PYTHON", "$CLIENT", answer]
  tree: ["$PYTHON", "$CLIENT", tree]
  log: ["${device.directory}/client.json"]
  listen: {udp: "127.0.0.1:0"}
  identity: {make: Plain}
  environment: {CLIENT_MAN: dmrig}
"""


def rig_file(tmp_path: Path, *more: str, text: str = RIG) -> Path:
    """A rig with the client, which is started with these words more."""
    said = text.replace("$PYTHON", sys.executable).replace("$CLIENT", str(CLIENT))
    path = tmp_path / "rig.yaml"
    path.write_text(said.replace("$MORE", "".join(f", {word}" for word in more)))
    return path


def play(path: Path, rig: Path, directory: Path | None = None) -> tuple[RunResult, list[Record]]:
    records: list[Record] = []
    result = run_scenario(
        load_scenario(path),
        load_rig(str(rig)),
        lambda recorder: recorder.subscribe(records.append),
        directory=directory,
    )
    return result, records


def written(tmp_path: Path, steps: str, head: str = "") -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(f"name: plain\npatience: 15 s\n{head}\nsteps:\n{steps}")
    return path


def said_by(result: RunResult) -> str:
    return result.broken.message if result.broken else result.message


LIFE = """
  - server.commands:
      - get: {uri: ./DevInfo/Mod, expect: {value: Plain}}
      - add: {uri: ./Settings/A, value: hello}
      - replace: {uri: ./Settings/A, value: hello again}
  - device.power_on
  - device.connect
  - expect.session: {alert: 1201, auth: md5}
  - expect.answers
  - expect.header: {message: 1, ver_proto: DM/1.2, cred: md5}
  - expect.node: {uri: ./Settings/A, value: hello again}
  - expect.tree: {uri: ./Settings, nodes: {A: hello again}, only: yes}
  - expect.account: dm.example.com
  - server.notify: {session: 0x00A7}
  - expect.session: {alert: 1200, id: A7, auth: md5}
  - user.answers: [no, {types: red}]
  - server.commands:
      - confirm: {text: Really?, expect: {status: 304}}
      - input: {text: Which colour?, expect: {status: 200}}
  - device.power_cycle
  - device.connect
  - expect.session: {alert: 1201}
  - expect.asked: Really?
  - expect.asked: {text: Which colour?, code: 1102}
  - expect.answers
  - expect.notes: {none: yes}
  - device.crash
  - device.power_on
  - expect.node: {uri: ./Settings/A, value: hello again}
"""


def test_a_life_of_another_client(tmp_path: Path) -> None:
    """Managed, woken by a push, asked, switched off and on, crashed: everything that the commands give."""
    kept = tmp_path / "run"
    kept.mkdir()
    result, records = play(written(tmp_path, LIFE), rig_file(tmp_path), kept)
    assert result.passed, said_by(result)
    assert result.properties["device.make"] == "Plain"
    # its messages are recorded at the server's door, its output as notes
    kinds = {record.kind for record in records if record.part == "server"}
    assert {"http", "dm"} <= kinds
    assert any(record.text == "start: ready" for record in records)
    # its own file is kept
    assert json.loads((kept / "device-log" / "client.json").read_text())["tree"]["./Settings/A"] == "hello again"


@pytest.mark.parametrize("modem", ["offered", '{kind: offered, tcp: "127.0.0.1:0"}'])
def test_a_notification_by_sms_reaches_its_own_line(tmp_path: Path, modem: str) -> None:
    """The client alone reads the modem, by AT commands: one SMS, and one behind another that the network lost."""
    text = RIG.replace("modem: virtual", f"modem: {modem}").replace("push: udp", "push: sms")
    text = text.replace('  listen: {udp: "127.0.0.1:0"}\n', "")
    steps = """
  - device.power_on
  - server.notify: {session: 0x00A7}
  - expect.session: {alert: 1200, id: A7, auth: md5}
  - modem.network: {loss: 1}
  - server.notify: {session: 0x00A8}
  - expect.silence: {duration: 500 ms}
  - modem.network
  - server.notify: {session: 0x00A9}
  - expect.session: {alert: 1200, id: A9}
"""
    result, records = play(written(tmp_path, steps, 'account: {protocol: "1.2"}'), rig_file(tmp_path, text=text))
    assert result.passed, said_by(result)
    assert result.properties["modem.kind"] == "offered"
    assert [record.text for record in records].count("start: woken") == 2


def test_a_modem_that_is_offered_is_not_for_the_simulated_device(tmp_path: Path) -> None:
    text = "server: builtin\ncard: virtual\nmodem: offered\npush: sms\ndevice: simulated\n"
    with pytest.raises(InvalidFile, match=r"needs modem\.listen"):
        load_rig(str(rig_file(tmp_path, text=text)))


@pytest.mark.pcsc
def test_it_reads_the_card_through_pcscd(tmp_path: Path) -> None:
    """Another program with pyscard, at the reader that it is told; the next card is found as well."""
    require("pcscd", "vpcd", "pyscard")
    text = """
server: builtin
card: {kind: vpcd, port: $PORT}
device: {kind: external, trigger: [$PYTHON, $CLIENT, card]}
"""
    steps = """
  - card.insert: test-usim
  - device.connect
  - card.remove
  - card.insert: operator-sim
  - device.connect
"""
    with pcscd() as running:
        rig = rig_file(tmp_path, text=text.replace("$PORT", str(running.port)))
        env = {"PCSCLITE_CSOCK_NAME": str(running.socket)}
        path = written(tmp_path, steps)
        done = dmrig("run", str(path), "--rig", str(rig), "--out", "out", cwd=tmp_path, env=env)
    assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out" / "trace.jsonl").read_text().splitlines()]
    said = [line["text"].removeprefix("trigger: ") for line in lines if line["text"].startswith("trigger: ")]
    atrs = [line for line in said if line.startswith("ATR ")]
    assert atrs == [f"ATR {virtual(image).connect().hex().upper()}" for image in ("test-usim", "operator-sim")]
    # TS 102 221, 13.1: application template, AID of a USIM (TS 101 220, annex E)
    assert any(line.startswith("EF(DIR) 61") and "A0000000871002" in line for line in said)


DEVICE = RIG.partition("device:\n")[2].replace("\n  ", "\n").removeprefix("  ")


def device_file(folder: Path, text: str = DEVICE) -> None:
    said = text.replace("$PYTHON", sys.executable).replace("$CLIENT", str(CLIENT)).replace("$MORE", "")
    (folder / "external.yaml").write_text(said)


def test_a_rig_names_a_file_with_the_device(tmp_path: Path) -> None:
    """Beside the rig file; commands run in its folder."""
    (tmp_path / "lab").mkdir()
    device_file(tmp_path / "lab")
    rig = rig_file(tmp_path, text="server: builtin\npush: udp\ndevice: lab/external.yaml\n")
    plan = load_rig(str(rig))
    assert not plan.jumps
    assert getattr(plan.parts["device"].settings, "folder", "") == str(tmp_path / "lab")
    result, _ = play(written(tmp_path, SESSION), rig)
    assert result.passed, said_by(result)


def test_a_scenario_names_a_file_with_the_device(tmp_path: Path) -> None:
    """On the virtual rig, in place of the simulated device; what that alone can do is refused before."""
    device_file(tmp_path)
    said = "device: external.yaml\n"
    scenario = load_scenario(written(tmp_path, SESSION, said))
    result = run_scenario(scenario, load_rig())
    assert result.passed, said_by(result)
    assert result.properties["device.kind"] == "external"
    assert result.properties["rig"].endswith("virtual.yaml")
    found = obstacles(load_scenario(written(tmp_path, "  - wait: 2 days\n", said)), load_rig())
    assert "because of its device" in found[0]
    assert not obstacles(scenario, load_rig("virtual-udp"))
    device_file(tmp_path, "kind: external\ntrigger: 'true'\n")
    deaf = load_scenario(written(tmp_path, "  - device.connect\n", said))
    device_file(tmp_path, "kind: simulated\nmodel: generic-xml\n")
    result = run_scenario(load_scenario(written(tmp_path, "  - device.power_on\n", said)), load_rig())
    assert result.passed, said_by(result)
    assert "needs device.listen.udp" in obstacles(deaf, load_rig("virtual-udp"))[0]


@pytest.mark.parametrize(
    ("text", "said", "words"),
    [
        ("kind: external\ntriger: x\n", "external.yaml", "external.yaml:2:1: 'triger' is no word here"),
        ("kind: extrenal\n", "external.yaml", "external.yaml:1:1: a device can be"),
        ("kind: external\n", "{model: external.yaml, state: x}", "keeps its state by itself"),
        ("kind: external\n", "other.yaml", "no file 'other.yaml'"),
    ],
)
def test_mistakes_in_a_device_file(tmp_path: Path, text: str, said: str, words: str) -> None:
    device_file(tmp_path, text)
    with pytest.raises(InvalidFile) as scenario:
        load_scenario(written(tmp_path, "  - device.connect\n", f"device: {said}\n"))
    assert words in str(scenario.value)
    if said == "external.yaml":
        with pytest.raises(InvalidFile) as rig:
            load_rig(str(rig_file(tmp_path, text=f"server: builtin\ndevice: {said}\n")))
        assert words in str(rig.value)


@pytest.mark.parametrize(
    "scenario", ["security/auth-basic", "security/auth-md5", "session/dm-1.2", "session/http-headers"]
)
def test_the_same_files_as_of_the_simulated_device(tmp_path: Path, scenario: str) -> None:
    path = data.scenarios() / f"{scenario}.yaml"
    assert not obstacles(load_scenario(path), load_rig())
    result, _ = play(path, rig_file(tmp_path, "--first"))
    assert result.passed, said_by(result)


SESSION = """
  - server.commands: [{get: ./DevInfo/Mod}]
  - device.power_on
  - device.connect
  - expect.session: {alert: 1201, within: 5 s}
"""

NOTED = {
    "session-id-0": "names no session",
    "cmdid-twice": "stands twice in the message",
    "bare-devinfo": "",
    "no-devinfo": "package 1 brings no ./DevInfo/",
    "no-user-agent": "no User-Agent header",
    "http-1.0": "",
    "nul": "a NUL stands in the XML",
    "mime": "media type is 'application/vnd.syncml+xml'",
    "empty-next-nonce": "NextNonce is empty",
    "session-id-1": "",
    "several-status": "",
}
"""By rule, what the strict reader says about it; empty: nothing, for there is nothing that a server need mind."""


@pytest.mark.parametrize("rule", sorted(NOTED))
def test_broken_rules_that_a_session_survives(tmp_path: Path, rule: str) -> None:
    noted = f"  - expect.notes: {{contain: [{json.dumps(NOTED[rule])}]}}\n" if NOTED[rule] else ""
    result, _ = play(written(tmp_path, SESSION + noted), rig_file(tmp_path, "--break", rule))
    assert result.passed, said_by(result)


RED = {
    "vanish": "session 1 has not ended in time",
    "deaf": "session 1 has not ended in time",
    "wrong-secret": "the session ended as client refused",
    "crash": "ended by itself with exit code 3; its last words: ",
    "no-final": "session 1 has not ended in time",
}


@pytest.mark.parametrize("rule", sorted(RED))
def test_broken_rules_that_turn_a_scenario_red(tmp_path: Path, rule: str) -> None:
    result, _ = play(written(tmp_path, SESSION), rig_file(tmp_path, "--break", rule))
    assert not result.passed
    assert RED[rule] in said_by(result)
    assert result.code == ExitCode.EXPECTATION_FAILED


def test_what_it_cannot_do_is_known_before(tmp_path: Path) -> None:
    """Without commands to do it; with a part beside which it goes; in two days."""
    text = "server: builtin\ndevice: {kind: external, trigger: 'true'}\n"
    plan = load_rig(str(rig_file(tmp_path, text=text)))
    steps = """
  - device.power_on
  - expect.node: {uri: ./A}
  - user.answers: [yes]
  - device.connect
  - expect.silence: {duration: 1 s, because: x}
  - wait: 2 days
  - fault: {part: card, what: drop}
"""
    found = "\n".join(obstacles(load_scenario(written(tmp_path, steps)), plan))
    for words in ("device.power,", "device.inspect", "device.user", "device.ignored", "2 days", "card.seam"):
        assert words in found
    assert "device.connect needs" not in found
    assert "device.sessions" not in found


def test_without_a_server_to_watch_there_are_no_sessions(tmp_path: Path) -> None:
    text = "server: {kind: url, url: 'http://127.0.0.1:9/dm'}\ndevice: {kind: external, trigger: 'true'}\n"
    plan = load_rig(str(rig_file(tmp_path, text=text)))
    found = obstacles(load_scenario(written(tmp_path, "  - expect.session: {alert: 1201}\n")), plan)
    assert "device.sessions" in found[0]
    with pytest.raises(InvalidFile, match=r"needs server\.watch"):
        load_rig(str(rig_file(tmp_path, text=text.replace("trigger", "answer"))))


FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; print('child', flush=True); time.sleep(600)"])
open("pids", "w").write(f"{os.getpid()} {child.pid}")
print("up", flush=True)
time.sleep(600)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("steps", ["", "  - expect.session: {within: 0 s}\n"])
def test_a_program_ends_with_its_children_whatever_becomes_of_the_run(tmp_path: Path, steps: str) -> None:
    (tmp_path / "family.py").write_text(FAMILY)
    text = "server: builtin\ndevice: {kind: external, start: {run: [$PYTHON, family.py], stays: yes, ready: up}}\n"
    result, _ = play(written(tmp_path, f"  - device.power_on\n{steps}"), rig_file(tmp_path, text=text))
    assert result.passed is ("expect" not in steps), said_by(result)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    until = time.monotonic() + 5
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(alive, pids))


@pytest.mark.parametrize(
    ("device", "says", "code"),
    [
        ("{trigger: 'echo no such SIM >&2; exit 7'}", "exit code 7; its last words: no such SIM", ExitCode.PART),
        ("{trigger: {run: sleep 60, within: 200 ms}}", "has not ended within 0.2 s", ExitCode.PART),
        ("{trigger: [/no/such/program]}", "cannot be started: /no/such/program", ExitCode.PART),
        ("{trigger: 'echo ${server.ulr}'}", "uses ${server.ulr}, which has no value here", ExitCode.USAGE),
        ("{trigger: {run: 'exit 7', any_code: yes}}", "", ExitCode.PASSED),
        ("{trigger: 'test \"$DMRIG_SERVER_URL\" = ${server.url} && test ${server} = x'}", "", ExitCode.PASSED),
    ],
)
def test_commands_that_fail_say_why(tmp_path: Path, device: str, says: str, code: ExitCode) -> None:
    text = f"server: builtin\ndevice: {{kind: external, {device[1:]}\n"
    began = time.monotonic()
    result, _ = play(written(tmp_path, "  - device.connect: x\n"), rig_file(tmp_path, text=text))
    assert (result.code, says in said_by(result)) == (code, True), said_by(result)
    assert time.monotonic() - began < 15


def test_a_program_that_talks_without_end_is_bounded(tmp_path: Path) -> None:
    text = "server: builtin\ndevice: {kind: external, trigger: 'yes | head -c 9000000'}\n"
    result, records = play(written(tmp_path, "  - device.connect\n"), rig_file(tmp_path, text=text))
    assert result.passed, said_by(result)
    shown = [record for record in records if record.text == "trigger: y"]
    assert len(shown) == 2000
    assert sum("says more, which is not shown" in record.text for record in records) == 1


def test_secrets_are_masked_in_the_trace_and_in_logs(tmp_path: Path) -> None:
    """An argument of a command, what a program prints, and a log that is fetched."""
    secret = "device-secret-3f9c"
    text = (
        "server: builtin\ndevice: {kind: external, trigger: 'echo got ${account.client_secret}',"
        " secrets: [hidden-word], log: {run: 'echo ${account.client_secret} hidden-word seen'}}\n"
    )
    kept = tmp_path / "run"
    kept.mkdir()
    maskers: list[Masker] = []
    records: list[Record] = []

    result = run_scenario(
        load_scenario(written(tmp_path, "  - device.connect\n")),
        load_rig(str(rig_file(tmp_path, text=text))),
        lambda recorder: (maskers.append(recorder.masker), recorder.subscribe(records.append))[1],
        directory=kept,
    )
    assert result.passed, said_by(result)
    shown = [maskers[0].text(record.text) for record in records]
    assert any(f"got {secret}" in record.text for record in records)
    assert not any(secret in line for line in shown)
    log = (kept / "device-log" / "log").read_text()
    assert "seen" in log
    assert secret not in log
    assert "hidden-word" not in log


@pytest.mark.parametrize(
    "printed",
    ["nothing", "[1]", '{"A": 1}', '{"./A": {"valeu": 1}}', '{"./A": {"version": "x"}}', "[" * 100_000],
)
def test_a_tree_that_cannot_be_read_says_so(tmp_path: Path, printed: str) -> None:
    (tmp_path / "tree").write_text(printed)
    text = "server: builtin\ndevice: {kind: external, tree: cat tree}\n"
    result, _ = play(written(tmp_path, "  - expect.node: {uri: ./A}\n"), rig_file(tmp_path, text=text))
    assert result.code is ExitCode.PART
    assert "the device's tree cannot be read" in said_by(result)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(os.listdir(tmp_path))
    play(written(tmp_path, SESSION), rig_file(tmp_path))
    assert {each for each in set(os.listdir(tmp_path)) - before if each.startswith("dmrig-device")} == set()


def test_the_example_of_the_manual(tmp_path: Path) -> None:
    """As it stands in docs/external-devices.md, from the top of a checkout."""
    page = (data.root() / "docs" / "external-devices.md").read_text()
    rig, scenario = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "tests").symlink_to(data.root() / "tests")
    result, _ = play(written(tmp_path, scenario.partition("steps:\n")[2]), rig_file(tmp_path, text=rig))
    assert result.passed, said_by(result)


def test_the_manual_tells_the_verdicts() -> None:
    page = (data.root() / "docs" / "external-devices.md").read_text()
    for rule in (*NOTED, *RED):
        row = next(line for line in page.splitlines() if line.startswith("| ") and f"`{rule}`" in line)
        assert ("notes each" in row) == bool(NOTED.get(rule))
        assert ("failed" in row) == (rule in RED)
