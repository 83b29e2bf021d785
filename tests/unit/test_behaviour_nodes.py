"""Nodes that appear, change and vanish by themselves; values that follow the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from simulator.behaviour import values
from simulator.behaviour.nodes import Change, Plan, PlannedNodes, When
from simulator.behaviour.objects import attach
from simulator.device import Device, DeviceEvent, Happened
from simulator.errors import SessionError, TreeError
from simulator.objects import maker
from simulator.objects.devdetail import DevDetail
from simulator.objects.devinfo import DevInfo
from simulator.objects.maker import Made, OwnNode
from simulator.tree.description import Access

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_device(*plans: Plan) -> Device:
    made = Made(nodes=tuple(plan.node for plan in plans))
    device = Device(maker.model(DevInfo("IMEI:1", "m", "m"), DevDetail(), made), random=bytes)
    attach(device, behaviours=[PlannedNodes(plans)])
    return device


def texts(events: list[DeviceEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Happened)]


def test_a_node_appears_so_long_after_the_device_was_switched_on() -> None:
    device = a_device(Plan(OwnNode("./A/Late", value="x", late=True, acl="Get=s"), When(after=MINUTE)))
    planned: list[datetime] = []
    device.agenda.on_plan = planned.append
    assert texts(device.power_on(None, [], NOW)) == []
    assert planned == [device.agenda.next] == [NOW + MINUTE]
    assert not device.tree.exists("./A")
    assert device.wake(NOW + MINUTE - timedelta(seconds=1)) == []
    assert texts(device.wake(NOW + MINUTE)) == ["./A/Late appears"]
    view = device.tree.get("./A/Late")
    assert (view.value, view.acl, view.tstamp) == ("x", "Get=s", NOW + MINUTE)
    assert device.agenda.next is None


def test_power_off_ends_what_is_planned_and_power_on_begins_anew() -> None:
    device = a_device(Plan(OwnNode("./Late", value="x", late=True), When(after=MINUTE)))
    device.power_on(None, [], NOW)
    device.power_off()
    assert device.agenda.next is None
    device.power_on(None, [], NOW + 5 * MINUTE)
    assert device.agenda.next == NOW + 6 * MINUTE
    device.wake(NOW + 6 * MINUTE)
    device.power_off()
    assert texts(device.power_on(None, [], NOW + 7 * MINUTE)) == []
    assert texts(device.wake(NOW + 8 * MINUTE)) == ["./Late would appear, and is there already"]


def test_events_change_values_and_take_nodes_away() -> None:
    level = Plan(
        OwnNode("./Level", format="int", value="9"),
        changes=(
            Change(When("low"), "1"),
            Change(When("low", MINUTE), "0"),
            Change(When("out"), gone=True),
        ),
    )
    device = a_device(level)
    device.power_on(None, [], NOW)
    assert texts(device.happen("low", NOW)) == ["./Level changes"]
    assert device.tree.value("./Level") == "1"
    device.wake(NOW + MINUTE)
    assert device.tree.value("./Level") == "0"
    assert texts(device.happen("out", NOW)) == ["./Level disappears"]
    assert texts(device.happen("low", NOW)) == ["./Level would change, and is not there"]


def test_an_event_that_means_nothing_names_those_that_do() -> None:
    device = a_device(Plan(OwnNode("./A", value="x"), changes=(Change(When("b"), "y"), Change(When("a"), "z"))))
    with pytest.raises(SessionError, match="'c' means nothing to this device; it knows a, b"):
        device.happen("c", NOW)
    with pytest.raises(SessionError, match="no events"):
        Device(device.tree, random=bytes).happen("a", NOW)


def test_a_change_that_cannot_be_made_is_told_and_ends_nothing() -> None:
    """A server has put something else in the leaf's place meanwhile."""
    device = a_device(
        Plan(OwnNode("./A", value="x"), changes=(Change(When("e"), "y"),)),
        Plan(OwnNode("./B", value="x"), changes=(Change(When("e"), "y"),)),
    )
    device.tree.delete("./A")
    device.tree.add("./A", format="node")
    told = texts(device.happen("e", NOW))
    assert told[0].startswith("it could not be done: ./A is an interior node")
    assert told[1] == "./B changes"


def test_what_servers_may_do_with_such_nodes() -> None:
    device = a_device(
        Plan(OwnNode("./Fixed", value="x")),
        Plan(OwnNode("./Late", value="x", access=Access.ADD | Access.GET, late=True), When("e")),
        Plan(OwnNode("./Hidden", value="x", late=True), When("e")),
    )
    for uri in ("./Fixed", "./Hidden"):
        with pytest.raises(TreeError) as error:
            device.tree.add(uri, value="y", server="s")
        assert error.value.status in (405, 418)
    device.tree.add("./Late", value="y", server="s")
    assert texts(device.happen("e", NOW)) == ["./Late would appear, and is there already", "./Hidden appears"]
    assert device.tree.value("./Late") == "y"


def test_each_change_is_told_to_who_keeps_the_state() -> None:
    device = a_device(Plan(OwnNode("./Late", value="x", late=True), When(after=MINUTE)))
    device.power_on(None, [], NOW)
    kept = []
    device.on_change = lambda: kept.append(device.tree.exists("./Late"))
    device.wake(NOW + MINUTE)
    assert kept == [True]


def test_values_of_the_clock() -> None:
    clock = values.clock("%d.%m.%Y %H:%M")
    assert clock(NOW) == "02.03.2026 08:30"
    assert clock(None) == ""
    cycle = values.cycle(("a", "b", "c"), timedelta(hours=1))
    assert [cycle(NOW + timedelta(hours=n)) for n in range(4)] == ["c", "a", "b", "c"]
    assert cycle(None) == "a"


def test_entries_can_be_called_off() -> None:
    device = a_device()
    done: list[str] = []

    def note(name: str, now: datetime) -> list[DeviceEvent]:
        done.append(name)
        return []

    for name in ("a", "b", "a", "c"):
        device.agenda.at(NOW, partial(note, name), about=name)
    device.agenda.call_off("a")
    device.wake(NOW)
    assert done == ["b", "c"]
