"""Sessions against a plain model of the rules: a server does legal and illegal things in any order.

The model is written from the standard, with dicts and counters. After each message of the server it says what the
client has to answer: the header's status, one status for each command, Final or Next Message, Alert 1225, the end.
"""

from __future__ import annotations

import base64
import random as randoms
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulator.codes.alert import AlertCode
from simulator.objects import dmacc
from simulator.session.client import ClientSession
from simulator.session.events import Ended, Event, Executed, Outcome, Send
from simulator.session.settings import SessionSettings
from simulator.session.transitions import State
from simulator.syncml.encoding import Encoding, decode, encode
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Chal,
    Command,
    Cred,
    Delete,
    ForeignCommand,
    Get,
    Item,
    Meta,
    Replace,
    Sequence,
    Source,
    Status,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
)
from tests.unit.scripted_server import CLIENT, DEV_ID, NOW, SERVER, SERVER_ID, URL, flatten, md5_cred
from tests.unit.session_bench import a_tree, nonces

NAMES = ("A", "B")
MAX_OBJECT = 12


# -- what the server may say


def at(name: str) -> Target:
    return Target(f"./Shop/{name}")


def chunk(name: str, text: str, size: int | None, more: bool) -> Add:
    meta = Meta(size=str(size)) if size is not None else None
    return Add("", items=[Item(target=at(name), meta=meta, data=text, more_data=more)])


names = st.sampled_from(NAMES)
texts = st.text("xyz", min_size=1, max_size=4)
simple: st.SearchStrategy[Command] = st.one_of(
    st.builds(lambda n, t: Add("", items=[Item(target=at(n), data=t)]), names, texts),
    st.builds(lambda n, t: Replace("", items=[Item(target=at(n), data=t)]), names, texts),
    st.builds(lambda n: Delete("", items=[Item(target=at(n))]), names),
)
foreign: st.SearchStrategy[Command] = st.builds(ForeignCommand, st.just(""), st.sampled_from(["Put", "Target"]))
readable = st.one_of(simple, simple, foreign, st.builds(lambda n: Get("", items=[Item(target=at(n))]), names))
commands: st.SearchStrategy[Command] = st.one_of(
    readable,
    readable,
    st.builds(lambda inner: Sequence("", commands=inner), st.lists(readable, max_size=3)),
    st.builds(lambda inner: Atomic("", commands=inner), st.lists(readable, max_size=3)),
    st.builds(chunk, names, texts, st.none() | st.integers(1, MAX_OBJECT + 2), st.booleans()),
    st.builds(chunk, names, texts, st.none(), st.booleans()),
    st.just("next").map(lambda _: Alert("", data="1222")),
    st.just("odd").map(lambda _: Alert("", data="1201")),
)


# -- what the client has to do


@dataclass
class Partial:
    name: str
    size: int
    text: str = ""
    refused: str | None = None


@dataclass
class Model:
    """The device as the rules have it."""

    leaves: dict[str, str] = field(default_factory=dict)
    partial: Partial | None = None
    moved: bool = False
    lost: int = 0

    def message(self, said: list[Command], *, final: bool) -> list[list[str]]:
        """Carry out a message; the codes of each command and what it holds, in the order of the document."""
        codes = [self.command(command) for command in said]
        if final and not self.moved:
            self._pass_by()
        self.moved = False
        return codes

    def _pass_by(self) -> None:
        if self.partial is not None and self.partial.refused is None:
            self.lost += 1
        self.partial = None

    def command(self, command: Command) -> list[str]:
        match command:
            case Alert(data="1222"):
                return ["200"]
            case Alert() | ForeignCommand(name="Put"):
                self._pass_by()
                return ["406"]
            case ForeignCommand():
                self._pass_by()
                return ["400"]
            case Sequence(commands=inner):
                self._pass_by()
                return ["200", *(code for one in inner for code in self.command(one))]
            case Atomic(commands=inner):
                self._pass_by()
                return self._atomic(inner)
            case Add() | Replace() | Delete() | Get():
                return [self._chunk(command)]
        raise AssertionError(command)

    def _atomic(self, inner: list[Command]) -> list[str]:
        before = dict(self.leaves)
        codes: list[str] = []
        for number, one in enumerate(inner):
            codes.append("500" if isinstance(one, Get) else self.command(one)[0])
            if int(codes[-1]) >= 300:
                self.leaves = before
                undone = ["216"] * number
                return ["507", *undone, codes[-1], *(["215"] * (len(inner) - number - 1))]
        return ["200", *codes]

    def _chunk(self, command: Add | Replace | Delete | Get) -> str:
        (item,) = command.items
        assert item.target is not None
        name, text = item.target.loc_uri.rpartition("/")[2], str(item.data)
        size = int(item.meta.size) if item.meta is not None and item.meta.size else None
        held = self.partial
        if held is not None:
            same = isinstance(command, Add) and name == held.name
            if not (same and (size is None or (size == held.size and held.refused is None))):
                self._pass_by()
                held = None
        if held is None and not item.more_data:
            return self._simple(command, name, text)
        if held is None:
            held = self.partial = Partial(name, size or 0)
            held.refused = "411" if size is None else "416" if size > MAX_OBJECT else None
        self.moved = True
        if held.refused is None:
            held.text += text
            held.refused = "424" if len(held.text) > held.size else None
        if item.more_data:
            return held.refused or "213"
        self.partial = None
        if held.refused is not None or len(held.text) != held.size:
            return held.refused or "424"
        return self._simple(command, name, held.text)

    def _simple(self, command: Command, name: str, text: str) -> str:
        there = name in self.leaves
        match command:
            case Add():
                if there:
                    return "418"
                self.leaves[name] = text
            case Replace() if there:
                self.leaves[name] = text
            case Delete() if there:
                del self.leaves[name]
            case Get() if there:
                pass
            case _:
                return "404"
        return "200"


class Sessions(RuleBasedStateMachine):
    @initialize(
        encoding=st.sampled_from(list(Encoding)),
        accepted=st.sampled_from([212, 200]),
        limit=st.sampled_from([None, None, 2000]),
    )
    def make(self, encoding: Encoding, accepted: int, limit: int | None) -> None:
        self.tree = a_tree()
        self.model = Model()
        self.settings = SessionSettings(encoding=encoding, accepted_status=accepted, max_obj_size=MAX_OBJECT)
        self.limit = limit
        self.numbers = iter(range(1, 10**6))
        self.random = randoms.Random(5)
        self.outcome: Outcome | None = Outcome.COMPLETED
        self.session: ClientSession | None = None

    # -- a session begins

    @precondition(lambda self: self.outcome is not None)
    @rule()
    def begin(self) -> None:
        account = dmacc.find(self.tree, SERVER_ID)
        assert account is not None
        self.client_nonce, self.server_nonce = nonces(self.tree)
        self.session_id = f"{next(self.numbers):X}"[:4]
        self.session = ClientSession(
            self.tree,
            account,
            session_id=self.session_id,
            alert=AlertCode.CLIENT_INITIATED_MGMT,
            random=self.random.randbytes,
            settings=self.settings,
        )
        self.outcome = None
        self.msg_id = self.sent_id = 0
        self.accepted = self.client_accepted = False
        self.challenges = self.rejections = self.idle = 0
        self.closed, self.client_open, self.outbox = True, False, False
        self.owed: dict[tuple[str, str], str] = {}
        self.answered: dict[tuple[str, str], str] = {}
        self.limited = False
        self.model.partial, self.model.lost = None, 0
        self.lost_before = 0
        self.closing: Outcome | None = None
        self.take(self.session.start(NOW), expect_status=None)

    # -- what the server does

    @precondition(lambda self: self.running())
    @rule(
        said=st.lists(commands, max_size=4),
        final=st.sampled_from([True, True, False]),
        cred=st.sampled_from(["good", "good", "good", "none", "bad"]),
        challenge=st.sampled_from([False] * 8 + [True]),
        odd=st.sampled_from([None] * 6 + ["session", "message", "status"]),
    )
    def answer(self, said: list[Command], final: bool, cred: str, challenge: bool, odd: str | None) -> None:
        said = [command for command in said if not isinstance(command, str)]
        trusted, code, hopeless = self.judge(cred)
        before = self.stored()
        message = self.build(said, final, cred, challenge, odd)
        asked = [command for command in said if not (isinstance(command, Alert) and command.data == "1222")]
        self.closed = self.closed or final
        self.idle = 0 if asked or self.outbox else self.idle + 1
        if challenge and self.presented:
            self.rejections += 1
        if challenge and self.rejections >= 2:
            return self.give(message, Outcome.CLIENT_REFUSED)
        partial = self.model.partial
        waiting = partial is not None and partial.refused is None
        nothing = self.closed and not self.outbox and not self.client_open and not waiting
        if not said and not challenge and nothing:
            refused = not trusted and self.challenges > 0
            return self.give(message, Outcome.SERVER_REFUSED if refused else Outcome.COMPLETED)
        if self.idle > 5:
            return self.close_down(message, Outcome.ABORTED_BY_CLIENT, trusted)
        if hopeless:
            return self.close_down(message, Outcome.SERVER_REFUSED, trusted)
        if trusted:
            codes = self.model.message(said, final=final)
        else:
            codes = [[code] * len(list(flatten([command]))) for command in said]
            self.challenges += 1
        for command, found in zip(said, codes, strict=True):
            for inner, status in zip(flatten([command]), found, strict=True):
                self.owed[str(self.msg_id), inner.cmd_id] = status
        if challenge:
            # What was said last is said again.
            self.outbox = True
            self.closed = self.closed or not self.client_open
        events = self.session_receive(message)
        executed = [str(event.status) for event in events if isinstance(event, Executed)]
        assert executed == [status for found in codes for status in found]
        self.take(events, expect_status=code)
        if not trusted:
            assert self.stored() == before
        return None

    @precondition(lambda self: self.running())
    @rule(how=st.sampled_from(["abort", "damaged", "http", "lost", "empty"]))
    def end(self, how: str) -> None:
        assert self.session is not None
        before = self.stored()
        if how == "abort":
            message = self.build([Alert("", data="1223")], True, "none", False, None)
            return self.give(message, Outcome.ABORTED_BY_SERVER)
        if how == "lost":
            events = self.session.fail("no network", NOW)
        elif how == "http":
            events = self.session.receive(503, "text/html", b"busy", NOW)
        elif how == "empty":
            events = self.session.receive(200, None, b"", NOW)
        else:
            body = encode(self.build([], True, "good", False, None), Encoding.WBXML)
            events = self.session.receive(200, Encoding.WBXML.mime, body[:-9], NOW)
        assert isinstance(events[-1], Ended)
        assert events[-1].outcome is Outcome.FAILED
        self.outcome = Outcome.FAILED
        assert self.stored() == before
        return None

    @precondition(lambda self: self.running() and self.session is not None)
    @rule()
    def user_aborts(self) -> None:
        assert self.session is not None
        assert self.session.abort("enough") == []
        message = self.build([Add("", items=[Item(target=at("A"), data="no")])], True, "good", False, None)
        self.close_down(message, Outcome.ABORTED_BY_CLIENT, True)

    @precondition(lambda self: self.outcome is None and self.closing is not None)
    @rule(body=st.binary(max_size=20), status=st.sampled_from([200, 500]))
    def answer_to_an_abort(self, body: bytes, status: int) -> None:
        """Whatever it is, it is discarded."""
        assert self.session is not None
        (end,) = self.session.receive(status, None, body, NOW)
        assert isinstance(end, Ended)
        assert end.outcome is self.closing
        self.outcome = self.closing

    # -- the rules of who is who

    def running(self) -> bool:
        return self.session is not None and self.outcome is None and self.closing is None

    def judge(self, cred: str) -> tuple[bool, str, bool]:
        """Whether the server is trusted, the header's status, and whether it is given up."""
        accepted = str(self.settings.accepted_status)
        if self.accepted:
            return True, accepted, False
        if cred == "good":
            self.accepted = accepted == "212"
            return True, accepted, False
        return False, "407" if cred == "none" else "401", self.challenges >= 2

    def build(self, said: list[Command], final: bool, cred: str, challenge: bool, odd: str | None) -> SyncML:
        """The server's message, with its statuses."""
        self.msg_id += 10 if odd == "message" else 1
        chal = None
        if challenge:
            self.client_accepted = False
            self.client_nonce = f"nonce {next(self.numbers)}".encode()
            text = base64.b64encode(self.client_nonce).decode()
            chal = Chal(Meta(format="b64", type="syncml:auth-md5", next_nonce=text))
        code = "401" if challenge else "212"
        told = challenge or odd != "status"
        self.client_accepted = self.client_accepted or (told and code == "212")
        status: list[Command] = [Status("", str(self.sent_id), "0", "SyncHdr", chal=chal, data=code)]
        body = [*(status if told else []), *said]
        for number, command in enumerate(flatten(body), start=1):
            command.cmd_id = str(number)
        secret = SERVER if cred == "good" else (SERVER[0], "guessed")
        header = SyncHdr(
            "1.2",
            "DM/1.3",
            "0" if odd == "session" else self.session_id,
            str(self.msg_id),
            Target(DEV_ID),
            Source(URL),
            cred=None
            if cred == "none"
            else Cred(Meta(format="b64", type="syncml:auth-md5"), md5_cred(secret, self.server_nonce)),
            meta=Meta(max_msg_size=str(self.limit)) if self.limit and not self.limited else None,
        )
        self.limited = True
        return SyncML(header, SyncBody(body, final=final))

    # -- what the client does then

    def session_receive(self, message: SyncML) -> list[Event]:
        assert self.session is not None
        encoding = self.session.encoding
        return self.session.receive(200, encoding.mime, encode(message, encoding), NOW)

    def give(self, message: SyncML, outcome: Outcome) -> None:
        """The message ends the session."""
        events = self.session_receive(message)
        assert isinstance(events[-1], Ended)
        assert events[-1].outcome is outcome, events[-1]
        assert not [event for event in events if isinstance(event, Executed)]
        self.outcome = outcome

    def close_down(self, message: SyncML, outcome: Outcome, trusted: bool) -> None:
        """The client answers with Alert 1223 and nothing else, and executes nothing."""
        events = self.session_receive(message)
        assert not [event for event in events if isinstance(event, Executed)]
        last = events[-1]
        assert isinstance(last, Send)
        status, alert = last.message.sync_body.commands
        assert isinstance(status, Status)
        assert isinstance(alert, Alert)
        assert (status.cmd_ref, alert.data) == ("0", "1223")
        assert last.message.sync_body.final
        self.closing = outcome

    def take(self, events: list[Event], *, expect_status: str | None) -> None:
        """The client's message, against the rules."""
        last = events[-1]
        assert isinstance(last, Send), last
        message, _ = decode(last.body, last.headers["Content-Type"])
        self.sent_id += 1
        header, body = message.sync_hdr, message.sync_body
        assert (header.msg_id, header.session_id) == (str(self.sent_id), self.session_id)
        assert header.source.loc_uri == DEV_ID
        if self.limited and self.limit is not None:
            assert len(last.body) <= self.limit
        self.check_cred(header.cred)
        statuses = [command for command in body.commands if isinstance(command, Status)]
        if expect_status is not None:
            first = statuses[0]
            assert (first.cmd, first.cmd_ref, first.msg_ref) == ("SyncHdr", "0", str(self.msg_id))
            assert first.data == expect_status
            if first.chal is not None:
                assert first.chal.meta.next_nonce is not None
                self.server_nonce = base64.b64decode(first.chal.meta.next_nonce)
        for status in statuses:
            if status.cmd_ref != "0":
                self.check_status(status)
        self.check_end(body)

    def check_cred(self, cred: Cred | None) -> None:
        self.presented = cred is not None
        if self.client_accepted:
            assert cred is None
        else:
            assert cred is not None
            assert cred.data == md5_cred(CLIENT, self.client_nonce)

    def check_status(self, status: Status) -> None:
        reference = (status.msg_ref, status.cmd_ref)
        expected = self.owed.pop(reference, self.answered.get(reference))
        assert status.data == expected, (status, expected)
        self.answered[reference] = str(status.data)

    def check_end(self, body: SyncBody) -> None:
        """Final when both sides are through; Next Message when only the client is; neither when it has more."""
        last: Any = body.commands[-1]
        asks = isinstance(last, Alert) and last.data == "1222"
        lost = sum(isinstance(c, Alert) and c.data == "1225" for c in body.commands)
        if self.limit is None:
            assert body.final == self.closed
            assert asks == (not self.closed)
            repeated = self.lost_before and lost
            assert lost == self.model.lost or repeated
        assert not (body.final and not self.closed)
        if body.final or asks:
            assert not self.owed
        self.lost_before, self.model.lost = lost, 0
        self.outbox = not (body.final or asks)
        self.client_open = not body.final
        if body.final:
            self.closed = False

    def stored(self) -> tuple[bytes, bytes]:
        return nonces(self.tree)

    @invariant()
    def the_tree_is_the_models(self) -> None:
        if self.session is not None:
            found = {name: self.tree.value(f"./Shop/{name}") for name in NAMES}
            assert {name: value for name, value in found.items() if value is not None} == self.model.leaves

    @invariant()
    def an_end_is_an_end(self) -> None:
        if self.session is not None:
            assert (self.session.state is State.ENDED) == (self.outcome is not None)
            assert (self.session.state is State.CLOSING) == (self.outcome is None and self.closing is not None)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(
    max_examples=100, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
