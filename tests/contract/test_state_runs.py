"""State files from run to run: whole runs and servers that are killed, and those that follow."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil import data
from hil.device.model import DeviceModel
from hil.errors import ExitCode
from hil.http.transport import Transport
from hil.rig.load import load_rig
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from hil.server.config import account_of
from hil.state.device import DeviceFile
from hil.trace.record import Record
from simulator.bootstrap import message as bootstraps
from simulator.codes.alert import AlertCode
from simulator.device import Device
from simulator.objects.dmacc import AccountData, Credential
from simulator.session.events import Ended, Send
from simulator.tree import Tree

ROOT = Path(__file__).parents[2]
SECONDS = 60.0
ADDED = 12

RIG = """
server: {{kind: builtin, packing: one, port: {port}}}
card: virtual
modem: virtual
push: sms
device: simulated
"""
LONG = """
name: Many changes
device: {{model: generic, state: "{state}"}}
steps:
  - card.insert: operator-sim
  - server.commands:
{commands}
  - device.power_on
  - expect.session
"""
AGAIN = """
name: It goes on
device: {{model: generic, state: "{state}"}}
steps:
  - card.insert: operator-sim
  - server.commands: [{{get: {{uri: ./DevInfo/Man, expect: {{value: dmrig}}}}}}]
  - device.power_on
  - device.connect: dm.example.com
  - expect.account: {{server: dm.example.com, origin: card}}
  - expect.session
  - expect.answers
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    commands = "\n".join(f'      - add: {{uri: "./Runs/{n}", value: "{n}"}}' for n in range(1, ADDED + 1))
    state = tmp_path / "device.state"
    with socket.create_server(("127.0.0.1", 0)) as free:
        # The same in every run: the card names the server's address, and another one makes another account.
        port = free.getsockname()[1]
    (tmp_path / "rig.yaml").write_text(RIG.format(port=port))
    (tmp_path / "long.yaml").write_text(LONG.format(state=state, commands=commands))
    (tmp_path / "again.yaml").write_text(AGAIN.format(state=state))
    return tmp_path


def dmrig(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hil", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kept(path: Path) -> Device:
    """The device that a file holds; its tree hangs together."""
    device = DeviceModel().device(random.Random(1).randbytes)
    DeviceFile(path, device).abandon()
    hangs_together(device.tree)
    return device


def hangs_together(tree: Tree) -> None:
    reached = dict(tree.walk_nodes("."))
    assert set(reached) == set(tree.store.nodes.merged())
    assert set(tree.store.acls.merged()) <= set(reached)


def added(device: Device) -> list[str]:
    return list(device.tree.get("./Runs").children) if device.tree.exists("./Runs") else []


def play(path: Path, rig: str = "virtual") -> list[Record]:
    records: list[Record] = []
    result = run_scenario(load_scenario(path), load_rig(rig), lambda recorder: recorder.subscribe(records.append))
    assert result.passed, (result.message, result.broken)
    return records


@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_is_killed(files: Path, seed: int) -> None:
    """At any line that it prints; the console shows a command when its change is kept."""
    last = random.Random(seed).randrange(2, 45)
    shown, lines = 0, 0
    run = dmrig(files, "run", "long.yaml", "--rig", "rig.yaml", "-v")
    with run:
        assert run.stdout is not None
        for line in run.stdout:
            shown += "Add ./Runs/" in line and ": 200" in line
            lines += 1
            if lines == last:
                run.send_signal(signal.SIGKILL)
                break
        assert run.wait(SECONDS) == -signal.SIGKILL
    found = added(kept(files / "device.state")) if (files / "device.state").exists() else []
    assert found == [str(n) for n in range(1, len(found) + 1)], "the commands came in order"
    assert shown <= len(found) <= ADDED
    play(files / "again.yaml")
    assert added(kept(files / "device.state")) == found


def test_a_device_goes_on_where_it_was(files: Path) -> None:
    play(files / "long.yaml", str(files / "rig.yaml"))
    assert len(added(kept(files / "device.state"))) == ADDED
    told = " ".join(record.text for record in play(files / "again.yaml", str(files / "rig.yaml")))
    # The card brings nothing that is not there: no new account, no session because of one.
    assert "account for" not in told
    assert "session 2 with" in told
    assert "session 3 with" not in told


@pytest.mark.parametrize(
    "there", ["- card.insert: bare-sim", "- card.remove", "- device.card: {lock_imsi: '26201'}"]
)
def test_accounts_of_a_card_that_is_gone_meanwhile_go_at_power_on(files: Path, there: str) -> None:
    """Another card, none, or one that is turned down: what the device remembers of its card outlives the run."""
    play(files / "again.yaml", str(files / "rig.yaml"))
    assert [entry.server_id for entry in kept(files / "device.state").origins] == ["dm.example.com"]
    before = (files / "again.yaml").read_text().split("  - server.commands")[0]
    gone = files / "gone.yaml"
    gone.write_text(
        before + f"  {there}\n  - device.power_on\n  - expect.account: {{server: dm.example.com, present: no}}\n"
    )
    told = " ".join(record.text for record in play(gone, str(files / "rig.yaml")))
    assert "account for dm.example.com removed" in told
    assert list(kept(files / "device.state").origins) == []


def test_a_session_that_was_due_when_the_power_went_is_opened(files: Path) -> None:
    text = (files / "again.yaml").read_text()
    lost = files / "lost.yaml"
    lost.write_text(
        text.split("  - device.power_on")[0] + "  - device.crash: {after_changes: 1}\n  - device.power_on\n"
    )
    play(lost)
    device = kept(files / "device.state")
    assert [due.server_id for due in device.due] == ["dm.example.com"]
    again = files / "again.yaml"
    again.write_text(text.replace("  - device.connect: dm.example.com\n", ""))
    play(again)
    assert kept(files / "device.state").due == []


def test_without_a_file_a_device_that_lost_its_power_is_as_it_was_made(files: Path) -> None:
    path = files / "fresh.yaml"
    path.write_text(
        "name: x\nsteps:\n  - card.insert: operator-sim\n  - device.power_on\n  - expect.session\n"
        "  - device.crash\n  - expect.account: {server: dm.example.com, present: no}\n"
        "  - device.power_on\n  - expect.account: dm.example.com\n  - expect.session: {id: '1'}\n"
    )
    play(path)
    path.write_text("name: x\nsteps:\n  - device.crash: {after_changes: 1}\n")
    result = run_scenario(load_scenario(path), load_rig())
    assert result.code == ExitCode.PART
    assert result.broken is not None
    assert "state file" in result.broken.message


@pytest.mark.parametrize("changes", range(1, 8))
def test_power_may_go_at_any_change(files: Path, changes: int) -> None:
    text = (files / "long.yaml").read_text().replace("  - expect.session\n", "  - device.power_on\n")
    path = files / "crash.yaml"
    path.write_text(
        text.replace("  - device.power_on\n", f"  - device.crash: {changes}\n  - device.power_on\n", 1)
    )
    records = play(path, str(files / "rig.yaml"))
    assert sum(record.text == "the device has lost its power" for record in records) == 1
    found = added(kept(files / "device.state"))
    assert found == [str(n) for n in range(1, len(found) + 1)]
    # First comes the bootstrap, then the session opens. One that is due is opened when the power is back; one
    # that was open is not.
    assert len(found) == (ADDED if changes == 1 else changes - 2)


def test_the_rigs_word_counts_more_than_the_scenarios(files: Path) -> None:
    rig = files / "rig.yaml"
    rig.write_text(
        rig.read_text().replace("device: simulated", f"device: {{kind: simulated, state: {files}/rigs.state}}")
    )
    play(files / "long.yaml", str(rig))
    assert not (files / "device.state").exists()
    assert len(added(kept(files / "rigs.state"))) == ADDED


def test_no_secret_that_was_kept_is_shown(files: Path) -> None:
    play(files / "long.yaml", str(files / "rig.yaml"))
    path = files / "again.yaml"
    # The scenario does not know these: they are in the file alone.
    text = path.read_text().replace(
        "steps:", "account: {client_secret: another, server_secret: yet another}\nsteps:"
    )
    path.write_text(
        text.replace("  - card.insert: operator-sim\n", "").split("  - server.commands")[0] + "  - wait: 1 s\n"
    )
    shown: list[str] = []

    def listen(recorder: object) -> None:
        masker = recorder.masker  # type: ignore[attr-defined]
        recorder.subscribe(lambda record: shown.append(masker.text("device-secret-3f9c")))  # type: ignore[attr-defined]

    assert run_scenario(load_scenario(path), load_rig(), listen).passed
    assert shown
    assert "device-secret-3f9c" not in shown[-1]


def test_a_file_that_cannot_be_used_ends_the_run_before_its_first_step(files: Path) -> None:
    (files / "device.state").write_text("my diary")
    run = dmrig(files, "run", "long.yaml")
    said, _ = run.communicate(timeout=SECONDS)
    assert run.returncode == ExitCode.USAGE
    assert "is no database" in said
    assert "try: name another file" in said
    assert (files / "device.state").read_text() == "my diary"


# -- the server


@pytest.fixture
def device() -> Device:
    """One that knows the sample server, and has never spoken with it."""
    from hil.server.config import ServerConfig
    from hil.yamlfile import load

    said = load(data.find("servers", "sample"), ServerConfig).accounts[0]
    account = account_of(said)
    assert account.client is not None
    assert account.server is not None
    data_ = AccountData(
        server_id=said.server_id,
        addr="http://127.0.0.1/dm",
        client=Credential("DIGEST", account.client.name, account.client.secret, account.client.nonce),
        server=Credential("DIGEST", account.server.name, account.server.secret, account.server.nonce),
    )
    device = DeviceModel().device(random.Random(1).randbytes)
    device.bootstrap(bootstraps.build(data_), origin="card:1", now=datetime.now(UTC))
    return device


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


def messages_of_a_session(device: Device, transport: Transport, url: str) -> int:
    """How many messages it took: one that is challenged takes one more."""
    account = next(iter(device.origins))
    session = device.open_session(account.server_id, alert=AlertCode.CLIENT_INITIATED_MGMT, now=datetime.now(UTC))
    events = session.start(datetime.now(UTC))
    sent = 0
    while isinstance(events[-1], Send):
        answer = transport.exchange(url, events[-1].headers, events[-1].body)
        events = session.receive(answer.status, answer.content_type, answer.body, datetime.now(UTC))
        sent += 1
    assert isinstance(events[-1], Ended)
    assert events[-1].outcome.value == "completed"
    return sent


@pytest.mark.parametrize("keeps", [True, False])
def test_a_server_that_is_killed_knows_its_devices_nonces(
    tmp_path: Path, device: Device, transport: Transport, keeps: bool
) -> None:
    state = ["--state", "server.state"] if keeps else []
    sent = []
    for _ in range(2):
        server = dmrig(tmp_path, "server", "--config", "sample", "--port", "0", *state)
        with server:
            assert server.stdout is not None
            url = next(word for line in server.stdout for word in line.split() if word.startswith("http://"))
            sent.append(messages_of_a_session(device, transport, url))
            server.kill()
    assert sent[1] == sent[0] if keeps else sent[1] > sent[0]
