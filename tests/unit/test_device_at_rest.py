"""A device keeps what a session left for later, and nothing else of it: fleets sleep."""

from __future__ import annotations

from datetime import timedelta

from simulator.codes.alert import AlertCode
from simulator.device import Device, SessionDue
from simulator.device.wakeup import REMEMBERED, Memory
from simulator.session.alerts import AlertItem, Job
from simulator.session.events import Ended, Outcome
from tests.unit.scripted_server import NOW, SERVER_ID, ScriptedServer, drive
from tests.unit.session_bench import a_tree, ended

PARTS = ("agenda", "due", "jobs", "memory", "resync_nonces", "versions")


def a_device() -> Device:
    return Device(a_tree(), random=bytes)


def session(device: Device, server: ScriptedServer | None = None) -> Ended:
    running = device.open_session(SERVER_ID, alert=AlertCode.CLIENT_INITIATED_MGMT, now=NOW)
    return ended(drive(running, server or ScriptedServer()))


def test_after_a_session_nothing_is_left_but_the_tree() -> None:
    device = a_device()
    assert device.occasions is None
    assert session(device).outcome is Outcome.COMPLETED
    assert device.occasions is None
    assert device._session is None
    assert not hasattr(device, "__dict__")


def test_what_is_asked_for_is_there_and_stays_the_same_until_a_session_ends() -> None:
    device = a_device()
    assert device.due is device.due
    assert device.alerts is device.alerts
    assert (list(device.due), list(device.alerts), device.jobs, device.agenda.next) == ([], [], [], None)
    waited = device.agenda
    session(device)
    assert device.agenda is not waited


def test_what_is_not_empty_outlives_a_session() -> None:
    device = a_device()
    planned: list[object] = []
    device.agenda.on_plan = planned.append
    device.jobs.append(Job(SERVER_ID, "./Shop"))
    device.due.append(SessionDue("another.example", AlertCode.CLIENT_INITIATED_MGMT))
    device.versions["another.example", "7"] = "DM/1.2"
    device.resync_nonces["another.example"] = b"nonce"
    device.memory.fingerprints.append(b"seen")
    kept = {name: getattr(device, name) for name in PARTS}
    session(device)
    assert all(getattr(device, name) == part for name, part in kept.items())
    assert set(device.occasions or ()) == set(kept)
    device.agenda.at(NOW + timedelta(hours=1), lambda now: [])
    assert planned == [NOW + timedelta(hours=1)]
    session(device)
    assert device.agenda.next == NOW + timedelta(hours=1)


def test_an_alert_that_was_not_answered_waits_for_the_next_session() -> None:
    device = a_device()
    device.alert(SERVER_ID, AlertItem("urn:example:alert", "1"))
    running = device.open_session(SERVER_ID, alert=AlertCode.CLIENT_INITIATED_MGMT, now=NOW)
    running.start(NOW)
    running.fail("the radio is gone", NOW)
    assert len(device.alerts) == 1
    device.due.clear()
    server = ScriptedServer()
    assert session(device, server).outcome is Outcome.COMPLETED
    assert device.occasions is None


def test_devices_share_nothing_that_changes() -> None:
    one, other = a_device(), a_device()
    one.due.append(SessionDue(SERVER_ID, AlertCode.CLIENT_INITIATED_MGMT))
    one.tree.set_acl("./Shop", "Get=*")
    assert not other.due
    assert other.tree.get("./Shop").acl != "Get=*"


def test_devices_of_a_model_have_acls_of_their_own_when_they_change_them() -> None:
    model = a_tree().model
    one, other = Device(model, random=bytes), Device(model, random=bytes)
    assert one.tree.store.acls is other.tree.store.acls
    before = other.tree.get("./Shop").acl
    one.tree.set_acl("./Shop", "Get=*")
    assert (one.tree.get("./Shop").acl, other.tree.get("./Shop").acl) == ("Get=*", before)
    assert Device(model, random=bytes).tree.get("./Shop").acl == before


def test_only_the_latest_notifications_are_remembered() -> None:
    memory = Memory()
    for number in range(REMEMBERED + 5):
        memory.take(SERVER_ID, f"{number:X}", b"%d" % number)
    assert len(memory.fingerprints) == REMEMBERED
