"""A DM client that does what a test tells it, message by message: the other end for tests of the server.

It has no tree and no opinions; the simulator is tested elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulator.security import credentials, nonce
from simulator.security.credentials import AuthType
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, decode, encode

DEVICE_ID = "IMEI:004999010640000"
URL = "http://127.0.0.1/dm"
USER, PASSWORD, FIRST_NONCE = "device", "device-secret", b"first client nonce"
SERVER, SERVER_PASSWORD, FIRST_SERVER_NONCE = "dm.example.com", "server-secret", b"first server nonce"

Post = Callable[[bytes, str], tuple[int, str | None, bytes]]
"""Body and Content-Type in; status, Content-Type and body out."""


def md5_cred(nonce_: bytes, password: str = PASSWORD) -> dm.Cred:
    meta = dm.Meta(format="b64", type=AuthType.MD5)
    return dm.Cred(meta, credentials.md5(USER, password, nonce_))


def basic_cred(password: str = PASSWORD) -> dm.Cred:
    return dm.Cred(dm.Meta(format="b64", type=AuthType.BASIC), credentials.basic(USER, password))


class Refused(Exception):
    """The server answered with something else than a DM message."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"HTTP {status}: {body!r}")
        self.status = status


class Client:
    def __init__(
        self, post: Post, *, encoding: Encoding = Encoding.WBXML, session_id: str = "1", device_id: str = DEVICE_ID
    ) -> None:
        self._post = post
        self.encoding = encoding
        self.session_id = session_id
        self.device_id = device_id
        self.msg_id = 0
        self.ver_proto = "DM/1.3"
        self.ver_dtd = "1.2"
        self.max_msg_size = "100000"
        self.nonce = FIRST_NONCE
        """For the next Cred."""
        self.last: dm.SyncML | None = None
        """The server's latest message."""

    def message(
        self,
        *commands: dm.Command,
        cred: dm.Cred | None = None,
        final: bool = True,
        meta: dm.Meta | None = None,
    ) -> dm.SyncML:
        self.msg_id += 1
        source = dm.Source(self.device_id, USER if cred is not None else None)
        header = dm.SyncHdr(
            self.ver_dtd,
            self.ver_proto,
            self.session_id,
            str(self.msg_id),
            dm.Target(URL),
            source,
            cred=cred,
            meta=meta,
        )
        for number, command in enumerate(commands, 1):
            command.cmd_id = command.cmd_id or str(number)
        return dm.SyncML(header, dm.SyncBody(list(commands), final))

    def send(self, message: dm.SyncML) -> dm.SyncML:
        """Post a message, keep and return the answer; raises `Refused` when it is no DM message."""
        status, content_type, body = self._post(encode(message, self.encoding), self.encoding.mime)
        if status != 200:
            raise Refused(status, body)
        self.last, encoding = decode(body, content_type)
        assert encoding is self.encoding
        fresh = self.header_status().chal
        if fresh is not None and fresh.meta.next_nonce is not None:
            self.nonce = nonce.from_text(fresh.meta.next_nonce)
        return self.last

    def begin(self, *more: dm.Command, cred: dm.Cred | None = None, alert: str = "1201") -> dm.SyncML:
        """Package 1."""
        dev_info = [
            dm.Item(source=dm.Source(f"./DevInfo/{name}"), data=value)
            for name, value in (
                ("DevId", self.device_id),
                ("Man", "dmrig"),
                ("Mod", "test"),
                ("DmV", "1.3"),
                ("Lang", "en"),
            )
        ]
        commands = (dm.Alert("", data=alert), dm.Replace("", items=dev_info), *more)
        return self.send(self.message(*commands, cred=cred, meta=dm.Meta(max_msg_size=self.max_msg_size)))

    def answer(
        self,
        *more: dm.Command,
        header: int = 212,
        status: Callable[[dm.Command], int] = lambda _: 200,
        values: dict[str, dm.Data] | None = None,
        chal: dm.Chal | None = None,
        only_header: bool = False,
        cred: dm.Cred | None = None,
        final: bool = True,
    ) -> dm.SyncML:
        """Package 3: a Status for the header and for each command of the server, Results for each Get."""
        assert self.last is not None
        theirs = self.last
        msg_ref = theirs.sync_hdr.msg_id
        commands: list[dm.Command] = [
            dm.Status("", msg_ref, "0", "SyncHdr", [self.device_id], [URL], chal=chal, data=str(header))
        ]
        for command in [] if only_header else list(flat(theirs.sync_body.commands)):
            code = status(command)
            commands.append(dm.Status("", msg_ref, command.cmd_id, dm.name_of(command), data=str(code)))
            if isinstance(command, dm.Get) and code == 200:
                uri = command.items[0].target
                assert uri is not None
                item = dm.Item(source=dm.Source(uri.loc_uri), data=(values or {}).get(uri.loc_uri, ""))
                commands.append(dm.Results("", msg_ref, command.cmd_id, items=[item]))
        return self.send(self.message(*commands, *more, cred=cred, final=final))

    def header_status(self) -> dm.Status:
        """The server's Status for the header of our last message."""
        assert self.last is not None
        return next(s for s in statuses(self.last) if s.cmd_ref == "0")


def statuses(message: dm.SyncML) -> list[dm.Status]:
    return [c for c in message.sync_body.commands if isinstance(c, dm.Status)]


def codes(message: dm.SyncML) -> list[str]:
    """The code of each Status, the header's first."""
    return [dm.text(s.data) for s in statuses(message)]


def sent(message: dm.SyncML) -> list[dm.Command]:
    """The commands of a message that want an answer."""
    return [c for c in message.sync_body.commands if not isinstance(c, dm.Status | dm.Results)]


def flat(commands: Iterable[dm.Command]) -> Iterable[dm.Command]:
    """Commands that want a Status, those inside of others as well."""
    for command in commands:
        if isinstance(command, dm.Status | dm.Results):
            continue
        yield command
        if isinstance(command, dm.Atomic | dm.Sequence):
            yield from flat(command.commands)
