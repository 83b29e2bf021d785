"""The DM server's engine, driven message by message: authentication, commands, endings, hostile input."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.server.commands import commands
from hil.server.engine import Reply
from hil.server.events import (
    Alerted,
    Authenticated,
    Challenged,
    CommandAnswered,
    SessionClosed,
    SessionOpened,
)
from hil.server.settings import ANY_DEVICE, Packing, Present, ServerSettings
from hil.server.transitions import TRANSITIONS, Heard, Outcome, State
from simulator.codes import mime
from simulator.security import nonce
from simulator.security.credentials import AuthType, md5
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, decode, encode
from tests.dm_client import (
    DEVICE_ID,
    FIRST_NONCE,
    FIRST_SERVER_NONCE,
    PASSWORD,
    SERVER,
    SERVER_PASSWORD,
    URL,
    USER,
    Client,
    Refused,
    basic_cred,
    codes,
    md5_cred,
    sent,
    statuses,
)
from tests.server_bed import START, Bed, account


@pytest.fixture
def bed() -> Bed:
    return Bed()


def challenge_of(client: Client) -> dm.Meta:
    chal = client.header_status().chal
    assert chal is not None
    return chal.meta


def fresh_chal(octets: bytes, kind: str = AuthType.MD5) -> dm.Chal:
    return dm.Chal(dm.Meta(format="b64", type=kind, next_nonce=nonce.to_text(octets)))


# Authentication of the device


@pytest.mark.parametrize("encoding", list(Encoding))
def test_good_credentials_are_accepted_for_the_session(bed: Bed, encoding: Encoding) -> None:
    bed.server.queue(commands({"get": "./DevInfo/Man"}))
    client = bed.client(encoding=encoding)
    reply = client.begin(cred=md5_cred(FIRST_NONCE))
    assert codes(reply) == ["212", "200", "200"]
    assert [type(c).__name__ for c in sent(reply)] == ["Get"]
    assert reply.sync_body.final
    assert reply.sync_hdr.target.loc_uri == DEVICE_ID
    assert reply.sync_hdr.source.loc_uri == URL
    assert (reply.sync_hdr.session_id, reply.sync_hdr.msg_id, reply.sync_hdr.ver_proto) == ("1", "1", "DM/1.3")
    # The nonce for the next session comes with the 212.
    assert challenge_of(client).next_nonce
    # No Cred any more, and still 212.
    assert codes(client.answer(values={"./DevInfo/Man": "dmrig"})) == ["212"]
    assert bed.outcome is Outcome.FINISHED
    assert bed.server.sessions[-1].device_authenticated


def test_header_status_names_what_it_answers(bed: Bed) -> None:
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    header = client.header_status()
    assert (header.msg_ref, header.cmd, header.target_ref, header.source_ref) == (
        "1",
        "SyncHdr",
        [URL],
        [DEVICE_ID],
    )


def test_without_credentials_the_device_is_challenged_and_gets_nothing_else(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./DevInfo/Man"}))
    client = bed.client()
    reply = client.begin()
    assert codes(reply) == ["407", "407", "407"]
    assert sent(reply) == []
    assert reply.sync_hdr.cred is None
    assert challenge_of(client).type == AuthType.MD5
    assert challenge_of(client).format == "b64"
    # The package again, with the nonce of the challenge, in the same session.
    reply = client.begin(cred=md5_cred(client.nonce))
    assert codes(reply)[0] == "212"
    assert len(sent(reply)) == 1
    assert len(bed.server.sessions) == 1


def test_a_stale_nonce_gets_another_try(bed: Bed) -> None:
    client = bed.client()
    reply = client.begin(cred=md5_cred(b"long ago"))
    assert codes(reply) == ["401", "401", "401"]
    assert codes(client.begin(cred=md5_cred(client.nonce)))[0] == "212"


def test_nothing_of_a_refused_package_counts(bed: Bed) -> None:
    client = bed.client()
    item = dm.Item(meta=dm.Meta(type="urn:x", format="chr"), data="x")
    client.begin(dm.Alert("", data="1226", items=[item]), cred=md5_cred(b"wrong"))
    assert bed.server.sessions[-1].alerts == []
    assert bed.server.sessions[-1].dev_info == {}
    assert not bed.told(Alerted)


def test_wrong_credentials_end_the_session_in_the_end(bed: Bed) -> None:
    client = bed.client()
    for _ in range(2):
        client.begin(cred=md5_cred(client.nonce, "guess"))
        assert bed.outcome is None
    reply = client.begin(cred=md5_cred(client.nonce, "guess"))
    assert codes(reply)[0] == "401"
    assert challenge_of(client).next_nonce  # a 401 always carries one
    assert bed.outcome is Outcome.DEVICE_NOT_AUTHENTICATED
    assert not bed.server.sessions[-1].device_authenticated


def test_each_challenge_has_a_nonce_of_its_own(bed: Bed) -> None:
    client = bed.client()
    client.begin()
    first = client.nonce
    client.begin(cred=md5_cred(b"wrong"))
    assert client.nonce != first
    # The older challenge is void.
    assert codes(client.begin(cred=md5_cred(first)))[0] == "401"


def test_the_nonce_of_212_is_for_the_next_session(bed: Bed) -> None:
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    again = bed.client("2")
    assert codes(again.begin(cred=md5_cred(FIRST_NONCE)))[0] == "401"
    third = bed.client("3")
    assert codes(third.begin(cred=md5_cred(client.nonce)))[0] == "212"


def test_a_challenge_that_is_not_answered_changes_nothing(bed: Bed) -> None:
    """Whoever sends a message without credentials must not put the real device's nonce out of step."""
    bed.client("77").begin()
    assert codes(bed.client("2").begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"


def test_an_unknown_device_is_challenged_like_any_other() -> None:
    bed = Bed(accounts={"IMEI:other": account()})
    client = bed.client()
    assert codes(client.begin())[0] == "407"
    assert codes(client.begin(cred=md5_cred(client.nonce)))[0] == "401"
    client.begin(cred=md5_cred(client.nonce))
    assert bed.outcome is Outcome.DEVICE_NOT_AUTHENTICATED


def test_an_account_for_any_device() -> None:
    bed = Bed(accounts={ANY_DEVICE: account()})
    assert codes(bed.client(device_id="IMEI:1").begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"
    # Nonces belong to a device, not to the account.
    assert codes(bed.client(device_id="IMEI:2").begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"


def test_auth_basic() -> None:
    bed = Bed(accounts={DEVICE_ID: account(AuthType.BASIC)})
    client = bed.client()
    assert codes(client.begin())[0] == "407"
    assert challenge_of(client).type == AuthType.BASIC
    assert challenge_of(client).next_nonce is None
    assert codes(client.begin(cred=basic_cred("guess")))[0] == "401"
    assert codes(client.begin(cred=basic_cred()))[0] == "212"
    assert client.last is not None
    assert client.last.sync_hdr.cred is not None
    assert client.last.sync_hdr.cred.meta is not None
    assert client.last.sync_hdr.cred.meta.type == AuthType.BASIC


def test_another_type_than_asked_for_ends_the_session_even_when_right(bed: Bed) -> None:
    client = bed.client()
    client.begin()
    assert codes(client.begin(cred=basic_cred()))[0] == "401"
    assert bed.outcome is Outcome.DEVICE_NOT_AUTHENTICATED


def test_another_type_sent_unasked_is_challenged(bed: Bed) -> None:
    client = bed.client()
    assert codes(client.begin(cred=basic_cred()))[0] == "401"
    assert codes(client.begin(cred=md5_cred(client.nonce)))[0] == "212"


def test_a_digest_sent_raw(bed: Bed) -> None:
    import base64

    raw = base64.b64decode(md5(USER, PASSWORD, FIRST_NONCE))
    cred = dm.Cred(dm.Meta(type=AuthType.MD5), raw)
    assert codes(bed.client().begin(cred=cred))[0] == "212"


def test_status_200_asks_for_credentials_in_each_message() -> None:
    bed = Bed(ServerSettings(every_message=True))
    bed.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    client = bed.client()
    assert codes(client.begin(cred=md5_cred(FIRST_NONCE)))[0] == "200"
    # Without: the package counts for nothing, and has to be repeated.
    reply = client.answer(header=212)
    assert codes(reply)[0] == "407"
    client.last = decode(encode(reply, Encoding.WBXML), None)[0]
    assert bed.server.sessions[-1].answers == []
    status = dm.Status("", "1", "4", "Get", data="404")
    reply = client.send(client.message(status, cred=md5_cred(client.nonce)))
    assert codes(reply)[0] == "200"
    assert [a.status for a in bed.server.sessions[-1].answers] == [404]
    assert [type(c).__name__ for c in sent(reply)] == ["Exec"]
    client.answer(cred=md5_cred(client.nonce))
    assert bed.outcome is Outcome.FINISHED


def test_an_account_without_client_credentials() -> None:
    bed = Bed(accounts={DEVICE_ID: account(client=False)})
    bed.server.queue(commands({"get": "./A"}))
    reply = bed.client().begin()
    assert codes(reply)[0] == "200"
    assert len(sent(reply)) == 1


# Authentication of the server


def server_cred(message: dm.SyncML) -> str | None:
    cred = message.sync_hdr.cred
    return None if cred is None else dm.text(cred.data)


def expected_cred(nonce_: bytes) -> str:
    return md5(SERVER, SERVER_PASSWORD, nonce_)


def test_the_server_presents_itself_until_212(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    client = bed.client()
    reply = client.begin(cred=md5_cred(FIRST_NONCE))
    assert server_cred(reply) == expected_cred(FIRST_SERVER_NONCE)
    assert reply.sync_hdr.source.loc_name == SERVER
    reply = client.answer(header=212)
    assert reply.sync_hdr.cred is None
    assert reply.sync_hdr.source.loc_name is None
    assert bed.server.sessions[-1].server_authenticated


def test_the_server_answers_the_devices_challenge_and_repeats_its_commands(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    reply = client.answer(header=401, status=lambda _: 401, chal=fresh_chal(b"fresh"))
    assert server_cred(reply) == expected_cred(b"fresh")
    assert [type(c).__name__ for c in sent(reply)] == ["Get"]
    assert batch.answers == []
    client.answer(header=212, values={"./A": "a"})
    assert [(a.status, a.value) for a in batch.answers] == [(200, "a")]
    assert [(e.who, e.status) for e in bed.told(Challenged) if isinstance(e, Challenged)] == [("server", 401)]
    assert [e.who for e in bed.told(Authenticated) if isinstance(e, Authenticated)] == ["device", "server"]


def test_the_devices_challenge_may_come_with_the_repeated_package_1(bed: Bed) -> None:
    client = bed.client()
    bed.server.queue(commands({"get": "./A"}))
    client.begin()
    ask = dm.Status("", "1", "0", "SyncHdr", chal=fresh_chal(b"mine"), data="407")
    reply = client.begin(ask, cred=md5_cred(client.nonce))
    assert server_cred(reply) == expected_cred(b"mine")


def test_the_devices_next_nonce_is_kept_for_the_next_session(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    client.answer(header=212, chal=fresh_chal(b"next time"))
    again = bed.client("2")
    reply = again.begin(cred=md5_cred(client.nonce))
    assert server_cred(reply) == expected_cred(b"next time")


def test_a_nonce_from_a_stranger_is_not_kept(bed: Bed) -> None:
    stranger = bed.client("66")
    status = dm.Status("", "1", "0", "SyncHdr", chal=fresh_chal(b"evil"), data="401")
    stranger.begin(status, cred=md5_cred(b"guess"))
    reply = bed.client("2").begin(cred=md5_cred(FIRST_NONCE))
    assert server_cred(reply) == expected_cred(FIRST_SERVER_NONCE)


def test_a_device_that_never_accepts_the_server(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    for octets in (b"one", b"two"):
        reply = client.answer(header=401, status=lambda _: 401, chal=fresh_chal(octets))
        assert len(sent(reply)) == 1
    reply = client.answer(header=401, status=lambda _: 401, chal=fresh_chal(b"three"))
    assert sent(reply) == []
    assert bed.outcome is Outcome.SERVER_NOT_AUTHENTICATED
    assert batch.answers[0].status == 401


@pytest.mark.parametrize("kind", [AuthType.BASIC, "syncml:auth-unheard-of"])
def test_a_device_that_asks_for_another_type(bed: Bed, kind: str) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    client.answer(header=401, chal=fresh_chal(b"x", kind), status=lambda _: 401)
    assert bed.outcome is Outcome.SERVER_NOT_AUTHENTICATED


def test_present_when_challenged() -> None:
    bed = Bed(ServerSettings(present=Present.CHALLENGED))
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    assert client.begin(cred=md5_cred(FIRST_NONCE)).sync_hdr.cred is None
    reply = client.answer(header=407, status=lambda _: 407, chal=fresh_chal(b"please"))
    assert server_cred(reply) == expected_cred(b"please")


def test_present_never() -> None:
    bed = Bed(ServerSettings(present=Present.NEVER))
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    assert client.begin(cred=md5_cred(FIRST_NONCE)).sync_hdr.cred is None
    reply = client.answer(header=407, status=lambda _: 407, chal=fresh_chal(b"please"))
    assert reply.sync_hdr.cred is None
    assert bed.outcome is Outcome.SERVER_NOT_AUTHENTICATED


def test_server_200_means_credentials_in_each_message_with_the_new_nonce(bed: Bed) -> None:
    bed.server.queue(commands({"exec": "./A"}, {"exec": "./B"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    reply = client.answer(header=200, chal=fresh_chal(b"second"))
    assert server_cred(reply) == expected_cred(b"second")
    reply = client.answer(header=200, chal=fresh_chal(b"third"))
    assert server_cred(reply) == expected_cred(b"third")
    assert bed.outcome is Outcome.FINISHED


# Commands and answers


def managed(bed: Bed) -> Client:
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    return client


def test_statuses_and_results_are_matched_to_their_commands(bed: Bed) -> None:
    batch = bed.server.queue(
        commands({"get": "./DevInfo/Man"}, {"get": "./DevInfo/Mod"}, {"get": "./Gone"}, {"delete": "./X"})
    )
    client = managed(bed)
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
    client = managed(bed)
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
    client = managed(bed)
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
    client = managed(bed)
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
    client = managed(bed)
    client.answer(status=lambda c: {"Atomic": 507, "Add": 216, "Delete": 404}.get(type(c).__name__, 200))
    client.answer(values={"./A": "still"})
    atomic, sequence = batch.answers
    assert (atomic.status, [a.status for a in atomic.inner]) == (507, [216, 404])
    assert (sequence.status, sequence.inner[0].status, sequence.inner[0].value) == (200, 200, "still")
    assert sequence.complaints() == []
    assert len(atomic.complaints()) == 3


def test_a_command_without_status_is_said_to_be_unanswered(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}))
    client = managed(bed)
    client.answer(only_header=True)
    assert batch.done
    assert batch.answers[0].status is None
    assert batch.answers[0].complaints() == ["Get ./A: the device sent no status"]


def test_a_status_for_something_never_sent_is_noted(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = managed(bed)
    client.answer(
        dm.Status("", "1", "77", "Get", data="200"), dm.Results("", "9", "77", items=[dm.Item(data="x")])
    )
    notes = [note for note in bed.server.sessions[-1].notes if "not open" in note.text]
    assert [note.command for note in notes] == ["Status 4", "Results 5"]


def test_commands_queued_while_a_session_is_open_are_sent_in_it(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = managed(bed)
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
    client = managed(bed)
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
    managed(bed).answer(
        values={"./A": "wrong"}, status=lambda c: 500 if c.items[0].target.loc_uri == "./C" else 200
    )  # type: ignore[union-attr]
    assert [c for a in batch.answers for c in a.complaints()] == [
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
    managed(bed)
    assert bed.server.sessions[-1].dev_info["./DevInfo/Man"] == "dmrig"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (dm.Alert("", data="1226", items=[dm.Item(data="x")]), "200"),
        (dm.Alert("", data="1224"), "200"),
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


# Endings


def test_no_command_left_ends_the_session(bed: Bed) -> None:
    client = managed(bed)
    assert client.last is not None
    assert sent(client.last) == []
    assert client.last.sync_body.final
    assert bed.outcome is Outcome.FINISHED
    assert [type(e) for e in bed.events] == [SessionOpened, Authenticated, SessionClosed]


def test_a_device_that_answers_the_last_message_gets_statuses_and_no_new_session(bed: Bed) -> None:
    client = managed(bed)
    reply = client.answer(only_header=True)
    assert codes(reply) == ["212"]
    assert sent(reply) == []
    assert len(bed.server.sessions) == 1


def test_abort_by_the_device(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    client = managed(bed)
    reply = client.answer(dm.Alert("", data="1223"), only_header=True)
    assert codes(reply) == ["212", "200"]
    assert sent(reply) == []
    assert reply.sync_body.final
    assert bed.outcome is Outcome.ABORTED_BY_DEVICE
    assert batch.answers[0].note == "no answer: aborted by the device"
    # What was not sent is sent next time.
    again = bed.client("2")
    assert [type(c).__name__ for c in sent(again.begin(cred=md5_cred(client.nonce)))] == ["Exec"]


def test_abort_by_a_device_that_did_not_authenticate_itself(bed: Bed) -> None:
    client = bed.client()
    client.begin()
    client.send(client.message(dm.Alert("", data="1223")))
    assert bed.outcome is Outcome.DEVICE_NOT_AUTHENTICATED


def test_abort_by_the_server(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}, {"alert": 1223}, {"get": "./B"}))
    client = managed(bed)
    reply = client.answer()
    (alert,) = sent(reply)
    assert isinstance(alert, dm.Alert)
    assert alert.data == "1223"
    assert reply.sync_body.final
    assert bed.outcome is Outcome.ABORTED_BY_SERVER


def test_a_package_in_several_messages_is_asked_for_to_its_end(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}, {"get": "./B"}, {"exec": "./C"}))
    client = managed(bed)
    assert client.last is not None
    a, b = (c.cmd_id for c in sent(client.last))
    first = client.message(
        dm.Status("", "1", "0", "SyncHdr", data="212"), dm.Status("", "1", a, "Get", data="200"), final=False
    )
    reply = client.send(first)
    (alert,) = sent(reply)
    assert isinstance(alert, dm.Alert)
    assert alert.data == "1222"
    assert not reply.sync_body.final
    assert batch.answers == []
    reply = client.send(client.message(dm.Status("", "1", b, "Get", data="404")))
    assert [x.status for x in batch.answers] == [200, 404]
    assert [type(c).__name__ for c in sent(reply)] == ["Exec"]


def test_an_endless_package_is_aborted() -> None:
    bed = Bed(ServerSettings(max_messages=5))
    client = managed(bed)
    client = bed.client("2")
    client.nonce = nonce.from_text((bed.server.sessions[0].notes and "") or "")
    bed.store.keep_nonce(DEVICE_ID, "CLCRED", b"n")
    client.send(client.message(dm.Alert("", data="1201"), cred=md5_cred(b"n"), final=False))
    for _ in range(4):
        reply = client.send(client.message(final=False))
    assert [dm.text(c.data) for c in sent(reply) if isinstance(c, dm.Alert)] == ["1223"]
    assert bed.outcome is Outcome.ABORTED_BY_SERVER


def test_a_device_that_does_not_come_back(bed: Bed) -> None:
    batch = bed.server.queue(commands({"exec": "./A"}, {"exec": "./B"}))
    client = managed(bed)
    bed.now += timedelta(minutes=9)
    bed.server.expire(bed.now)
    assert bed.outcome is None
    bed.now += timedelta(minutes=2)
    bed.server.expire(bed.now)
    assert bed.outcome is Outcome.ABANDONED
    assert batch.answers[0].note == "no answer: the device did not come back"
    again = bed.client("1")
    assert len(sent(again.begin(cred=md5_cred(client.nonce)))) == 1


def test_open_sessions_are_bounded() -> None:
    bed = Bed(ServerSettings(max_sessions=3))
    for number in range(5):
        bed.client(str(number)).begin()
        bed.now += timedelta(seconds=1)
    assert [s.outcome for s in bed.server.sessions] == [Outcome.ABANDONED] * 2 + [None] * 3


def test_a_session_id_that_is_always_the_same(bed: Bed) -> None:
    bed.server.queue(commands({"exec": "./A"}, {"exec": "./B"}))
    client = managed(bed)
    again = bed.client("1")
    reply = again.begin(cred=md5_cred(client.nonce))
    assert [s.outcome for s in bed.server.sessions] == [Outcome.ABANDONED, None]
    assert reply.sync_hdr.msg_id == "1"
    assert len(sent(reply)) == 1


def test_the_same_message_twice_is_answered_the_same_and_done_once(bed: Bed) -> None:
    """The reply was lost on the way, and the device's HTTP client tried again."""
    batch = bed.server.queue(commands({"exec": "./A"}))
    client = managed(bed)
    assert client.last is not None
    answer = client.message(
        dm.Status("", "1", "0", "SyncHdr", data="212"),
        dm.Status("", "1", sent(client.last)[0].cmd_id, "Exec", data="202"),
    )
    first = client.send(answer)
    told = len(bed.events)
    assert client.send(answer) == first
    assert len(bed.events) == told
    assert [a.status for a in batch.answers] == [202]


@pytest.mark.parametrize(("proto", "dtd", "code"), [("DM/9.9", "1.2", "513"), ("DM/1.3", "7", "505")])
def test_a_version_that_is_not_spoken(bed: Bed, proto: str, dtd: str, code: str) -> None:
    client = bed.client()
    client.ver_proto, client.ver_dtd = proto, dtd
    assert codes(client.begin(cred=md5_cred(FIRST_NONCE))) == [code] * 3
    assert bed.outcome is Outcome.VERSION_NOT_SUPPORTED


def test_a_device_of_dm_1_2_is_answered_in_dm_1_2(bed: Bed) -> None:
    client = bed.client()
    client.ver_proto = "DM/1.2"
    assert client.begin(cred=md5_cred(FIRST_NONCE)).sync_hdr.ver_proto == "DM/1.2"


def test_a_device_that_refuses_the_servers_version(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = managed(bed)
    reply = client.answer(header=513, only_header=True)
    assert sent(reply) == []
    assert bed.outcome is Outcome.REFUSED_BY_DEVICE


# What is no DM message


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", mime.DM_WBXML, 400),
        (b"\x03\x01", mime.DM_WBXML, 400),
        (b"<SyncML><SyncHdr>", mime.DM_XML, 400),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><SyncML>&a;</SyncML>', mime.DM_XML, 400),
        (b"hello", None, 400),
        (b"hello", "text/html", 415),
        (b"hello", "", 415),
    ],
)
def test_what_is_no_message(bed: Bed, body: bytes, content_type: str | None, status: int) -> None:
    reply = bed.server.receive(body, content_type, START)
    assert reply.status == status
    assert reply.content_type.startswith("text/plain")
    assert not bed.events


def test_truncated_anywhere(bed: Bed) -> None:
    client = bed.client()
    body = encode(client.message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE)), Encoding.WBXML)
    for end in range(len(body) - 1):
        assert bed.server.receive(body[:end], mime.DM_WBXML, START).status == 400, end
    assert not bed.events


@pytest.mark.parametrize(
    "content_type", ["application/vnd.syncml+xml", "application/vnd.syncml.dm+xml;charset=utf-8", None]
)
def test_names_of_media_types_are_read_liberally(bed: Bed, content_type: str | None) -> None:
    body = encode(bed.client().message(dm.Alert("", data="1201")), Encoding.XML)
    reply = bed.server.receive(body, content_type, START)
    assert (reply.status, reply.content_type) == (200, Encoding.XML.mime)


@pytest.mark.parametrize(("device_id", "session_id"), [("", "1"), ("x" * 600, "1"), ("x", ""), ("x", "1" * 65)])
def test_a_message_of_nobody(bed: Bed, device_id: str, session_id: str) -> None:
    client = bed.client(session_id, device_id=device_id)
    with pytest.raises(Refused) as refused:
        client.begin()
    assert refused.value.status == 400


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([None, mime.DM_WBXML, mime.DM_XML]))
def test_arbitrary_octets_get_a_reply(body: bytes, content_type: str | None) -> None:
    reply = Bed().server.receive(body, content_type, START)
    assert isinstance(reply, Reply)


def test_a_damaged_message_never_breaks_the_server(bed: Bed) -> None:
    client = bed.client()
    body = encode(
        client.message(
            dm.Alert("", data="1201"),
            dm.Status("", "1", "0", "SyncHdr", chal=fresh_chal(b"x"), data="401"),
            cred=md5_cred(FIRST_NONCE),
            meta=dm.Meta(max_msg_size="5000"),
        ),
        Encoding.WBXML,
    )
    for position in range(len(body)):
        damaged = bytearray(body)
        damaged[position] ^= 0x41
        assert bed.server.receive(bytes(damaged), mime.DM_WBXML, START).status in (200, 400)


def test_every_state_says_something_to_everything_heard() -> None:
    for state, row in TRANSITIONS.items():
        assert set(row) == set(Heard), state
        for _, following, outcome in row.values():
            assert (outcome is not None) <= (following is State.ENDED)


def test_a_device_whose_sessions_all_begin_with_the_same_octets() -> None:
    """Session id always 1, no nonce: the second session is one, and not the first one's message again."""
    bed = Bed(accounts={DEVICE_ID: account(AuthType.BASIC)})
    assert sent(bed.client().begin(cred=basic_cred())) == []
    bed.server.queue(commands({"get": "./A"}))
    assert len(sent(bed.client().begin(cred=basic_cred()))) == 1
    assert len(bed.server.sessions) == 2


def test_what_a_stranger_says_about_the_server_does_not_count(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(dm.Status("", "1", "0", "SyncHdr", data="513"))
    reply = client.begin(dm.Status("", "1", "0", "SyncHdr", data="212"), cred=md5_cred(b"wrong"))
    assert codes(reply)[0] == "401"
    reply = client.begin(cred=md5_cred(client.nonce))
    assert server_cred(reply) == expected_cred(FIRST_SERVER_NONCE)
    assert len(sent(reply)) == 1


def test_a_server_that_presented_nothing_is_not_called_authenticated() -> None:
    bed = Bed(ServerSettings(present=Present.NEVER))
    bed.server.queue(commands({"get": "./A"}))
    managed(bed).answer(header=212)
    assert not bed.server.sessions[-1].server_authenticated
