"""The DM server's engine, message by message: commands and answers, the device's own commands."""

from __future__ import annotations

import pytest

from hil.server.commands import commands
from hil.server.compare import complaints
from hil.server.events import (
    Alerted,
    CommandAnswered,
)
from hil.server.settings import ANY_DEVICE, Packing, ServerSettings
from hil.server.transitions import Outcome
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, encode
from tests.dm_client import (
    DEVICE_ID,
    FIRST_NONCE,
    codes,
    md5_cred,
    sent,
    statuses,
)
from tests.server_bed import Bed, account


@pytest.fixture
def bed() -> Bed:
    return Bed()


# Commands and answers


def test_statuses_and_results_are_matched_to_their_commands(bed: Bed) -> None:
    batch = bed.server.queue(
        commands({"get": "./DevInfo/Man"}, {"get": "./DevInfo/Mod"}, {"get": "./Gone"}, {"delete": "./X"})
    )
    client = bed.managed()
    assert client.last is not None
    gets = [c for c in sent(client.last) if isinstance(c, dm.Get)]
    # In another order than asked, Results before a Status, one Results without MsgRef, one Data as octets.
    two = dm.Item(
        source=dm.Source("./DevInfo/Mod"), data=b"generic", meta=dm.Meta(format="chr", type="text/plain")
    )
    one = dm.Item(source=dm.Source("./DevInfo/Man"), data="dmrig")
    delete = next(c for c in sent(client.last) if isinstance(c, dm.Delete))
    client.send(
        client.message(
            dm.Status("", "1", delete.cmd_id, "Delete", data="405"),
            dm.Results("", None, gets[1].cmd_id, items=[two]),
            dm.Status("", "1", gets[2].cmd_id, "Get", data=b"404"),
            dm.Status("", "1", gets[1].cmd_id, "Get", data="200"),
            dm.Status("", "1", "0", "SyncHdr", data="212"),
            dm.Status("", "1", gets[0].cmd_id, "Get", data="200"),
            dm.Results("", "1", gets[0].cmd_id, items=[one]),
        )
    )
    assert [(a.status, a.value) for a in batch.answers] == [
        (200, "dmrig"),
        (200, "generic"),
        (404, None),
        (405, None),
    ]
    assert batch.done
    assert bed.server.sessions[-1].answers == batch.answers
    assert [e.answer for e in bed.told(CommandAnswered) if isinstance(e, CommandAnswered)] == batch.answers


def test_commands_that_depend_on_each_other_go_one_after_the_other(bed: Bed) -> None:
    bed.server.queue(
        commands(
            {"get": "./DevInfo/Man"},
            {"add": {"uri": "./Greeting", "value": "hello"}},
            {"replace": {"uri": "./Greeting", "value": "hello again"}},
            {"get": "./Greeting"},
            {"get": "./DevInfo/Mod"},
        )
    )
    client = bed.managed()
    packages = []
    while client.last is not None and sent(client.last):
        packages.append([type(c).__name__ for c in sent(client.last)])
        client.answer()
    assert packages == [["Get", "Add"], ["Replace"], ["Get", "Get"]]
    assert bed.outcome is Outcome.FINISHED


@pytest.mark.parametrize(("packing", "sizes"), [(Packing.ALL, [3]), (Packing.ONE, [1, 1, 1])])
def test_packing(packing: Packing, sizes: list[int]) -> None:
    bed = Bed(ServerSettings(packing=packing))
    bed.server.queue(commands({"exec": "./A"}, {"exec": "./A"}, {"get": "./B"}))
    client = bed.managed()
    seen = []
    while client.last is not None and sent(client.last):
        seen.append(len(sent(client.last)))
        client.answer()
    assert seen == sizes


def test_what_the_message_says() -> None:
    """Each kind of command, as it goes over the wire."""
    bed = Bed(ServerSettings(packing=Packing.ALL))
    bed.server.queue(
        commands(
            {"add": {"uri": "./N", "format": "node"}},
            {"add": {"uri": "./N/A", "value": "0123", "type": "text/plain"}},
            {"replace": {"uri": "./N/B", "hex": "00ff", "format": "bin"}},
            {"delete": "./N/C"},
            {"copy": {"from": "./N/A", "to": "./N/D"}},
            {"exec": {"uri": "./N/E", "value": "now", "correlator": "c1"}},
            {"alert": {"code": 1100, "items": ["MINDT=1", "Hello"]}},
            {"add": {"uri": "./N/F"}},
        )
    )
    client = bed.managed()
    assert client.last is not None
    node, leaf, binary, delete, copy, exec_, alert, empty = sent(client.last)
    assert isinstance(node, dm.Add)
    assert node.items == [dm.Item(target=dm.Target("./N"), meta=dm.Meta(format="node"))]
    assert isinstance(leaf, dm.Add)
    assert leaf.items == [dm.Item(target=dm.Target("./N/A"), meta=dm.Meta(type="text/plain"), data="0123")]
    assert isinstance(binary, dm.Replace)
    assert binary.items[0].data == b"\x00\xff"
    assert isinstance(delete, dm.Delete)
    assert delete.items[0].target == dm.Target("./N/C")
    assert isinstance(copy, dm.Copy)
    assert (copy.items[0].source, copy.items[0].target) == (dm.Source("./N/A"), dm.Target("./N/D"))
    assert isinstance(exec_, dm.Exec)
    assert (exec_.correlator, exec_.items[0].data) == ("c1", "now")
    assert isinstance(alert, dm.Alert)
    assert (alert.data, [i.data for i in alert.items]) == ("1100", ["MINDT=1", "Hello"])
    assert isinstance(empty, dm.Add)
    assert empty.items[0].data == ""
    numbers = [c.cmd_id for c in client.last.sync_body.commands]
    assert len(set(numbers)) == len(numbers)
    assert "0" not in numbers


def test_octets_are_base64_in_xml(bed: Bed) -> None:
    bed.server.queue(commands({"add": {"uri": "./B", "hex": "00ff"}}))
    client = bed.client(encoding=Encoding.XML)
    item = sent(client.begin(cred=md5_cred(FIRST_NONCE)))[0].items[0]  # type: ignore[union-attr]
    assert item.meta is not None
    assert (item.meta.format, item.data) == ("b64", "AP8=")


def test_atomic_and_sequence_are_answered_inside_as_well(bed: Bed) -> None:
    batch = bed.server.queue(
        commands(
            {"atomic": [{"add": {"uri": "./A", "value": "1"}}, {"delete": "./B"}]},
            {"sequence": {"commands": [{"get": "./A"}], "expect": {"status": 200}}},
        )
    )
    client = bed.managed()
    client.answer(status=lambda c: {"Atomic": 507, "Add": 216, "Delete": 404}.get(type(c).__name__, 200))
    client.answer(values={"./A": "still"})
    atomic, sequence = batch.answers
    assert (atomic.status, [a.status for a in atomic.inner]) == (507, [216, 404])
    assert (sequence.status, sequence.inner[0].status, sequence.inner[0].value) == (200, 200, "still")
    assert complaints(sequence) == []
    assert len(complaints(atomic)) == 3


def test_a_command_without_status_is_said_to_be_unanswered(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}))
    client = bed.managed()
    client.answer(only_header=True)
    assert batch.done
    assert batch.answers[0].status is None
    assert complaints(batch.answers[0]) == ["Get ./A: the device sent no status"]


def test_a_status_for_something_never_sent_is_noted(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.managed()
    client.answer(
        dm.Status("", "1", "77", "Get", data="200"), dm.Results("", "9", "77", items=[dm.Item(data="x")])
    )
    notes = [note for note in bed.server.sessions[-1].notes if "not open" in note.text]
    assert [note.command for note in notes] == ["Status 4", "Results 5"]


def test_commands_queued_while_a_session_is_open_are_sent_in_it(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.managed()
    bed.server.queue(commands({"get": "./B"}), DEVICE_ID)
    assert len(sent(client.answer())) == 1
    client.answer()
    assert bed.outcome is Outcome.FINISHED


def test_commands_for_another_device_wait_for_it() -> None:
    bed = Bed(accounts={ANY_DEVICE: account()})
    batch = bed.server.queue(commands({"get": "./A"}), "IMEI:2")
    assert sent(bed.client(device_id="IMEI:1").begin(cred=md5_cred(FIRST_NONCE))) == []
    assert len(sent(bed.client(device_id="IMEI:2").begin(cred=md5_cred(FIRST_NONCE)))) == 1
    assert not batch.done


def test_standing_commands_begin_each_session() -> None:
    bed = Bed(ServerSettings(commands=commands({"get": "./A"})))
    client = bed.managed()
    client.answer()
    again = bed.client("2")
    assert len(sent(again.begin(cred=md5_cred(client.nonce)))) == 1


def test_an_expectation_that_does_not_hold(bed: Bed) -> None:
    batch = bed.server.queue(
        commands(
            {"get": {"uri": "./A", "expect": {"value": "right"}}},
            {"get": {"uri": "./B", "expect": {"status": [404, 405]}}},
            {"get": "./C"},
        )
    )
    bed.managed().answer(
        values={"./A": "wrong"}, status=lambda c: 500 if c.items[0].target.loc_uri == "./C" else 200
    )  # type: ignore[union-attr]
    assert [c for a in batch.answers for c in complaints(a)] == [
        "Get ./A: value 'wrong', not 'right'",
        "Get ./B: status 200, not 404 or 405",
        "Get ./C: status 500, not a success",
    ]


def test_a_device_with_little_room_gets_fewer_commands_at_a_time(bed: Bed) -> None:
    bed.server.queue(commands(*({"get": f"./A/{n:04}"} for n in range(20))))
    client = bed.client()
    room = dm.Meta(max_msg_size="700")
    client.send(client.message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE), meta=room))
    seen = 0
    while client.last is not None and sent(client.last):
        assert len(encode(client.last, Encoding.WBXML)) <= 700
        seen += len(sent(client.last))
        client.answer()
    assert seen == 20


def test_a_command_that_is_too_large_for_the_device_is_not_sent(bed: Bed) -> None:
    big = {"atomic": [{"add": {"uri": "./Big", "value": "x" * 5000}}]}
    batch = bed.server.queue(commands(big, {"get": "./A"}))
    client = bed.client()
    client.send(
        client.message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE), meta=dm.Meta(max_msg_size="2000"))
    )
    client.answer()
    assert "MaxMsgSize" in batch.answers[0].note
    assert batch.answers[1].status == 200


def test_a_value_that_xml_cannot_carry_is_not_sent(bed: Bed) -> None:
    batch = bed.server.queue(commands({"add": {"uri": "./A", "value": "\x01"}}))
    bed.client(encoding=Encoding.XML).begin(cred=md5_cred(FIRST_NONCE))
    assert batch.answers[0].note.startswith("not sent: ")
    assert bed.outcome is Outcome.FINISHED


# The device's own commands


def test_dev_info_is_read(bed: Bed) -> None:
    bed.managed()
    assert bed.server.sessions[-1].dev_info["./DevInfo/Man"] == "dmrig"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (dm.Alert("", data="1226", items=[dm.Item(data="x")]), "200"),
        (dm.Alert("", data="1224", items=[dm.Item(data="x")]), "200"),
        (dm.Alert("", data="1226"), "412"),
        (dm.Alert("", data="1999"), "406"),
        (dm.Alert("", data="often"), "400"),
        (dm.Alert(""), "400"),
        (dm.Get("", items=[dm.Item(target=dm.Target("./x"))]), "405"),
        (dm.Atomic("", commands=[dm.Get("9")]), "405"),
        (dm.Replace(""), "200"),
    ],
)
def test_status_of_a_devices_command(bed: Bed, command: dm.Command, status: str) -> None:
    command.cmd_id = ""
    assert codes(bed.client().begin(command, cred=md5_cred(FIRST_NONCE)))[-1] == status


def test_a_generic_alert_is_told(bed: Bed) -> None:
    source = dm.Source("./FUMO/X")
    item = dm.Item(source=source, meta=dm.Meta(type="urn:oma:at:fumo:1.0:update", format="chr"), data="200")
    bed.client().begin(dm.Alert("", data="1226", correlator="c1", items=[item]), cred=md5_cred(FIRST_NONCE))
    (event,) = bed.told(Alerted)
    assert isinstance(event, Alerted)
    assert (event.alert.code, event.alert.correlator) == (1226, "c1")
    assert (event.alert.items[0].uri, event.alert.items[0].type) == ("./FUMO/X", "urn:oma:at:fumo:1.0:update")


def test_numbers_used_twice_in_one_message(bed: Bed) -> None:
    client = bed.client()
    first, second = dm.Alert("5", data="1201"), dm.Alert("5", data="1226")
    reply = client.send(client.message(first, second, cred=md5_cred(FIRST_NONCE)))
    assert [s.cmd_ref for s in statuses(reply)] == ["0", "5", "5"]
