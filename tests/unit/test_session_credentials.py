"""Credentials of the client against a scripted server: nonces, challenges, both directions (DM Security §5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.errors import SessionError
from simulator.objects.dmacc import Credential
from simulator.session.events import Noted, Outcome, Send
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import decode, encode
from simulator.syncml.message import (
    Alert,
    Command,
    Replace,
    Status,
)
from tests.unit.scripted_server import (
    CLIENT,
    NOW,
    ScriptedServer,
    drive,
)
from tests.unit.session_bench import ACCOUNT, a_session, a_tree, add, content, ended, get, nonces


def test_without_a_nonce_the_client_waits_for_a_challenge() -> None:
    account = replace(ACCOUNT, client=Credential("DIGEST", *CLIENT))
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]])
    events = drive(a_session(a_tree(account)), server)
    assert ended(events).outcome is Outcome.COMPLETED
    first, second = (message.sync_hdr for message in server.messages[:2])
    assert first.cred is None
    assert first.source.loc_name is None
    assert second.cred is not None
    assert (first.session_id, first.msg_id) == (second.session_id, "1")
    # Package 1 once more, after the Status for the server's header (DM Protocol §9).
    repeated = server.messages[1].sync_body.commands
    assert [type(command) for command in repeated] == [Status, Alert, Replace]
    assert server.messages[1].sync_body.final
    assert server.messages[1].sync_hdr.meta is not None


def test_a_stale_nonce_costs_one_challenge() -> None:
    tree = a_tree()
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]], client_nonce=b"moved on")
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert [m.sync_hdr.cred is not None for m in server.messages] == [True, True, False]
    assert nonces(tree)[0] == server.client_nonce


def test_a_wrong_password_ends_the_session_after_one_more_challenge() -> None:
    tree = a_tree(replace(ACCOUNT, client=Credential("DIGEST", CLIENT[0], "wrong", b"client-1")))
    before = content(tree)
    server = ScriptedServer(packages=[[add("./Shop/X", "x")]], proves=False)
    end = ended(drive(a_session(tree), server))
    assert end.outcome is Outcome.CLIENT_REFUSED
    assert "dev-user" in end.reason
    assert "wrong" not in end.reason
    assert len(server.messages) == 2
    assert content(tree) == before


def test_a_stranger_cannot_change_the_stored_nonces() -> None:
    """A challenge of a server that did not prove itself is answered, but not kept (DM Security §5.3)."""
    tree = a_tree()
    server = ScriptedServer(client_nonce=b"moved on", proves=False, packages=[[get("./DevInfo/Man")]])
    end = ended(drive(a_session(tree), server))
    assert end.outcome is Outcome.SERVER_REFUSED
    assert nonces(tree) == (b"client-1", b"server-1")


def test_both_nonces_serve_the_next_session() -> None:
    tree = a_tree()
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]])
    drive(a_session(tree), server)
    assert server.client_nonce is not None
    assert nonces(tree) == (server.client_nonce, server.server_nonce)
    assert nonces(tree) != (b"client-1", b"server-1")
    again = ScriptedServer(
        packages=[[get("./DevInfo/Mod")]],
        client_nonce=server.client_nonce,
        server_nonce=server.server_nonce,
    )
    events = drive(a_session(tree, session_id="2"), again)
    assert ended(events).outcome is Outcome.COMPLETED
    assert len(again.messages) == 2


def test_200_asks_for_credentials_in_every_message() -> None:
    tree = a_tree()
    server = ScriptedServer(packages=[[get("./DevInfo/Man")], [get("./DevInfo/Mod")]], accepts_with="200")
    settings = SessionSettings(accepted_status=200)
    assert ended(drive(a_session(tree, settings=settings), server)).outcome is Outcome.COMPLETED
    assert all(message.sync_hdr.cred is not None for message in server.messages)
    assert server.codes(1)[0] == server.codes(2)[0] == "200"
    assert nonces(tree) == (server.client_nonce, server.server_nonce)


def test_a_server_without_credentials_is_challenged_and_not_obeyed() -> None:
    tree = a_tree()
    before = content(tree)
    server = ScriptedServer(packages=[[add("./Shop/X", "x"), get("./DevInfo/Man")]], proves=False)
    session = a_session(tree)
    (send,) = session.start(NOW)
    assert isinstance(send, Send)
    events = session.receive(*server.exchange(send), NOW)
    demand = events[-1]
    assert isinstance(demand, Send)
    assert [type(command) for command in demand.message.sync_body.commands] == [Status, Status, Status]
    assert [command.data for command in demand.message.sync_body.commands if isinstance(command, Status)] == [
        "407"
    ] * 3
    header_status = demand.message.sync_body.commands[0]
    assert isinstance(header_status, Status)
    assert header_status.chal is not None
    assert content(tree) == before
    assert any(isinstance(event, Noted) and "not trusted" in event.text for event in events)

    # It proves itself now and sends its package again.
    server.proves = True
    server.packages = [[add("./Shop/X", "x"), get("./DevInfo/Man")]]
    events = session.receive(*server.exchange(demand), NOW)
    last = events[-1]
    assert isinstance(last, Send)
    assert tree.value("./Shop/X") == "x"
    assert ended(session.receive(*server.exchange(last), NOW)).outcome is Outcome.COMPLETED
    assert nonces(tree) == (server.client_nonce, server.server_nonce)


def test_a_server_with_a_wrong_password_is_given_up() -> None:
    tree = a_tree()
    before = content(tree)
    commands: list[list[Command]] = [[add(f"./Shop/{n}", "x")] for n in range(6)]
    server = ScriptedServer(packages=commands, secret="guessed")
    events = drive(a_session(tree), server)
    assert ended(events).outcome is Outcome.SERVER_REFUSED
    assert content(tree) == before
    assert server.codes(1) == ["401", "401"]
    # Two challenges, then the abort.
    last = server.messages[-1].sync_body.commands
    assert isinstance(last[-1], Alert)
    assert last[-1].data == "1223"
    assert server.messages[-1].sync_body.final
    assert len(server.messages) == 4


def test_a_stranger_that_wants_nothing_is_not_even_challenged() -> None:
    server = ScriptedServer(proves=False)
    events = drive(a_session(a_tree()), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert len(server.messages) == 1
    assert any(isinstance(event, Noted) and "no credentials" in event.text for event in events)


def test_an_account_without_credentials_needs_none() -> None:
    tree = a_tree(replace(ACCOUNT, client=None, server=None))
    server = ScriptedServer(packages=[[get("./DevInfo/Man")]], client_nonce=None, proves=False)
    assert ended(drive(a_session(tree), server)).outcome is Outcome.COMPLETED
    assert server.codes(1) == ["200", "200"]
    asking = ScriptedServer(packages=[[get("./DevInfo/Man")]])
    end = ended(drive(a_session(tree), asking))
    assert end.outcome is Outcome.CLIENT_REFUSED
    assert "no credentials" in end.reason


def test_basic_credentials() -> None:
    tree = a_tree(replace(ACCOUNT, client=Credential("BASIC", "Bruce2", "OhBehave"), server=None))
    (send,) = a_session(tree).start(NOW)
    assert isinstance(send, Send)
    cred = send.message.sync_hdr.cred
    assert cred is not None
    assert cred.meta is not None
    assert (cred.meta.type, cred.data) == ("syncml:auth-basic", "QnJ1Y2UyOk9oQmVoYXZl")
    assert send.message.sync_hdr.source.loc_name is None


def test_a_plain_password_is_never_given_for_a_digest() -> None:
    tree = a_tree()
    session = a_session(tree)
    (send,) = session.start(NOW)
    assert isinstance(send, Send)
    end = ended(
        session.receive(*tampered(ScriptedServer(client_nonce=b"x"), send, ask_for="syncml:auth-basic"), NOW)
    )
    assert end.outcome is Outcome.CLIENT_REFUSED
    assert "auth-basic" in end.reason


def tampered(server: ScriptedServer, send: Send, *, ask_for: str) -> tuple[int, str, bytes]:
    """The server's answer, with another type in its challenge."""
    status, mime, body = server.exchange(send)
    message, encoding = decode(body, mime)
    first = message.sync_body.commands[0]
    assert isinstance(first, Status)
    assert first.chal is not None
    first.chal.meta.type = ask_for
    return status, mime, encode(message, encoding)


def test_credentials_of_an_unknown_kind_open_no_session() -> None:
    with pytest.raises(SessionError, match="SECURID"):
        a_session(a_tree(replace(ACCOUNT, client=Credential("SECURID", "a", "b"))))
