"""The strict reader: each break of a rule is noted with clause, message and command, and stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as changed

import pytest
from hypothesis import given

from simulator.session import strict
from simulator.session.events import Noted, Outcome
from simulator.session.settings import SessionSettings
from simulator.session.strict import Heard
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Chal,
    Command,
    Cred,
    Delete,
    Exec,
    Get,
    Item,
    Meta,
    Replace,
    Results,
    Sequence,
    Source,
    Status,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
    walk,
)
from tests.strategies import messages
from tests.unit.scripted_server import DEV_ID, URL, ScriptedServer, drive
from tests.unit.session_bench import a_session, a_tree, add, ended, get, noted

HEADER = Status("1", "1", "0", "SyncHdr", data="212")


def heard(*commands: Command, header: bool = True, final: bool = True, **more: object) -> Heard:
    """A message that breaks no rule, with these commands in it."""
    all_ = [HEADER, *commands] if header else list(commands)
    for number, command in enumerate(walk(all_), start=1):
        command.cmd_id = command.cmd_id or str(number)
    head = SyncHdr("1.2", "DM/1.3", "1", "1", Target(DEV_ID), Source(URL))
    found = Heard(
        SyncML(head, SyncBody(all_, final=final)),
        "1",
        SessionSettings(),
        dev_id=DEV_ID,
        content_type=Encoding.WBXML.mime,
        sent_id="1",
    )
    return changed(found, **more)  # type: ignore[arg-type]


def with_header(**more: object) -> Heard:
    found = heard()
    found.message.sync_hdr = changed(found.message.sync_hdr, **more)  # type: ignore[arg-type]
    return found


def at(uri: str, **more: object) -> list[Item]:
    return [Item(target=Target(uri), **more)]  # type: ignore[arg-type]


CRED = Cred(Meta(format="b64", type="syncml:auth-md5"), "x")
SENT: list[Command] = [Status("1", "1", "0", "SyncHdr"), Alert("2", data="1201"), Replace("3")]
CHAL = Chal(Meta(format="b64", type="syncml:auth-md5", next_nonce="AAAA"))

CASES: list[tuple[Callable[[], Heard], str, str, str]] = [
    (lambda: heard(content_type="text/xml"), "DM HTTP Binding §5.3", "SyncHdr", "text/xml"),
    (lambda: heard(content_type=None), "DM HTTP Binding §5.3", "SyncHdr", "None"),
    (lambda: heard(content_type="application/vnd.syncml+wbxml"), "DM HTTP Binding §5.3", "SyncHdr", "vnd.syncml+"),
    (lambda: heard(encoding=Encoding.XML), "DM HTTP Binding §5.3", "SyncHdr", "the message is XML"),
    (
        lambda: heard(encoding=Encoding.XML, content_type=Encoding.XML.mime, body=b"<a>\0</a>"),
        "XML 1.0 §2.2",
        "SyncHdr",
        "NUL",
    ),
    (lambda: heard(body=bytes(20000)), "DM Representation §7.4", "SyncHdr", "20000 octets"),
    (lambda: with_header(ver_dtd="3"), "DM Representation §7.1", "SyncHdr", "'3'"),
    (lambda: with_header(ver_proto="DM/9"), "DM Representation §7.1", "SyncHdr", "'DM/9'"),
    (lambda: with_header(session_id="0"), "DM Representation §7.1.22", "SyncHdr", "SessionID is '0'"),
    (lambda: with_header(msg_id="7"), "DM Representation §7.1.15", "SyncHdr", "MsgID is '7'"),
    (lambda: with_header(target=Target("IMEI:2")), "DM Representation §7.1.27", "SyncHdr", "IMEI:2"),
    (
        lambda: with_header(meta=Meta(max_msg_size="big")),
        "DM Representation §7.4",
        "SyncHdr",
        "MaxMsgSize is 'big'",
    ),
    (lambda: with_header(meta=Meta(max_obj_size="0")), "DM Representation §7.4", "SyncHdr", "MaxObjSize is '0'"),
    (lambda: with_header(cred=Cred(None, "x")), "DM Representation §7.1.6", "SyncHdr", "no Type"),
    (
        lambda: with_header(cred=Cred(Meta(type="syncml:auth-md5"), "x")),
        "DM Representation §7.1.6",
        "SyncHdr",
        "Format",
    ),
    (lambda: heard(Get("5", cred=CRED, items=at("./A"))), "DM Representation §7.1.6", "Get 5", "Cred"),
    (lambda: with_header(no_resp=True), "DM Representation §7.6", "SyncHdr", "NoResp"),
    (lambda: heard(Get("5", no_resp=True, items=at("./A"))), "DM Representation §7.6", "Get 5", "NoResp"),
    (lambda: heard(Get("5", lang="en", items=at("./A"))), "DM Representation §7.6", "Get 5", "Lang"),
    (lambda: heard(Delete("5", archive=True, items=at("./A"))), "DM Representation §7.6", "Delete 5", "Archive"),
    (lambda: heard(Delete("5", sft_del=True, items=at("./A"))), "DM Representation §7.6", "Delete 5", "SftDel"),
    (lambda: heard(header=False), "DM Protocol §6.5", "SyncHdr", "no Status for the client's SyncHdr"),
    (lambda: heard(Status("9", "1", "2", "Alert", data="fine")), "DM Representation §7.5", "Status 9", "'fine'"),
    (
        lambda: heard(Status("9", "4", "2", "Alert", data="200")),
        "DM Representation §7.5",
        "Status 9",
        "message '4'",
    ),
    (
        lambda: heard(Status("9", "1", "2", "Get", data="200"), sent=SENT),
        "DM Representation §7.5",
        "Status 9",
        "Get 2, where the client's message has Alert",
    ),
    (
        lambda: heard(Status("9", "1", "2", "Alert", data="200"), sent=SENT),
        "DM Protocol §6.5",
        "SyncHdr",
        "no Status for the client's Replace 3",
    ),
    (lambda: heard(Status("9", "1", "2", "Alert", data="406")), "", "Status 9", "406 (optional feature"),
    (
        lambda: heard(Status("9", "1", "0", "SyncHdr", data="401"), header=False),
        "DM Security §5.3",
        "Status 9",
        "401 without a Chal",
    ),
    (
        lambda: heard(Status("9", "1", "0", "SyncHdr", chal=Chal(Meta()), data="401"), header=False),
        "DM Security §5.3",
        "Status 9",
        "no Type",
    ),
    (
        lambda: heard(
            Status("9", "1", "0", "SyncHdr", chal=Chal(changed(CHAL.meta, next_nonce="")), data="212"),
            header=False,
        ),
        "DM Security §5.3",
        "Status 9",
        "NextNonce",
    ),
    (lambda: heard(signed=True), "DM Security §5.6", "Status 1", "212"),
    (
        lambda: heard(Status("9", "1", "0", "SyncHdr", data="200"), header=False, signed=True),
        "DM Security §5.6",
        "Status 9",
        "no NextNonce",
    ),
    (
        lambda: heard(Get("5", items=at("./A")), Get("5", items=at("./B"))),
        "DM Representation §7.1.4",
        "SyncHdr",
        "CmdID 5 stands twice",
    ),
    (lambda: heard(Get("0", items=at("./A"))), "DM Representation §7.1.4", "Get 0", "'0'"),
    (lambda: heard(Results("5", "1", "2")), "DM Representation §7.6", "Results 5", "only a client"),
    (lambda: heard(Alert("5", data="1201")), "DM Representation §7.6", "Alert 5", "1201"),
    (lambda: heard(Alert("5")), "DM Representation §7.6", "Alert 5", "none of a server's"),
    (lambda: heard(Get("5")), "DM Representation §7.2", "Get 5", "without an Item"),
    (lambda: heard(Exec("5", items=at("./A") * 2)), "DM Representation §7.2", "Exec 5", "2 Items"),
    (lambda: heard(Get("5", items=[Item()])), "DM Representation §7.2", "Get 5", "without a Target"),
    (lambda: heard(Add("5", items=at("./A"))), "DM Representation §7.2", "Add 5", "without Data"),
    (
        lambda: heard(Atomic("5", commands=[Sequence("6", commands=[Get("7", items=at("./A"))])])),
        "DM Representation §7.6.3",
        "Get 7",
        "cannot be part of an Atomic",
    ),
    (
        lambda: heard(Sequence("5", commands=[Alert("6", data="1222")])),
        "",
        "Alert 6",
        "Alert 1222 within Sequence",
    ),
    (
        lambda: heard(Sequence("5", commands=[Atomic("6", commands=[Alert("7", data="1223")])])),
        "",
        "Alert 7",
        "Alert 1223 within Atomic",
    ),
    (lambda: heard(Alert("5", data="1101", items=[Item(data="x")])), "DM Protocol §10.2", "Alert 5", "Item"),
    (lambda: heard(Get("5", items=at("./A")), client_goes_on=True), "DM Protocol §7.2", "Get 5", "not finished"),
    (
        lambda: heard(Add("5", items=at("./A", data="a", more_data=True))),
        "DM Protocol §7.3",
        "Add 5",
        "with Final",
    ),
    (
        lambda: heard(Add("5", items=[*at("./A", data="a", more_data=True), *at("./B", data="b")]), final=False),
        "DM Protocol §7.3",
        "Add 5",
        "another Item",
    ),
    (
        lambda: heard(Add("5", items=at("./A", data="a", meta=Meta(size="all")))),
        "DM Representation §7.4",
        "Add 5",
        "'all'",
    ),
]


@pytest.mark.parametrize(("make", "clause", "command", "says"), CASES, ids=[case[3] for case in CASES])
def test_a_break_is_noted(make: Callable[[], Heard], clause: str, command: str, says: str) -> None:
    found = strict.notes(make())
    fitting = [note for note in found if says in note.text]
    assert [(note.clause, note.command) for note in fitting] == [(clause, command)], found


def test_every_rule_is_tried_here() -> None:
    assert {case[1] for case in CASES} == {clause for clause, _ in strict.RULES}


@pytest.mark.parametrize(
    "make",
    [
        lambda: heard(),
        lambda: heard(
            Status("9", "1", "2", "Alert", data="200"), Status("10", "1", "3", "Replace", data="200"), sent=SENT
        ),
        lambda: heard(Add("5", items=at("./A", meta=Meta(format="node")))),
        lambda: heard(Add("5", meta=Meta(format="null"), items=at("./A"))),
        lambda: heard(Alert("5", data="1222"), final=False, client_goes_on=True),
        lambda: heard(Add("5", items=at("./A", data="a", more_data=True, meta=Meta(size="2"))), final=False),
        lambda: heard(Atomic("5", commands=[Add("6", items=at("./A", data="x")), Delete("7", items=at("./B"))])),
        lambda: heard(Alert("5", data="1100", items=[Item(data=""), Item(data="Hello")])),
        lambda: heard(Status("9", "1", "0", "SyncHdr", chal=CHAL, data="200"), header=False, signed=True),
        lambda: with_header(cred=CRED, meta=Meta(max_msg_size="4096", max_obj_size="10000")),
    ],
)
def test_a_good_message_has_no_notes(make: Callable[[], Heard]) -> None:
    assert strict.notes(make()) == []


def test_a_note_says_where() -> None:
    note = Noted("too bad", "DM Protocol §7.2", "3", "Add 5")
    assert str(note) == "message 3, Add 5: too bad (DM Protocol §7.2)"
    assert str(Noted("too bad")) == "too bad"
    assert str(Noted("too bad", message="3")) == "message 3: too bad"


def test_breaks_do_not_stop_a_session() -> None:
    tree = a_tree()
    broken: list[Command] = [
        Get("", no_resp=True, lang="en", items=at("./DevInfo/Man")),
        Results("", "1", "2"),
        Alert("", data="1226"),
        Delete("", archive=True, items=at("./Shop/None")),
        add("./Shop/X", "x"),
    ]
    server = ScriptedServer(packages=[broken], session_id="0")
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    assert server.codes(1) == ["212", "200", "406", "404", "200"]
    assert tree.value("./Shop/X") == "x"
    notes = noted(events)
    for says in ("SessionID is '0'", "NoResp", "Lang", "only a client", "1226", "Archive"):
        assert any(says in note for note in notes), says
    assert all(note.startswith("message ") for note in notes)


def test_a_good_session_has_no_notes() -> None:
    events = drive(a_session(a_tree()), ScriptedServer(packages=[[get("./DevInfo/Man")], [add("./Shop/X", "x")]]))
    assert noted(events) == []


@given(messages())
def test_any_message_is_judged_in_peace(message: SyncML) -> None:
    for note in strict.notes(Heard(message, "1", SessionSettings())):
        assert note.text
        assert note.message == message.sync_hdr.msg_id
