"""A small DM server for tests of the client: it plays a script and checks what the client must do.

It is written from the rules of the standard, not from the product's server, and computes its digests itself.
Whatever the client gets wrong fails an assertion here, at the message where it went wrong.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from simulator.session.client import ClientSession
from simulator.session.events import Ended, Event, Send
from simulator.syncml.encoding import Encoding, decode, encode
from simulator.syncml.message import (
    Alert,
    Atomic,
    Chal,
    Command,
    Cred,
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
    octets,
)

NOW = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
URL = "http://dm.example/manage"
SERVER_ID = "srv.example"
DEV_ID = "IMEI:493005100592800"
CLIENT = ("dev-user", "dev-secret")
SERVER = ("srv.example", "srv-secret")


def md5_cred(who: tuple[str, str], nonce: bytes) -> str:
    """B64(MD5(B64(MD5(user:password)):nonce)), written out once more."""
    inner = base64.b64encode(hashlib.md5(":".join(who).encode(), usedforsecurity=False).digest())
    return base64.b64encode(hashlib.md5(inner + b":" + nonce, usedforsecurity=False).digest()).decode()


def flatten(commands: list[Command]) -> Iterator[Command]:
    for command in commands:
        yield command
        if isinstance(command, (Atomic, Sequence)):
            yield from flatten(command.commands)


@dataclass
class ScriptedServer:
    packages: list[list[Command]] = field(default_factory=list)
    """The commands of one message after the other; when they are used up, an empty package follows."""
    open_messages: int = 0
    """How many of the first messages lack Final: the package goes on."""
    client_nonce: bytes | None = b"client-1"
    """With which the client's next Cred must have been made; None: the client is not asked for any."""
    server_nonce: bytes = b"server-1"
    """With which the server makes its own Cred."""
    proves: bool = True
    """Sends Cred, until it is answered 212."""
    secret: str = SERVER[1]
    auth: str = "syncml:auth-md5"
    """The type of all challenges."""
    ver_proto: str = "DM/1.3"
    speaks: str = "DM/1.3"
    """What the client's messages have to say."""
    accepts_with: str = "212"
    chal: bool = True
    """Gives NextNonce along with success."""
    encoding: Encoding | None = None
    """None: answers in the encoding of the request."""
    resp_uri: str | None = None
    max_msg_size: int | None = None
    max_obj_size: int | None = None
    session_id: str | None = None
    messages: list[SyncML] = field(default_factory=list)
    """What the client sent."""
    urls: list[str] = field(default_factory=list)
    statuses: dict[tuple[str, str], list[Status]] = field(default_factory=dict)
    """The client's answers, by MsgRef and CmdRef."""
    results: list[Results] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    values: list[tuple[str, str | bytes]] = field(default_factory=list)
    """The Items of all Results, chunks put together."""
    client_accepted: bool = False
    server_accepted: bool = False
    _owed: list[tuple[str, Command]] = field(default_factory=list)
    _msg_id: int = 0
    _nonces: int = 0
    _scripted: int = 0
    _open: bool = False
    _answering: tuple[str, str] = ("", "")
    _chunks: list[str | bytes] | None = None
    _size: int = 0

    def exchange(self, send: Send) -> tuple[int, str, bytes]:
        message, encoding = decode(send.body, send.headers["Content-Type"])
        assert encoding.mime == send.headers["Content-Type"]
        self._check(message, send)
        return 200, (self.encoding or encoding).mime, encode(self._answer(message), self.encoding or encoding)

    def _check(self, message: SyncML, send: Send) -> None:
        header, commands = message.sync_hdr, message.sync_body.commands
        self.messages.append(message)
        self.urls.append(send.url)
        self.bodies.append(send.body)
        assert header.msg_id == str(len(self.messages)), "MsgID starts at 1 and grows by one"
        assert header.session_id == self.messages[0].sync_hdr.session_id, "SessionID stays"
        assert header.source.loc_uri == DEV_ID
        assert header.target.loc_uri == URL
        assert header.ver_proto == self.speaks
        ids = [command.cmd_id for command in commands]
        assert ids == [str(number) for number in range(1, len(ids) + 1)], "CmdIDs are unique and never 0"
        assert not any(isinstance(c, (Atomic, Sequence)) for c in commands)
        self._check_statuses(commands)

    def _check_statuses(self, commands: list[Command]) -> None:
        if self._msg_id:
            first = commands[0]
            assert isinstance(first, Status)
            assert (first.cmd, first.cmd_ref, first.msg_ref) == ("SyncHdr", "0", str(self._msg_id))
            if first.data == "212":
                self.server_accepted = True
            if first.chal is not None:
                assert first.chal.meta.type == self.auth
                assert first.chal.meta.next_nonce is not None
                self.server_nonce = base64.b64decode(first.chal.meta.next_nonce)
        answered: list[tuple[str, str]] = []
        for command in commands:
            if isinstance(command, Status):
                answered.append((command.msg_ref, command.cmd_ref))
                if command.cmd == "Get":
                    self._answering = answered[-1]
                self.statuses.setdefault(answered[-1], []).append(command)
            if isinstance(command, Results):
                reference = (command.msg_ref or "", command.cmd_ref)
                assert reference == self._answering, "Results follow their Status"
                self.results.append(command)
                self._gather(command.items)
        assert self._chunks is None or isinstance(commands[-1], Results), "nothing follows a chunk"
        self._owed = [
            (msg_id, command) for msg_id, command in self._owed if (msg_id, command.cmd_id) not in answered
        ]

    def _sizes(self) -> Meta | None:
        sizes = Meta(
            max_msg_size=str(self.max_msg_size) if self.max_msg_size else None,
            max_obj_size=str(self.max_obj_size) if self.max_obj_size else None,
        )
        return sizes if sizes != Meta() else None

    def _gather(self, items: list[Item]) -> None:
        """Put chunks together; the first one says the size of all."""
        for item in items:
            size = item.meta.size if item.meta is not None else None
            if self._chunks is None:
                assert item.more_data == (size is not None), "the first of several chunks has Size"
                self._chunks, self._size = [], int(size or 0)
            else:
                assert size is None
            data = item.data if item.data is not None else ""
            assert isinstance(data, (str, bytes))
            self._chunks.append(data)
            if item.more_data:
                continue
            parts = self._chunks
            whole = "".join(map(str, parts)) if isinstance(data, str) else b"".join(map(octets, parts))
            if len(parts) > 1:
                assert len(octets(whole)) == self._size
            self.values.append((item.source.loc_uri if item.source else "", whole))
            self._chunks = None

    def _answer(self, message: SyncML) -> SyncML:
        header, commands = message.sync_hdr, message.sync_body.commands
        self._msg_id += 1
        code, chal = self._client_status(header.cred)
        answers: list[Command] = [Status("1", header.msg_id, "0", "SyncHdr", chal=chal, data=code)]
        for command in commands:
            if isinstance(command, (Alert, Replace)):
                name = type(command).__name__
                status = code if code in ("401", "407") else "200"
                answers.append(Status("", header.msg_id, command.cmd_id, name, data=status))
        final = True
        if code in ("200", "212") and (message.sync_body.final or self._open):
            sent = self.packages.pop(0) if self.packages else []
            answers += sent
            self._scripted += 1
            final = self._scripted > self.open_messages
            self._open = not final
        elif not message.sync_body.final:
            sent = [Alert("", data="1222")]
            answers += sent
            final = False
        else:
            sent = []
        self._number(answers)
        self._owed += [(str(self._msg_id), c) for c in flatten(sent) if not isinstance(c, (Status, Results))]
        return SyncML(
            SyncHdr(
                "1.2",
                self.ver_proto,
                self.session_id or header.session_id,
                str(self._msg_id),
                Target(header.source.loc_uri),
                Source(URL),
                resp_uri=self.resp_uri,
                cred=self._cred(),
                meta=self._sizes(),
            ),
            SyncBody(answers, final=final),
        )

    @staticmethod
    def _number(commands: list[Command]) -> None:
        for number, command in enumerate(flatten(commands), start=1):
            command.cmd_id = str(number)

    def _client_status(self, cred: Cred | None) -> tuple[str, Chal | None]:
        if self.client_nonce is None:
            return "200", None
        if self.client_accepted:
            assert cred is None, "no Cred after 212"
            return "212", None
        header = self.messages[-1].sync_hdr
        if cred is not None:
            assert cred.meta is not None
            assert (cred.meta.type, cred.meta.format) == ("syncml:auth-md5", "b64")
            assert header.source.loc_name == CLIENT[0]
        good = cred is not None and cred.data == md5_cred(CLIENT, self.client_nonce)
        code = self.accepts_with if good else "401" if cred is not None else "407"
        self.client_accepted = code == "212"
        if good and not self.chal:
            return code, None
        self._nonces += 1
        self.client_nonce = f"client-new-{self._nonces}".encode()
        text = base64.b64encode(self.client_nonce).decode()
        return code, Chal(Meta(format="b64", type=self.auth, next_nonce=text))

    def _cred(self) -> Cred | None:
        if not self.proves or self.server_accepted:
            return None
        data = md5_cred((SERVER[0], self.secret), self.server_nonce)
        return Cred(Meta(format="b64", type="syncml:auth-md5"), data)

    # -- for the tests

    def codes(self, msg_ref: int) -> list[str]:
        """The client's statuses for one of our messages, in the order of their commands."""
        found = [
            (int(cmd), s)
            for (msg, cmd), statuses in self.statuses.items()
            if msg == str(msg_ref)
            for s in statuses
        ]
        return [str(status.data) for _, status in sorted(found, key=lambda pair: pair[0])]

    def assert_all_answered(self) -> None:
        assert not self._owed, f"no Status for {self._owed}"


def drive(session: ClientSession, server: ScriptedServer, *, most: int = 50) -> list[Event]:
    """Run a session to its end; every event of it."""
    events = session.start(NOW)
    for _ in range(most):
        last = events[-1]
        if isinstance(last, Ended):
            return events
        assert isinstance(last, Send), f"the last event is {last}"
        status, content_type, body = server.exchange(last)
        events += session.receive(status, content_type, body, NOW)
    raise AssertionError("the session does not end")
