"""Real peers, read liberally: what they do wrong is noted, with clause, message and command, and nothing stops."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.server.commands import commands
from hil.server.events import Noted
from hil.server.show import Show
from hil.server.transitions import Outcome
from simulator.codes import mime
from simulator.errors import EncodeError
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, decode, encode
from tests.dm_client import DEVICE_ID, FIRST_NONCE, PASSWORD, URL, USER, codes, md5_cred, sent
from tests.server_bed import START, Bed, account
from tests.strategies import messages

HEADERS = {
    "Content-Type": mime.DM_WBXML,
    "User-Agent": "test",
    "Accept": mime.DM_WBXML,
    "Accept-Charset": "UTF-8",
    "Cache-Control": "private",
}


@pytest.fixture
def bed() -> Bed:
    return Bed()


def noted(bed: Bed) -> list[tuple[str, str, str]]:
    return [(note.message, note.command, note.clause) for note in bed.session.notes]


def test_a_device_that_keeps_the_rules_is_not_noted(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}, {"add": {"uri": "./B", "value": "1"}}))
    client = bed.client()
    item = dm.Item(source=dm.Source("./X"), meta=dm.Meta("chr", "urn:oma:at:x", mark="minor"), data="1")
    client.begin(dm.Alert("", data="1226", items=[item]), cred=md5_cred(FIRST_NONCE))
    while sent(client.last or dm.SyncML(client.message().sync_hdr, dm.SyncBody())):
        client.answer()
    assert bed.outcome is Outcome.FINISHED
    assert bed.notes == []


def test_the_request_around_the_message(bed: Bed) -> None:
    message = bed.client().message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE))
    reply = bed.server.receive(encode(message, Encoding.WBXML), HEADERS["Content-Type"], bed.now, HEADERS, "/dm")
    assert reply.status == 200
    assert not any("HTTP" in note for note in bed.notes)
    assert bed.session.log[0].path == "/dm"
    message.sync_hdr.msg_id = "2"
    bed.server.receive(encode(message, Encoding.WBXML), None, bed.now, {})
    assert sum("DM HTTP Binding §5.3" in note for note in bed.notes) == 5
    before = len(bed.notes)
    message.sync_hdr.msg_id = "3"
    bed.server.receive(encode(message, Encoding.WBXML), None, bed.now, {})
    # The same in every request is told once.
    assert len(bed.notes) == before


def test_a_media_type_without_dm_and_a_nul_in_the_text(bed: Bed) -> None:
    message = bed.client().message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE))
    body = encode(message, Encoding.XML).replace(b"<Data>1201", b"<Data>12\x0001")
    kind = "application/vnd.syncml+xml; charset=UTF-8"
    reply = bed.server.receive(body, kind, bed.now, {**HEADERS, "Content-Type": kind})
    answer, _ = decode(reply.body, reply.content_type)
    assert codes(answer) == ["212", "200"]
    assert bed.session.alert == 1201
    assert any("NUL" in note for note in bed.notes)
    assert any("application/vnd.syncml+xml" in note for note in bed.notes)


def test_children_of_status_out_of_order(bed: Bed) -> None:
    """As published examples have them."""
    bed.server.queue(commands({"get": "./A"}))
    client = bed.managed(encoding=Encoding.XML)
    message = client.message(
        dm.Status("1", "1", "0", "SyncHdr", data="212"), dm.Status("2", "1", "4", "Get", data="200")
    )
    body = encode(message, Encoding.XML)
    right, wrong = b"<CmdID>2</CmdID><MsgRef>1</MsgRef>", b"<MsgRef>1</MsgRef><CmdID>2</CmdID>"
    assert right in body
    reply = bed.server.receive(body.replace(right, wrong), mime.DM_XML, bed.now)
    assert reply.status == 200
    assert bed.session.answers[0].status == 200
    assert ("2", "Status 2", "DM Representation §7.5") in noted(bed)


@pytest.mark.parametrize(
    ("command", "clause", "says"),
    [
        (
            dm.Get("9", items=[dm.Item(target=dm.Target("./A"))]),
            "DM Representation §7.6",
            "no command of a device",
        ),
        (dm.Alert("1", data="1224"), "DM Representation §7.1", "CmdID 1 stands twice"),
        (dm.Alert("0", data="1222"), "DM Representation §7.1", "the header's number"),
        (dm.Alert("9", data="x"), "DM Representation §7.6", "no alert code"),
        (dm.Alert("9", data="1226"), "DM Protocol §8.7", "has no Item"),
        (dm.Alert("9", data="1226", items=[dm.Item()]), "DM Protocol §8.7", "no Meta Type"),
        (dm.Alert("9", data="1224", items=[dm.Item(data="x")]), "DM Protocol §8.6", "no Meta Format"),
        (
            dm.Alert("9", data="1226", items=[dm.Item(meta=dm.Meta("chr", "a", mark="loud"), data="")]),
            "DM Protocol §8.7",
            "'loud'",
        ),
        (dm.Status("9", "1", "3", "Get", data="soso"), "DM Representation §7.5", "'soso' is no status code"),
        (
            dm.Status("9", "1", "3", "Get", data="200", chal=dm.Chal(dm.Meta(type="x", next_nonce=""))),
            "DM Security §5.3",
            "NextNonce is empty",
        ),
        (dm.Results("9", None, "3"), "DM Representation §7.6", "no MsgRef"),
        (dm.Status("9", "1", "99", "Get", data="200"), "DM Protocol §8", "not open"),
        (
            dm.Alert("9", data="1222", cred=dm.Cred(None, "x")),
            "DM Representation §7.1",
            "a Cred stands in a command",
        ),
    ],
)
def test_a_rule_that_is_broken(bed: Bed, command: dm.Command, clause: str, says: str) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.managed()
    client.answer(command, header=212)
    (note, *_) = [note for note in bed.session.notes if says in note.text]
    assert (note.clause, note.message) == (clause, "2")
    if command.cmd_id != "1":
        assert note.command == f"{type(command).__name__} {command.cmd_id}"
    assert bed.outcome is Outcome.FINISHED


def test_package_1_without_what_belongs_into_it(bed: Bed) -> None:
    client = bed.client()
    client.send(client.message(dm.Replace("", items=[]), cred=md5_cred(FIRST_NONCE)))
    text = "; ".join(bed.notes)
    assert "Alert 1200 or 1201; seen is none" in text
    assert "no ./DevInfo/DevId" in text
    assert "no MaxMsgSize" in text


def test_dev_info_with_interior_nodes_and_leaves_of_its_own(bed: Bed) -> None:
    items = [
        dm.Item(source=dm.Source("./DevInfo"), meta=dm.Meta(format="node")),
        dm.Item(source=dm.Source("./DevInfo/Ext"), meta=dm.Meta(format="node")),
        dm.Item(source=dm.Source("./DevInfo/Ext/Vendor"), data="x"),
        *(dm.Item(source=dm.Source(f"./DevInfo/{n}"), data=n) for n in ("DevId", "Man", "Mod", "DmV", "Lang")),
    ]
    client = bed.client()
    replace = dm.Replace("", items=items)
    reply = client.send(client.message(dm.Alert("", data="1201"), replace, cred=md5_cred(FIRST_NONCE)))
    assert codes(reply) == ["212", "200", "200"]
    assert bed.session.dev_info["./DevInfo/Ext/Vendor"] == "x"
    assert len(bed.session.dev_info) == 6
    assert sum("interior node" in note for note in bed.notes) == 2


def test_an_empty_next_nonce_is_an_empty_nonce(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.managed()
    chal = dm.Chal(dm.Meta(format="b64", type="syncml:auth-md5", next_nonce=""))
    client.answer(chal=chal)
    assert bed.store.nonce(DEVICE_ID, "SRVCRED") == b""
    assert bed.outcome is Outcome.FINISHED


@pytest.mark.parametrize("session_id", ["0", "1"])
def test_a_session_id_that_is_always_the_same(bed: Bed, session_id: str) -> None:
    first = bed.client(session_id=session_id)
    first.begin(cred=md5_cred(FIRST_NONCE))
    second = bed.client(session_id=session_id)
    bed.server.queue(commands({"get": "./A"}))
    reply = second.begin(cred=md5_cred(first.nonce))
    assert codes(reply)[0] == "212"
    assert len(bed.server.sessions) == 2
    assert any("names no session" in note for note in bed.notes) is (session_id == "0")


def test_numbers_of_messages(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.managed()
    client.msg_id = 6
    client.answer()
    assert noted(bed) == [("7", "", "DM Representation §5.5")]


def test_a_command_that_gets_no_status(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.managed()
    client.answer(only_header=True)
    assert bed.notes == ["message 2: no Status for Get ./A (DM Protocol §8)"]


def test_whoever_watches_is_told_at_once(bed: Bed) -> None:
    lines: list[str] = []
    bed.server.subscribe(Show(lines.append, lambda: START))
    client = bed.client()
    client.send(client.message(dm.Alert("", data="1201"), cred=md5_cred(FIRST_NONCE)))
    assert len(bed.told(Noted)) == len(bed.session.notes) > 0
    assert any("note: message 1: SyncHdr has no MaxMsgSize" in line for line in lines)
    assert sum("no MaxMsgSize" in line for line in lines) == 1


def test_notes_are_bounded(bed: Bed) -> None:
    client = bed.client()
    alerts = [dm.Alert("7", data="1226") for _ in range(500)]
    client.send(client.message(*alerts, cred=md5_cred(FIRST_NONCE)))
    assert len(bed.session.notes) < 30


# DM 1.2 and 1.1


@pytest.mark.parametrize(("proto", "dtd"), [("DM/1.2", "1.2"), ("DM/1.1", "1.1")])
def test_older_peers_are_answered_in_their_version(bed: Bed, proto: str, dtd: str) -> None:
    client = bed.client()
    client.ver_proto, client.ver_dtd = proto, dtd
    header = client.begin(cred=md5_cred(FIRST_NONCE)).sync_hdr
    assert (header.ver_proto, header.ver_dtd) == (proto, dtd)


# Sessionless reports


def report_message(*alerts: dm.Alert, cred: dm.Cred | None = None) -> dm.SyncML:
    source = dm.Source(DEVICE_ID, USER)
    header = dm.SyncHdr("1.2", "DM/1.3", "5", "1", dm.Target(URL), source, cred=cred)
    return dm.SyncML(header, dm.SyncBody(list(alerts), final=True))


def a_report(data: str = "<x/>") -> dm.Alert:
    meta = dm.Meta(format="xml", type="urn:oma:at:x")
    return dm.Alert("1", data="1230", items=[dm.Item(source=dm.Source("./X"), meta=meta, data=data)])


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_sessionless_report(bed: Bed, encoding: Encoding) -> None:
    body = encode(report_message(a_report(), cred=md5_cred(FIRST_NONCE)), encoding)
    reply = bed.server.receive(body, encoding.mime, bed.now)
    assert (reply.status, reply.body) == (204, b"")
    bed.server.receive(body, encoding.mime, bed.now)
    (report,) = bed.server.reports
    assert report.authenticated
    assert report.notes == []
    assert [(alert.code, alert.items[0].text) for alert in report.alerts] == [(1230, "<x/>")]
    assert len(bed.server.sessions) == 0
    # No nonce has changed: the next session is as it would have been.
    assert codes(bed.client().begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"


@pytest.mark.parametrize("cred", [None, md5_cred(b"other"), md5_cred(FIRST_NONCE, PASSWORD + "x")])
def test_a_sessionless_report_of_somebody(bed: Bed, cred: dm.Cred | None) -> None:
    body = encode(report_message(a_report(), cred=cred), Encoding.WBXML)
    bed.server.receive(body, mime.DM_WBXML, bed.now)
    (report,) = bed.server.reports
    assert not report.authenticated
    assert any("not authenticated" in note.text for note in report.notes)


def test_what_a_report_does_wrong(bed: Bed) -> None:
    alert = dm.Alert("1", data="1230", items=[dm.Item(data="x"), dm.Item(data="y")])
    message = report_message(alert, cred=md5_cred(FIRST_NONCE))
    message.sync_body.final = False
    bed.server.receive(encode(message, Encoding.WBXML), mime.DM_WBXML, bed.now)
    (report,) = bed.server.reports
    text = "; ".join(map(str, report.notes))
    assert "2 Items; expected is one" in text
    assert "no Meta Type" in text
    assert "no Final" in text


def test_1230_among_others_is_part_of_a_session(bed: Bed) -> None:
    client = bed.client()
    client.begin(a_report(), cred=md5_cred(FIRST_NONCE))
    assert len(bed.server.reports) == 0
    assert bed.session.alerts[0].code == 1230


# Whatever comes


@settings(max_examples=60, deadline=None)
@given(st.lists(messages(), min_size=1, max_size=4), st.sampled_from(list(Encoding)), st.booleans())
def test_any_message_gets_an_answer(said: list[dm.SyncML], encoding: Encoding, authenticated: bool) -> None:
    """Random messages of the standard's grammar, in one session with commands of every kind waiting."""
    bed = Bed(accounts={DEVICE_ID: account(client=authenticated)})
    bed.server.queue(
        commands(
            {"get": "./A"},
            {"add": {"uri": "./B", "value": "x" * 3000, "chunks": {"octets": 100}}},
            {"atomic": [{"delete": "./C"}, {"confirm": "Go on?"}]},
        )
    )
    for number, message in enumerate(said, 1):
        header = message.sync_hdr
        header.source.loc_uri, header.session_id, header.msg_id = DEVICE_ID, "7", str(number)
        header.ver_dtd, header.ver_proto = "1.2", "DM/1.2"
        try:
            body = encode(message, encoding)
        except EncodeError:
            continue
        reply = bed.server.receive(body, encoding.mime, bed.now, {})
        assert reply.status in (200, 204, 400), reply
        if reply.status == 200:
            answer, _ = decode(reply.body, reply.content_type)
            (status, *_) = [c for c in answer.sync_body.commands if isinstance(c, dm.Status)]
            assert (status.cmd_ref, status.msg_ref) == ("0", str(number))
