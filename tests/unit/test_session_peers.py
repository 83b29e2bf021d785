"""What real peers do is survived, and peers of DM 1.2 are spoken to in DM 1.2."""

from __future__ import annotations

import random as randoms
from dataclasses import replace
from typing import Any

import pytest

from simulator.codes.alert import AlertCode
from simulator.device import Device, SessionDue
from simulator.notification import message as notifications
from simulator.notification.message import Notification
from simulator.notification.model import Format
from simulator.objects import dmacc
from simulator.objects.dmacc import Credential
from simulator.session.events import Event, Executed, Outcome, Send
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding, decode, encode
from simulator.syncml.message import Command
from tests.unit.scripted_server import CLIENT, NOW, SERVER, SERVER_ID, ScriptedServer, drive
from tests.unit.session_bench import ACCOUNT, a_session, a_tree, add, ended, get, nonces, noted

XML = SessionSettings(encoding=Encoding.XML)
ALONE = replace(ACCOUNT, server=None)
"""The server has no credentials to show."""


class Rewriting(ScriptedServer):
    """Its answers are changed on their way."""

    change: Any = staticmethod(lambda body: body)
    content_type: str | None = None

    def exchange(self, send: Send) -> tuple[int, str, bytes]:
        status, mime, body = super().exchange(send)
        return status, self.content_type or mime, self.change(body)


def through(change: Any, packages: list[list[Command]], *, mime: str | None = None) -> tuple[Any, list[Event]]:
    tree = a_tree(ALONE)
    server = Rewriting(packages=packages, proves=False)
    server.change, server.content_type = change, mime
    events = drive(a_session(tree, settings=XML), server)
    assert ended(events).outcome is Outcome.COMPLETED
    return tree, events


def test_a_nul_in_character_data() -> None:
    tree, events = through(lambda body: body.replace(b">hello<", b">hel\0lo<"), [[add("./Shop/X", "hello")]])
    assert tree.value("./Shop/X") == "hello"
    assert any("NUL" in note and "XML 1.0" in note for note in noted(events))


@pytest.mark.parametrize("mime", ["application/vnd.syncml+xml", "text/xml; charset=utf-8", "x"])
def test_another_media_type(mime: str) -> None:
    tree, events = through(lambda body: body, [[add("./Shop/X", "x")]], mime=mime)
    assert tree.value("./Shop/X") == "x"
    assert any("Content-Type" in note for note in noted(events))


def test_reused_cmd_ids() -> None:
    tree = a_tree(ALONE)

    class Ones(ScriptedServer):
        @staticmethod
        def _number(commands: list[Command]) -> None:
            for command in commands:
                command.cmd_id = "1"

    server = Ones(packages=[[add("./Shop/A", "a"), add("./Shop/B", "b")]], proves=False)
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert [tree.value(f"./Shop/{name}") for name in "AB"] == ["a", "b"]
    assert any("CmdID 1 stands" in note for note in noted(events))


def test_the_children_of_status_out_of_order() -> None:
    def shuffle(body: bytes) -> bytes:
        text = body.decode()
        assert "<MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" in text
        return text.replace(
            "<MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>",
            "<Cmd>SyncHdr</Cmd><CmdRef>0</CmdRef><MsgRef>1</MsgRef>",
        ).encode()

    tree, _ = through(
        lambda body: shuffle(body) if b"<MsgRef>1</MsgRef>" in body else body, [[add("./Shop/X", "x")]]
    )
    assert tree.value("./Shop/X") == "x"


def test_an_empty_next_nonce() -> None:
    """The next credentials are made with an empty nonce, and the next session begins without."""

    class Empty(ScriptedServer):
        def _client_status(self, cred: Any) -> Any:
            code, chal = super()._client_status(cred)
            if chal is not None:
                chal.meta.next_nonce, self.client_nonce = "", b""
            return code, chal

    tree = a_tree()
    server = Empty(packages=[[get("./DevInfo/Man")]], client_nonce=b"moved on")
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert nonces(tree)[0] == b""
    assert any("NextNonce" in note for note in noted(events))
    again = Empty(packages=[[get("./DevInfo/Man")]], client_nonce=b"", server_nonce=server.server_nonce)
    assert ended(drive(a_session(tree), again)).outcome is Outcome.COMPLETED


@pytest.mark.parametrize("session_id", ["0", "1", "4711"])
def test_a_session_id_of_its_own(session_id: str) -> None:
    tree = a_tree()
    server = ScriptedServer(packages=[[add("./Shop/X", "x")]], session_id=session_id)
    assert ended(drive(a_session(tree, session_id="BEEF"), server)).outcome is Outcome.COMPLETED
    assert tree.value("./Shop/X") == "x"


def test_a_server_that_sends_no_cred_at_all() -> None:
    """With an account that has credentials for it, it is not obeyed; without, it is."""
    for account, obeyed in ((ACCOUNT, False), (ALONE, True)):
        tree = a_tree(account)
        server = ScriptedServer(packages=[[add("./Shop/X", "x")] for _ in range(5)], proves=False)
        outcome = ended(drive(a_session(tree), server)).outcome
        assert tree.exists("./Shop/X") == obeyed
        assert outcome is (Outcome.COMPLETED if obeyed else Outcome.SERVER_REFUSED)


def test_a_server_that_repeats_its_size_in_every_chunk() -> None:
    tree = a_tree()
    first, last = add("./Shop/X", "ab", size="4"), add("./Shop/X", "cd", size="4")
    first.items[0].more_data = True
    server = ScriptedServer(packages=[[first], [last]], open_messages=1)
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert tree.value("./Shop/X") == "abcd"


@pytest.mark.parametrize("times", [1, 3])
def test_a_message_that_comes_again_is_answered_again_and_not_executed(times: int) -> None:
    tree = a_tree()
    session = a_session(tree)
    server = ScriptedServer(packages=[[add("./Shop/A", "a"), get("./Shop/A")]])
    first = session.start(NOW)[-1]
    assert isinstance(first, Send)
    answer = server.exchange(first)
    said = session.receive(*answer, NOW)[-1]
    assert isinstance(said, Send)
    for _ in range(times):
        events = session.receive(*answer, NOW)
        again = events[-1]
        assert isinstance(again, Send)
        assert any("came again" in note for note in noted(events))
        assert not [event for event in events if isinstance(event, Executed)]
        # The same statuses and results, in a message of its own.
        assert again.message.sync_body == said.message.sync_body
        assert int(again.message.sync_hdr.msg_id) == int(said.message.sync_hdr.msg_id) + 1
        said = again
    server.messages += [first.message] * times
    assert ended(session.receive(*server.exchange(said), NOW)).outcome is Outcome.COMPLETED


def test_a_server_that_always_says_the_same() -> None:
    session = a_session(a_tree())
    first = session.start(NOW)[-1]
    assert isinstance(first, Send)
    answer = ScriptedServer(packages=[[add("./Shop/A", "a")]]).exchange(first)
    for _ in range(7):
        events = session.receive(*answer, NOW)
    assert ended(events).outcome is Outcome.FAILED
    assert "again and again" in ended(events).reason


# -- versions


def spoken(events: list[Event]) -> list[str]:
    return [event.message.sync_hdr.ver_proto for event in events if isinstance(event, Send)]


class AnyVersion(ScriptedServer):
    """Does not look at the client's version, unless ``knows`` says which it takes."""

    knows: str | None = None

    def _check(self, message: Any, send: Send) -> None:
        self.speaks = message.sync_hdr.ver_proto
        super()._check(message, send)

    def _client_status(self, cred: Any) -> Any:
        if self.knows is not None and self.messages[-1].sync_hdr.ver_proto != self.knows:
            return "513", None
        return super()._client_status(cred)


def test_a_server_of_dm_1_2_is_answered_in_kind() -> None:
    server = AnyVersion(packages=[[get("./DevInfo/Man")], [get("./DevInfo/Mod")]], ver_proto="DM/1.2")
    events = drive(a_session(a_tree()), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert spoken(events) == ["DM/1.3", "DM/1.2", "DM/1.2"]


def test_an_account_of_dm_1_2_begins_in_dm_1_2() -> None:
    """Its Management Object is that of DM 1.2."""
    account = replace(ACCOUNT, identifier=dmacc.IDENTIFIER_12)
    server = AnyVersion(packages=[[get("./DevInfo/Man")]], ver_proto="DM/1.2")
    events = drive(a_session(a_tree(account)), server)
    assert spoken(events) == ["DM/1.2", "DM/1.2"]


def test_a_device_of_dm_1_2() -> None:
    server = AnyVersion(packages=[[get("./DevInfo/Man")]], ver_proto="DM/1.2")
    events = drive(a_session(a_tree(), settings=SessionSettings(ver_proto="DM/1.2")), server)
    assert spoken(events) == ["DM/1.2", "DM/1.2"]


@pytest.mark.parametrize("shows", ["DM/1.2", "DM/1.3"])
def test_a_server_that_knows_only_dm_1_2(shows: str) -> None:
    """513 to package 1: it is repeated in the server's version, else in the one before."""
    tree = a_tree()
    server = AnyVersion(packages=[[add("./Shop/X", "x")]], ver_proto=shows)
    server.knows = "DM/1.2"
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert spoken(events) == ["DM/1.3", "DM/1.2", "DM/1.2"]
    assert tree.value("./Shop/X") == "x"


def test_a_server_that_knows_no_version_of_ours() -> None:
    server = AnyVersion(packages=[[get("./DevInfo/Man")]], ver_proto="DM/1.2")
    server.knows = "DM/2.0"
    events = drive(a_session(a_tree()), server)
    assert ended(events).outcome is Outcome.REJECTED
    assert spoken(events) == ["DM/1.3", "DM/1.2"]


@pytest.mark.parametrize(("field", "code"), [("ver_dtd", "505"), ("ver_proto", "513")])
def test_versions_that_the_client_does_not_know(field: str, code: str) -> None:
    """Each command is answered with that status, none is executed (DM Representation §7.5)."""
    tree = a_tree()

    class Odd(Rewriting):
        def exchange(self, send: Send) -> tuple[int, str, bytes]:
            status, mime, body = super().exchange(send)
            message, encoding = decode(body, mime)
            setattr(message.sync_hdr, field, "9.9")
            return status, mime, encode(message, encoding)

    server = Odd(packages=[[add("./Shop/X", "x")] for _ in range(3)])
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.ABORTED_BY_CLIENT
    assert server.codes(1) == [code, code]
    assert not tree.exists("./Shop/X")


def test_a_notification_of_dm_1_2_is_followed_in_dm_1_2() -> None:
    device = Device(a_tree(), random=randoms.Random(1).randbytes)
    notification = Notification(SERVER_ID, 0x42, format=Format.DM_1_2)
    body = notifications.encode(notification, SERVER[1], b"server-1")
    media_type = next(name for name, kind in notifications.MEDIA_TYPES.items() if kind is Format.DM_1_2)
    (due,) = device.receive_push(media_type, None, body, NOW)
    assert isinstance(due, SessionDue)
    session = device.open_session(SERVER_ID, alert=due.alert, session_id=due.session_id, now=NOW)
    (send,) = session.start(NOW)
    assert isinstance(send, Send)
    assert send.message.sync_hdr.ver_proto == "DM/1.2"
    session.fail("enough", NOW)
    later = device.open_session(SERVER_ID, alert=AlertCode.CLIENT_INITIATED_MGMT, now=NOW)
    (send,) = later.start(NOW)
    assert isinstance(send, Send)
    assert send.message.sync_hdr.ver_proto == "DM/1.3"


def test_a_bare_nonce_in_a_challenge() -> None:
    """Some servers write NextNonce as it is, not as base64; they compute with it as it is, too."""

    class Bare(ScriptedServer):
        def _client_status(self, cred: Any) -> Any:
            code, chal = super()._client_status(cred)
            if chal is not None:
                chal.meta.next_nonce, self.client_nonce = "not*base64", b"not*base64"
            return code, chal

    tree = a_tree(replace(ACCOUNT, client=Credential("DIGEST", *CLIENT)))
    server = Bare(packages=[[get("./DevInfo/Man")]])
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert nonces(tree)[0] == b"not*base64"
