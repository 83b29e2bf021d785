"""Any run of operations on a device that is closed, killed and opened again, against one that just lives."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hil.state.device import DeviceFile
from hil.state.durability import Durability
from simulator.codes.alert import AlertCode
from simulator.device import Device, SessionDue
from simulator.errors import SessionError, TreeError
from simulator.session.alerts import AlertItem, Job
from tests.device_state import ACCOUNT, BOOTSTRAP, NOW, SERVER_ID, a_device, everything

NAMES = st.sampled_from(["a", "b", "c", "DevInfo", "Ext"])
URIS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/".join([".", *names]))
SERVERS = st.sampled_from([None, SERVER_ID, "other"])
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.binary(max_size=5)
Act = Callable[[Device], object]


class StateMachine(RuleBasedStateMachine):
    """``kept`` lives in a file and is opened again and again; ``plain`` just lives."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="dmrig-test-"))
        self.now = NOW

    @initialize(durability=st.sampled_from(Durability))
    def begin(self, durability: Durability) -> None:
        self.durability = durability
        self.plain = a_device()
        self.closed = everything(self.plain)
        self._open()

    def _open(self) -> None:
        self.kept = a_device()
        self.file = DeviceFile(self.folder / "state", self.kept, self.durability)

    def teardown(self) -> None:
        if hasattr(self, "file"):
            self.file.abandon()
        shutil.rmtree(self.folder)

    def both(self, act: Act) -> None:
        self.now += timedelta(seconds=1)
        self.plain.tree.now = self.kept.tree.now = self.now
        assert self._outcome(act, self.plain) == self._outcome(act, self.kept)

    def _outcome(self, act: Act, device: Device) -> object:
        """A command as a session carries one out: what it changed is told when it is done."""
        try:
            return act(device)
        except TreeError as error:
            return int(error.status)
        finally:
            device.on_change()

    @rule(uri=URIS, value=VALUES | st.none(), title=st.none() | st.just("Title"), server=SERVERS)
    def add(self, uri: str, value: str | bytes | None, title: str | None, server: str | None) -> None:
        format = "node" if value is None else "bin" if isinstance(value, bytes) else "chr"
        self.both(lambda device: device.tree.add(uri, format=format, value=value, title=title, server=server))

    @rule(uri=URIS, value=VALUES, type=st.none() | st.just("text/x"))
    def replace(self, uri: str, value: str | bytes, type: str | None) -> None:
        format = "bin" if isinstance(value, bytes) else "chr"
        self.both(lambda device: device.tree.replace(uri, value, format=format, type=type))

    @rule(uri=URIS, server=SERVERS)
    def delete(self, uri: str, server: str | None) -> None:
        self.both(lambda device: device.tree.delete(uri, server))

    @rule(uri=URIS, name=NAMES)
    def rename(self, uri: str, name: str) -> None:
        self.both(lambda device: device.tree.rename(uri, name, SERVER_ID))

    @rule(uri=URIS | st.just("."), acl=st.sampled_from(["", "Get=*", f"Add=*&Delete=*&Get={SERVER_ID}&Replace=*"]))
    def set_acl(self, uri: str, acl: str) -> None:
        self.both(lambda device: device.tree.set_acl(uri, acl))

    @rule(uris=st.lists(URIS, max_size=3), keep=st.booleans())
    def atomic(self, uris: list[str], keep: bool) -> None:
        def act(device: Device) -> int:
            with device.tree.transaction() as transaction:
                for uri in uris:
                    self._outcome(lambda device, uri=uri: device.tree.add(uri, value="x"), device)  # type: ignore[misc]
                if not keep:
                    transaction.rollback()
            return 200

        self.both(act)

    @rule(origin=st.sampled_from(["card:1", "card:2"]))
    def bootstrap(self, origin: str) -> None:
        self.both(lambda device: device.bootstrap(BOOTSTRAP, origin=origin, now=self.now))

    @rule(origin=st.sampled_from([None, "card:1"]))
    def power_on(self, origin: str | None) -> None:
        messages = [] if origin is None else [BOOTSTRAP]
        self.both(lambda device: device.power_on(origin, messages, self.now))

    @rule()
    def power_off(self) -> None:
        self.both(lambda device: device.power_off())

    @rule(number=st.integers(0, 3))
    def notification(self, number: int) -> None:
        """As if one had come whose digest is right."""

        def act(device: Device) -> None:
            session_id = f"{number:X}"
            if (SERVER_ID, session_id) not in device.memory.due and bytes(
                [number]
            ) not in device.memory.fingerprints:
                device.memory.due.add((SERVER_ID, session_id))
                device.memory.fingerprints.append(bytes([number]))
                device.resync_nonces[SERVER_ID] = bytes(16)
                device.due.append(SessionDue(SERVER_ID, AlertCode.SERVER_INITIATED_MGMT, session_id))
                if number == 1:
                    device.versions[SERVER_ID, session_id] = "DM/1.2"

        self.both(act)

    @rule(code=st.sampled_from([AlertCode.CLIENT_EVENT, AlertCode.GENERIC_ALERT]), data=VALUES)
    def alert(self, code: AlertCode, data: str | bytes) -> None:
        items = [AlertItem("text/plain", data, source=source, mark="minor") for source in (None, "./DevInfo")]
        self.both(lambda device: self._refusal(lambda: device.alert(SERVER_ID, *items, code=code)))

    @rule(correlator=st.none() | st.just("c"))
    def job_begins(self, correlator: str | None) -> None:
        self.both(lambda device: device.jobs.append(Job(SERVER_ID, "./DevInfo", correlator)))

    @rule(correlator=st.none() | st.just("c"))
    def job_ends(self, correlator: str | None) -> None:
        item = AlertItem("text/plain", "done")
        self.both(lambda device: self._refusal(lambda: device.complete("./DevInfo", item, correlator=correlator)))

    def _refusal(self, act: Callable[[], object]) -> object:
        try:
            return act()
        except SessionError as error:
            return str(error)

    @rule()
    def session(self) -> None:
        def act(device: Device) -> str:
            due = device.due[0] if device.due else SessionDue(SERVER_ID, AlertCode.CLIENT_INITIATED_MGMT)
            try:
                session = device.open_session(
                    due.server_id, alert=due.alert, session_id=due.session_id, now=self.now
                )
            except SessionError as error:
                return str(error)
            session.start(self.now)
            session.fail("no network", self.now)
            return session.session_id

        self.both(act)

    @rule()
    def close_and_open(self) -> None:
        self.closed = everything(self.kept)
        self.file.close()
        self._open()

    @precondition(lambda self: self.durability is not Durability.NONE)
    @rule()
    def lose_power(self) -> None:
        self.file.abandon()
        self._open()

    @precondition(lambda self: self.durability is Durability.NONE)
    @rule()
    def lose_power_before_anything_was_kept(self) -> None:
        self.file.abandon()
        self.plain = a_device()
        DeviceFile(self.folder / "state", self.plain, self.durability).abandon()
        assert everything(self.plain) == self.closed
        self._open()

    @invariant()
    def both_are_alike(self) -> None:
        if hasattr(self, "plain"):
            assert everything(self.kept) == everything(self.plain)


StateMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestState = StateMachine.TestCase


def test_the_account_is_there_as_the_machine_needs_it() -> None:
    device = a_device()
    device.bootstrap(BOOTSTRAP, origin="card:1", now=NOW)
    assert device.tree.value(f"./DMAcc/{ACCOUNT.server_id}/ServerID") == SERVER_ID
