"""The DM server with packages of several messages and with large objects, both ways, message by message."""

from __future__ import annotations

import pytest

from hil.server.commands import commands
from hil.server.compare import complaints
from hil.server.settings import ServerSettings
from hil.server.transitions import Outcome
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, encode
from tests.dm_client import FIRST_NONCE, Client, codes, md5_cred, sent, statuses
from tests.server_bed import Bed

NEXT = "1222"


@pytest.fixture
def bed() -> Bed:
    return Bed()


def small(bed: Bed, octets: int = 900, encoding: Encoding = Encoding.WBXML) -> Client:
    """A device that takes short messages."""
    client = bed.client(encoding=encoding)
    client.max_msg_size = str(octets)
    client.begin(cred=md5_cred(FIRST_NONCE))
    return client


def go_on(client: Client, status: int = 200) -> dm.SyncML:
    """A Status for everything, Alert 1222, no Final: what a device says while the server's package goes on."""
    return client.answer(dm.Alert("", data=NEXT), status=lambda _: status, final=False)


def last(client: Client) -> dm.SyncML:
    assert client.last is not None
    return client.last


def item(command: dm.Command) -> dm.Item:
    assert isinstance(command, dm.Add | dm.Replace | dm.Exec)
    return command.items[0]


# The server's package in several messages


@pytest.mark.parametrize("encoding", list(Encoding))
def test_what_does_not_fit_comes_in_the_next_message_and_final_in_the_last(bed: Bed, encoding: Encoding) -> None:
    batch = bed.server.queue(commands(*({"get": f"./A/{n:04}"} for n in range(30))))
    client = small(bed, 1400 if encoding is Encoding.XML else 700, encoding)
    finals, seen = [], 0
    while sent(last(client)):
        assert len(encode(last(client), encoding)) <= int(client.max_msg_size)
        finals.append(last(client).sync_body.final)
        seen += len(sent(last(client)))
        if finals[-1]:
            client.answer()
        else:
            go_on(client)
    assert seen == 30
    assert len(finals) > 2
    assert finals == [False] * (len(finals) - 1) + [True]
    assert [answer.status for answer in batch.answers] == [200] * 30
    assert bed.outcome is Outcome.FINISHED
    assert bed.notes == []


def test_answers_that_come_late_in_the_package_count(bed: Bed) -> None:
    """A device may keep its statuses until it closes its own package."""
    batch = bed.server.queue(commands(*({"get": f"./A/{n:04}"} for n in range(30))))
    client = small(bed, 700)
    owed: list[tuple[str, dm.Command]] = []
    while not last(client).sync_body.final:
        owed += [(last(client).sync_hdr.msg_id, command) for command in sent(last(client))]
        client.answer(dm.Alert("", data=NEXT), only_header=True, final=False)
    late = [dm.Status("", msg_id, command.cmd_id, "Get", data="404") for msg_id, command in owed]
    client.answer(*late)
    assert [a.status for a in batch.answers] == [404] * len(owed) + [200] * (30 - len(owed))


def test_a_device_that_closes_its_package_too_early_is_told_the_rest(bed: Bed) -> None:
    batch = bed.server.queue(commands(*({"get": f"./A/{n:04}"} for n in range(30))))
    client = small(bed, 700)
    while sent(last(client)):
        client.answer()
    assert batch.done
    assert all(answer.status == 200 for answer in batch.answers)
    assert any("Final, though the server's package has not ended" in note for note in bed.notes)


def test_a_challenge_in_the_middle_of_a_package_begins_it_anew(bed: Bed) -> None:
    batch = bed.server.queue(commands(*({"get": f"./A/{n:04}"} for n in range(30))))
    client = small(bed, 700)
    first = [c.items[0].target for c in sent(last(client)) if isinstance(c, dm.Get)]
    again = client.answer(header=401, status=lambda _: 401, chal=dm.Chal(dm.Meta(type="syncml:auth-md5")))
    assert [c.items[0].target for c in sent(again) if isinstance(c, dm.Get)][:3] == first[:3]
    while sent(last(client)):
        client.answer() if last(client).sync_body.final else go_on(client)
    assert [answer.status for answer in batch.answers] == [200] * 30


def test_an_abort_in_the_middle_of_a_package(bed: Bed) -> None:
    bed.server.queue(commands(*({"get": f"./A/{n:04}"} for n in range(30))))
    client = small(bed, 700)
    client.answer(dm.Alert("", data="1223"))
    assert bed.outcome is Outcome.ABORTED_BY_DEVICE
    # What was not sent yet waits for the next session.
    assert sent(bed.client(session_id="2").begin(cred=md5_cred(client.nonce)))


# Large objects to the device


def chunks_of(bed: Bed, client: Client, status: int = 213) -> list[dm.Item]:
    """All chunks of the object that the server sends, each taken."""
    found = []
    while True:
        (command,) = sent(last(client))
        found.append(item(command))
        if not item(command).more_data:
            return found
        assert not last(client).sync_body.final
        go_on(client, status)


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("verb", ["add", "replace", "exec"])
def test_a_value_that_does_not_fit_goes_in_chunks(bed: Bed, encoding: Encoding, verb: str) -> None:
    text = "".join(f"{n:05}, <ä> & " for n in range(400))
    batch = bed.server.queue(commands({verb: {"uri": "./Big", "value": text}}, {"get": "./A"}))
    client = small(bed, 1500, encoding)
    found = chunks_of(bed, client)
    assert len(found) > 3
    assert "".join(dm.text(one.data) for one in found) == text
    assert found[0].meta is not None
    assert found[0].meta.size == str(len(text.encode()))
    assert all(one.meta is None or one.meta.size is None for one in found[1:])
    client.answer()
    client.answer()
    assert [answer.status for answer in batch.answers] == [200, 200]
    assert batch.answers[0].chunks == [213] * (len(found) - 1)
    assert bed.outcome is Outcome.FINISHED


@pytest.mark.parametrize("encoding", list(Encoding))
def test_octets_in_chunks(bed: Bed, encoding: Encoding) -> None:
    octets = bytes(range(256)) * 20
    bed.server.queue(commands({"add": {"uri": "./Big", "hex": octets.hex()}}))
    client = small(bed, 1500, encoding)
    found = chunks_of(bed, client)
    metas = [one.meta for one in found if one.meta is not None]
    assert len(metas) == len(found)
    assert {meta.format for meta in metas} == {"b64" if encoding is Encoding.XML else "bin"}
    if encoding is Encoding.XML:
        # Each chunk is base64 by itself.
        assert all(len(dm.text(one.data)) % 4 == 0 for one in found)
        assert metas[0].size == str(sum(len(dm.text(one.data)) for one in found))
    else:
        assert b"".join(dm.octets(one.data) for one in found) == octets
        assert metas[0].size == str(len(octets))


def test_a_device_that_takes_no_large_objects_gets_no_second_chunk(bed: Bed) -> None:
    batch = bed.server.queue(commands({"add": {"uri": "./Big", "value": "x" * 5000}}, {"get": "./A"}))
    client = small(bed)
    reply = client.answer(status=lambda _: 406)
    assert [type(c).__name__ for c in sent(reply)] == ["Get"]
    client.answer()
    assert [answer.status for answer in batch.answers] == [406, 200]


def test_chunks_that_are_asked_for(bed: Bed) -> None:
    """With another Size than the true one, or without an end."""
    said = {"uri": "./A", "value": "0123456789", "times": 10}
    bed.server.queue(
        commands(
            {"add": {**said, "chunks": {"octets": 40, "claim": 99}, "expect": {"status": 424}}},
            {"add": {**said, "uri": "./B", "chunks": {"octets": 40, "stop_after": 2}}},
            {"get": "./A"},
        )
    )
    client = bed.managed()
    found = chunks_of(bed, client)
    assert [len(dm.text(one.data)) for one in found] == [40, 40, 20]
    assert found[0].meta is not None
    assert found[0].meta.size == "99"
    reply = client.answer(status=lambda _: 424)
    assert item(sent(reply)[0]).more_data
    assert item(sent(go_on(client, 213))[0]).more_data
    reply = go_on(client, 213)
    assert [type(c).__name__ for c in sent(reply)] == ["Get"]
    lost = dm.Alert("", data="1225", items=[dm.Item(target=dm.Target("./B"))])
    assert codes(client.answer(lost)) == ["212", "200"]
    assert [complaints(a) for a in bed.session.answers] == [[], [], []]
    assert [(alert.code, alert.items[0].uri) for alert in bed.session.alerts] == [(1225, "./B")]


def test_a_command_that_is_too_large_and_cannot_be_cut(bed: Bed) -> None:
    copy = {"copy": {"from": "./" + "a" * 3000, "to": "./B"}}
    batch = bed.server.queue(commands(copy, {"get": "./A"}))
    client = small(bed)
    client.answer()
    assert "MaxMsgSize" in batch.answers[0].note
    assert batch.answers[1].status == 200


# Large objects from the device


class Big:
    """What the device says to the Get that is the first of the server's commands."""

    def __init__(self, client: Client) -> None:
        self.msg_id = last(client).sync_hdr.msg_id
        self.cmd_id = sent(last(client))[0].cmd_id

    def result(self, data: str, *, more: bool, size: int | None = None) -> dm.Results:
        meta = None if size is None else dm.Meta(size=str(size))
        item = dm.Item(source=dm.Source("./Big"), meta=meta, data=data, more_data=more)
        return dm.Results("", self.msg_id, self.cmd_id, items=[item])

    def done(self) -> dm.Status:
        return dm.Status("", self.msg_id, self.cmd_id, "Get", data="200")


def test_results_in_chunks_are_put_together(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": {"uri": "./Big", "expect": {"octets": 9, "contains": "bbb"}}}))
    client = bed.managed()
    big = Big(client)
    reply = client.answer(big.result("aaa", more=True, size=9), only_header=True, final=False)
    assert [dm.text(a.data) for a in reply.sync_body.commands if isinstance(a, dm.Alert)] == [NEXT]
    assert not reply.sync_body.final
    reply = client.answer(big.result("bbb", more=True), only_header=True, final=False)
    assert codes(reply) == ["212"]
    client.answer(big.done(), big.result("ccc", more=False), only_header=True)
    assert batch.answers[0].value == "aaabbbccc"
    assert complaints(batch.answers[0]) == []
    assert bed.notes == []


@pytest.mark.parametrize(("size", "says"), [(8, "first chunk said 8"), (None, "no Size")])
def test_a_size_that_is_not_right(bed: Bed, size: int | None, says: str) -> None:
    batch = bed.server.queue(commands({"get": "./Big"}))
    client = bed.managed()
    big = Big(client)
    client.answer(big.result("aaa", more=True, size=size), only_header=True, final=False)
    client.answer(big.done(), big.result("bbb", more=False), only_header=True)
    assert any(says in note for note in bed.notes)
    if size is not None:
        assert batch.answers[0].results == []
        assert says in complaints(batch.answers[0])[0]
    else:
        assert batch.answers[0].value == "aaabbb"


def test_another_command_in_between_is_answered_with_1225(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./Big"}))
    client = bed.managed()
    big = Big(client)
    client.answer(big.result("aaa", more=True, size=9), only_header=True, final=False)
    event = dm.Alert("", data="1224", items=[dm.Item(meta=dm.Meta(format="chr", type="a"), data="b")])
    reply = client.answer(event, only_header=True)
    (alert,) = [c for c in reply.sync_body.commands if isinstance(c, dm.Alert)]
    assert dm.text(alert.data) == "1225"
    assert alert.items[0].source == dm.Source("./Big")
    assert batch.answers[0].results == []
    assert any("large object does not end" in note for note in bed.notes)


def report(data: str, *, more: bool, size: int | None = None) -> dm.Alert:
    meta = dm.Meta(format="chr", type="urn:oma:at:x", size=None if size is None else str(size))
    return dm.Alert(
        "", data="1226", items=[dm.Item(source=dm.Source("./X"), meta=meta, data=data, more_data=more)]
    )


def test_a_generic_alert_in_chunks(bed: Bed) -> None:
    client = bed.client()
    reply = client.send(client.message(report("aaa", more=True, size=6), cred=md5_cred(FIRST_NONCE), final=False))
    assert codes(reply) == ["212", "213"]
    reply = client.answer(report("bbb", more=False), only_header=True)
    assert codes(reply) == ["212", "200"]
    (alert,) = bed.session.alerts
    assert (alert.code, alert.items[0].text, alert.items[0].type) == (1226, "aaabbb", "urn:oma:at:x")


@pytest.mark.parametrize(("size", "limit", "first", "then"), [(7, None, "213", "424"), (6, 4, "416", "416")])
def test_a_generic_alert_that_cannot_be_put_together(size: int, limit: int | None, first: str, then: str) -> None:
    bed = Bed(ServerSettings(max_obj_size=limit))
    client = bed.client()
    chunk = report("aaa", more=True, size=size)
    reply = client.send(client.message(chunk, cred=md5_cred(FIRST_NONCE), final=False))
    assert codes(reply)[1] == first
    assert codes(client.answer(report("bbb", more=False), only_header=True))[1] == then
    assert bed.session.alerts == []


def test_the_devices_object_comes_before_the_rest_of_the_servers_package(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./Big"}, *({"get": f"./A/{n:04}"} for n in range(30))))
    client = small(bed, 700)
    big = Big(client)
    reply = client.answer(big.result("aaa", more=True, size=6), final=False)
    assert [type(c).__name__ for c in sent(reply)] == ["Alert"]
    reply = client.answer(big.result("bbb", more=False), dm.Alert("", data=NEXT), only_header=True, final=False)
    assert {type(c).__name__ for c in sent(reply)} == {"Get"}


# Sizes that the server names


def test_the_servers_sizes_are_said_until_the_device_is_accepted() -> None:
    bed = Bed(ServerSettings(max_msg_size=5000, max_obj_size=90000))
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    for cred in (None, md5_cred(FIRST_NONCE)):
        reply = client.begin(cred=cred if cred is None else md5_cred(client.nonce))
        assert reply.sync_hdr.meta == dm.Meta(max_msg_size="5000", max_obj_size="90000")
    assert client.answer().sync_hdr.meta is None


def test_a_message_longer_than_the_server_takes_is_noted() -> None:
    bed = Bed(ServerSettings(max_msg_size=100))
    bed.managed()
    assert any("MaxMsgSize is 100" in note for note in bed.notes)


def test_the_way_on() -> None:
    bed = Bed(ServerSettings(resp_uri="/dm/next"))
    bed.server.queue(commands({"get": "./A"}, {"resp_uri": "https://other.example/dm"}, {"get": "./B"}))
    client = bed.managed()
    assert last(client).sync_hdr.resp_uri == "http://127.0.0.1/dm/next"
    assert client.answer().sync_hdr.resp_uri == "https://other.example/dm"
    client.answer()
    assert [complaints(answer) for answer in bed.session.answers] == [[], [], []]
    assert statuses(last(client))
