"""A DM server with a clock that a test moves, and all that it told, for tests of the engine."""

from __future__ import annotations

from datetime import UTC, datetime

from hil.server.engine import DmServer
from hil.server.events import ServerEvent, SessionRecord
from hil.server.settings import Credentials, DeviceAccount, ServerSettings
from hil.server.store import MemoryStore
from hil.server.transitions import Outcome
from simulator.security import nonce
from simulator.security.credentials import AuthType
from simulator.syncml.encoding import Encoding
from tests.dm_client import (
    DEVICE_ID,
    FIRST_NONCE,
    FIRST_SERVER_NONCE,
    PASSWORD,
    SERVER,
    SERVER_PASSWORD,
    USER,
    Client,
    md5_cred,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def counting() -> nonce.Random:
    """Octets that differ each time and are the same in each run."""
    number = iter(range(1, 1 << 30))
    return lambda size: next(number).to_bytes(size, "big")


def account(auth: AuthType = AuthType.MD5, *, server: bool = True, client: bool = True) -> DeviceAccount:
    return DeviceAccount(
        client=Credentials(USER, PASSWORD, auth, FIRST_NONCE) if client else None,
        server=Credentials(SERVER, SERVER_PASSWORD, auth, FIRST_SERVER_NONCE) if server else None,
    )


class Bed:
    """A server with a clock that a test moves, and all it told."""

    def __init__(
        self, settings: ServerSettings | None = None, accounts: dict[str, DeviceAccount] | None = None
    ) -> None:
        self.now = START
        self.events: list[ServerEvent] = []
        self.store = MemoryStore({DEVICE_ID: account()} if accounts is None else accounts)
        self.server = DmServer(
            settings or ServerSettings(), self.store, random=counting(), subscriber=self.events.append
        )

    def post(self, body: bytes, content_type: str | None) -> tuple[int, str | None, bytes]:
        reply = self.server.receive(body, content_type, self.now)
        return reply.status, reply.content_type, reply.body

    def client(
        self, session_id: str = "1", encoding: Encoding = Encoding.WBXML, device_id: str = DEVICE_ID
    ) -> Client:
        return Client(self.post, session_id=session_id, encoding=encoding, device_id=device_id)

    def told(self, kind: type[ServerEvent]) -> list[ServerEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def outcome(self) -> Outcome | None:
        return self.server.sessions[-1].outcome

    @property
    def session(self) -> SessionRecord:
        return self.server.sessions[-1]

    @property
    def notes(self) -> list[str]:
        return [str(note) for note in self.session.notes]

    def managed(self, **more: object) -> Client:
        """A client that is authenticated and has the first commands."""
        client = self.client(**more)  # type: ignore[arg-type]
        client.begin(cred=md5_cred(FIRST_NONCE))
        return client
