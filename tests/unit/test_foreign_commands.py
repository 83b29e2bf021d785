"""Commands that are none of DM's, and commands without CmdID: read, answered and noted, and nothing stops."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.server.commands import commands
from hil.server.compare import complaints
from hil.server.transitions import Outcome as ServerOutcome
from simulator.bootstrap import message as bootstrap
from simulator.codes.wbxml import CONTENT, END, TOKENS
from simulator.errors import CodecError, EncodeError
from simulator.grammar import LONGEST_NAME, NESTING_LIMIT
from simulator.objects import standard
from simulator.objects.devinfo import DevInfo
from simulator.session.events import Outcome
from simulator.session.settings import SessionSettings
from simulator.syncml import wbxml, xml
from simulator.syncml.encoding import Encoding, encode
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Command,
    ForeignCommand,
    Get,
    Sequence,
    SyncBody,
    SyncML,
)
from simulator.tree import Tree
from tests.dm_client import FIRST_NONCE, md5_cred, statuses
from tests.server_bed import Bed
from tests.strategies import messages
from tests.unit.scripted_server import NOW, ScriptedServer
from tests.unit.session_bench import ACCOUNT, a_session, a_tree, add, ended, get, noted, sent
from tests.unit.test_wbxml_reading import TABLE
from tests.unit.test_wbxml_reading import message as in_wbxml
from tests.unit.test_xml_reading import SYNC_HDR, document
from tests.unit.test_xml_reading import commands as in_xml

# -- read


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<Put><CmdID>7</CmdID><Item><Data>x</Data></Item></Put>", ForeignCommand("7", "Put")),
        ("<Sync><Add><CmdID>2</CmdID></Add><CmdID>7</CmdID></Sync>", ForeignCommand("7", "Sync")),
        ("<Search/>", ForeignCommand("", "Search")),
        ("<Newer a='1'>text<CmdID>7</CmdID></Newer>", ForeignCommand("7", "Newer")),
        ("<x:Own xmlns:x='http://peer.example'><x:CmdID>7</x:CmdID></x:Own>", ForeignCommand("7", "Own")),
        ("<x:Add xmlns:x='http://peer.example'><CmdID>7</CmdID></x:Add>", ForeignCommand("7", "Add")),
        ("<Item><Data>x</Data></Item>", ForeignCommand("", "Item")),
        (f"<{'n' * 1000}/>", ForeignCommand("", "n" * LONGEST_NAME)),
        ("<Get/>", Get("")),
        ("<Get><CmdID/></Get>", Get("")),
    ],
)
def test_xml(body: str, found: Command) -> None:
    """In its place among the others, in a SyncBody, an Atomic or a Sequence."""
    assert in_xml(f"<Alert><CmdID>1</CmdID></Alert>{body}<Get><CmdID>3</CmdID></Get>") == [
        Alert("1"),
        found,
        Get("3"),
    ]
    assert in_xml(f"<Atomic><Meta/>{body}<Sequence>{body}</Sequence></Atomic>")[0].commands == [  # type: ignore[attr-defined]
        found,
        Sequence("", commands=[found]),
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("5f 4b 033700 01 54 4f 037800 01 01 01", ForeignCommand("7", "Put")),
        ("6a 45 4b 033200 01 01 4b c3 01 37 01 01", ForeignCommand("7", "Sync")),
        ("2a", ForeignCommand("", "Sync")),
        ("44 00 03 7800 4b 033700 01 01", ForeignCommand("7", "abc")),
        ("04 00", ForeignCommand("", "abc")),
        ("7f 4b 033700 01 4b 033800 01 01", ForeignCommand("7", "0x3F")),
        ("3f", ForeignCommand("", "0x3F")),
        # on the page of MetInf, which stays the current one; CmdID is on page 0 only
        ("0001 45 4b 033700 01 0000 4b 033800 01 01 0000", ForeignCommand("8", "Anchor")),
        ("54 4f 037800 01 01", ForeignCommand("", "Item")),
        ("05", Add("")),
        ("45 4b 01 01", Add("")),
        ("45 01", Add("")),
    ],
)
def test_wbxml(body: str, found: Command) -> None:
    alert, get_ = "46 4b 033100 01 01", "53 4b 033300 01 01"
    read = wbxml.decode(in_wbxml(f"{alert} {body} {get_}", header=TABLE)).sync_body.commands
    assert read == [Alert("1"), found, Get("3")]
    (atomic,) = wbxml.decode(in_wbxml(f"48 {body} 64 {body} 01 01", header=TABLE)).sync_body.commands
    assert atomic == Atomic("", commands=[found, Sequence("", commands=[found])])


FEW = settings(max_examples=40, deadline=None)


@FEW
@given(messages(octets=False), st.data())
def test_whatever_it_holds_the_rest_of_the_message_is_the_same(message: SyncML, data: st.DataObject) -> None:
    """A command of a drawn message is put into an element that DM has not; the others read as before."""
    place = data.draw(st.integers(0, len(message.sync_body.commands)))
    inner = data.draw(messages(octets=False)).sync_body.commands
    wrapped = SyncML(SYNC_HDR, SyncBody([Sequence("9", commands=inner)]))
    whole = SyncML(message.sync_hdr, SyncBody(message.sync_body.commands[:], message.sync_body.final))
    whole.sync_body.commands.insert(place, ForeignCommand("9", "Sync"))

    body = re.search(rb"<SyncBody>(.*)</SyncBody>", xml.encode(wrapped), re.DOTALL)
    assert body is not None
    strange = (
        body[1].replace(b"<Sequence><CmdID>9", b"<Sync><CmdID>9", 1).removesuffix(b"</Sequence>") + b"</Sync>"
    )
    short = b"<Sync><CmdID>9</CmdID></Sync>"
    written = xml.encode(whole)
    assert written.count(short) == 1
    assert xml.decode(written.replace(short, strange)) == whole

    start = bytes([TOKENS[0]["SyncBody"] | CONTENT])
    held = wbxml.encode(wrapped).partition(start + bytes([TOKENS[0]["Sequence"] | CONTENT]))[2][:-2]
    tag = bytes([TOKENS[0]["Sync"] | CONTENT])
    short = tag + bytes([TOKENS[0]["CmdID"] | CONTENT]) + b"\x039\0\x01" + bytes([END])
    written = wbxml.encode(whole)
    # What is inside may end on another page; a document goes on from there.
    back = bytes([0, 0])
    assert wbxml.decode(written.replace(short, tag + held + back)) == whole


def test_bounds() -> None:
    """Deep, or long: no worse than any other element."""
    for inner in ("6a" * 10_000, "7f" * 10_000):
        with pytest.raises(CodecError, match=f"nested deeper than {NESTING_LIMIT}"):
            wbxml.decode(in_wbxml(inner))
    with pytest.raises(CodecError):
        xml.decode(document("<Put>" * 10_000))
    for cut in ("6a", "6a 4b", "6a 4b 0337", "44", "44 00", "44 7f 01"):
        with pytest.raises(CodecError) as raised:
            wbxml.decode(in_wbxml(cut, header=TABLE)[:-2])
        assert raised.value.partial.sync_hdr == SYNC_HDR
    many = wbxml.decode(in_wbxml("2a" * 10_000)).sync_body.commands
    assert many == [ForeignCommand("", "Sync")] * 10_000


def test_what_wbxml_cannot_say() -> None:
    message = SyncML(SYNC_HDR, SyncBody([ForeignCommand("1", "Fetch")]))
    assert xml.decode(xml.encode(message)) == message
    with pytest.raises(EncodeError, match="no token for Fetch"):
        wbxml.encode(message)
    with pytest.raises(EncodeError, match="no name of an element"):
        xml.encode(SyncML(SYNC_HDR, SyncBody([ForeignCommand("1", "a b")])))


# -- the device


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_device_answers_and_goes_on(encoding: Encoding) -> None:
    """What can be carried out is; in an Atomic nothing is (507), in a Sequence the rest is."""
    tree = a_tree()
    session = a_session(tree, settings=SessionSettings(encoding=encoding))
    server = ScriptedServer(
        packages=[
            [
                ForeignCommand("", "Put"),
                add("./Shop/X", "x"),
                Atomic("", commands=[add("./Shop/Y", "y"), ForeignCommand("", "Sync"), get("./Shop/X")]),
                Sequence("", commands=[ForeignCommand("", "Item"), add("./Shop/Z", "z")]),
            ]
        ]
    )
    events = session.start(NOW)
    events += session.receive(*server.exchange(sent(events)), NOW)
    events += session.receive(*server.exchange(sent(events)), NOW)
    assert ended(events).outcome is Outcome.COMPLETED
    assert server.codes(1) == ["212", "406", "200", "507", "216", "406", "215", "200", "400", "200"]
    server.assert_all_answered()
    assert (tree.exists("./Shop/X"), tree.exists("./Shop/Y"), tree.exists("./Shop/Z")) == (True, False, True)
    notes = noted(events)
    for name in ("Put", "Sync", "Item"):
        assert any(f"{name} is no command of DM" in note and "§7.6" in note for note in notes), notes


@pytest.mark.parametrize(
    ("find", "put", "cmd", "code"),
    [
        (rb"<(/?)Get>", rb"<\1Put>", "Put", "406"),
        (rb"<(/?)Get>", rb"<\1Fetch>", "Fetch", "400"),
        (rb"<Get><CmdID>\d+</CmdID>", b"<Get>", "Get", "400"),
        (rb"<Get><CmdID>\d+</CmdID>", b"<Get><CmdID> </CmdID>", "Get", "400"),
    ],
)
def test_a_device_that_meets_one_on_the_wire(find: bytes, put: bytes, cmd: str, code: str) -> None:
    tree = a_tree()
    session = a_session(tree, settings=SessionSettings(encoding=Encoding.XML))
    server = ScriptedServer(packages=[[add("./Shop/X", "x"), get("./DevInfo/Man")]])
    status, content_type, body = server.exchange(sent(session.start(NOW)))
    changed, count = re.subn(find, put, body)
    assert count
    events = session.receive(status, content_type, changed, NOW)
    answers = [a for a in sent(events).message.sync_body.commands if getattr(a, "cmd", "") == cmd]
    assert [getattr(a, "data", None) for a in answers] == [code]
    assert not any(type(a).__name__ == "Results" for a in sent(events).message.sync_body.commands)
    assert tree.exists("./Shop/X")
    assert any("no CmdID" in note or "no command of DM" in note for note in noted(events))
    if code == "400" and cmd == "Get":
        # Nothing but the address tells the server which one is meant.
        assert (answers[0].cmd_ref.strip(), answers[0].target_ref) == ("", ["./DevInfo/Man"])  # type: ignore[union-attr]


def test_statuses_without_cmdid_are_heard() -> None:
    """They want no answer, and a server that leaves out a number is a server none the less."""
    session = a_session(a_tree(), settings=SessionSettings(encoding=Encoding.XML))
    server = ScriptedServer()
    status, content_type, body = server.exchange(sent(session.start(NOW)))
    changed, count = re.subn(rb"<Status><CmdID>\d+</CmdID>", b"<Status>", body)
    assert count >= 3
    events = session.receive(status, content_type, changed, NOW)
    assert ended(events).outcome is Outcome.COMPLETED
    assert sum("the command has no CmdID" in note for note in noted(events)) == count
    assert not any("stands" in note for note in noted(events))


def test_a_bootstrap_message_wants_no_answer_and_so_no_cmdid() -> None:
    built = bootstrap.build(ACCOUNT)
    bare = built.replace(bytes.fromhex("4b 03 31 00 01"), b"", 1)
    assert len(bare) == len(built) - 5
    tree = Tree(standard.model(DevInfo("IMEI:1", "dmrig", "generic", "1.3", "en")))
    assert bootstrap.apply(tree, bootstrap.read(bare)).accounts


# -- the server


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_server_answers_and_goes_on(encoding: Encoding) -> None:
    bed = Bed()
    batch = bed.server.queue(commands({"get": "./A"}))
    client = bed.client(encoding=encoding)
    put, sequence = ForeignCommand("", "Put"), Sequence("", commands=[])
    client.begin(put, sequence, Alert("", data="1224"), cred=md5_cred(FIRST_NONCE))
    assert client.last is not None
    found = {status.cmd: status.data for status in statuses(client.last)}
    assert (found["Put"], found["Sequence"]) == ("406", "405")
    client.answer()
    assert bed.outcome is ServerOutcome.FINISHED
    assert batch.answers
    assert any("Put is no command of a device" in note for note in bed.notes)


def test_a_server_that_gets_commands_without_cmdid() -> None:
    """400 for each, nothing of them is heard, and the session that their Alert began goes on."""
    bed = Bed()
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client(encoding=Encoding.XML)
    message = client.message(Alert("", data="1201"), Alert("", data="1226"), cred=md5_cred(FIRST_NONCE))
    body = re.sub(rb"<CmdID>\d+</CmdID>", b"", encode(message, Encoding.XML))
    reply = bed.server.receive(body, Encoding.XML.mime, bed.now)
    said = xml.decode(reply.body)
    assert [(status.cmd, status.cmd_ref, status.data) for status in statuses(said)[1:]] == [
        ("Alert", "", "400"),
        ("Alert", "", "400"),
    ]
    assert any(isinstance(command, Get) for command in said.sync_body.commands)
    assert bed.session.alerts == []
    assert sum("Alert has no CmdID" in note and "§7.1" in note for note in bed.notes) == 2


def test_what_a_server_sends_to_see() -> None:
    bed = Bed()
    batch = bed.server.queue(
        commands(
            {"foreign": {"name": "Search", "expect": {"status": 406}}},
            {"get": {"uri": "./A", "numbered": False, "expect": {"status": 400}}},
        )
    )
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    client.answer(status=lambda command: 406 if isinstance(command, ForeignCommand) else 400)
    assert [str(answer.command) for answer in batch.answers] == ["Search", "Get ./A"]
    assert [answer.status for answer in batch.answers] == [406, 400]
    assert [complaints(answer) for answer in batch.answers] == [[], []]
