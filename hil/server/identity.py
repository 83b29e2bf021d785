"""Who is who in one session: the device's credentials checked, the server's presented, nonces kept
(DM Protocol §9, DM Security §5.3)."""

from __future__ import annotations

from collections.abc import Callable

from hil.server import authentication as auth
from hil.server import events
from hil.server.authentication import Carried, Verdict
from hil.server.reading import code_of, plain
from hil.server.settings import Credentials, Present, ServerSettings
from hil.server.store import Level, Store
from hil.server.transitions import Heard
from simulator.codes.status import StatusCode
from simulator.security import mac, nonce
from simulator.security.credentials import AuthType
from simulator.syncml import message as dm

Tell = Callable[[events.ServerEvent], None]


class Identity:
    def __init__(
        self,
        record: events.SessionRecord,
        settings: ServerSettings,
        store: Store,
        random: nonce.Random,
        tell: Tell,
        note: Callable[[str, str], None],
    ) -> None:
        """``note`` is told a mistake of the device, and the clause."""
        account = store.account(record.device_id)
        self.code = StatusCode.OK
        """The header's status in the reply at hand."""
        self.chal: dm.Chal | None = None
        """The challenge, or the next nonce, in the reply at hand."""
        self.why_not = ""
        """Why the device is not accepted."""
        self.recall = False
        """The device did not execute what it was sent, because the server was not authenticated."""
        self.refusal: Heard | None = None
        """The device refuses the server, or its messages, for good."""
        self._record = record
        self._settings = settings
        self._store = store
        self._random = random
        self._tell = tell
        self._note = note
        self._open_to_all = account is not None and account.client is None
        self._client: Credentials | None = account.client if account is not None else None
        self._server: Credentials | None = account.server if account is not None else None
        self._client_nonce = self._first_nonce("CLCRED", self._client)
        self._server_nonce = self._first_nonce("SRVCRED", self._server)
        self._device_accepted = False
        """For the whole session: 212."""
        self._server_accepted = False
        self._server_asked = False
        """The device has challenged the server in this session."""
        self._presented = False
        """The server's last message had its credentials."""
        self._integrity = settings.integrity
        self._tries = 0
        self._server_tries = 0
        """Challenges in a row, of either side."""

    # The device.

    def check_device(self, header: dm.SyncHdr, carried: Carried) -> Heard | None:
        """None: the device is who it says. Sets `code` and `chal` for the reply, and `why_not`."""
        self.chal, self.why_not = None, ""
        self._integrity = mac.integrity_for(header.ver_proto, self._settings.integrity)
        if self._open_to_all:
            self.code = StatusCode.OK
            return None
        if self._device_accepted:
            self.code = StatusCode.AUTHENTICATION_ACCEPTED
            return None
        verdict, self.why_not = auth.judge(header.cred, self._client, self._client_nonce, carried, self._integrity)
        asked = self._client.auth if self._client is not None else AuthType.MD5
        # Octets for the reply's challenge: the next credentials are made with them, whatever came of these.
        self._client_nonce = nonce.new(self._random)
        self.chal = auth.challenge(asked, self._client_nonce if auth.needs_nonce(asked) else None)
        if verdict is Verdict.ACCEPTED:
            self._accept_device(asked)
            return None
        return self._refuse_device(verdict)

    def _accept_device(self, kind: AuthType) -> None:
        self._tries = 0
        if self._settings.every_message or kind is AuthType.MAC:
            # A MAC covers one message, so that 200 is all there is (DM Security §5.6).
            self.code = StatusCode.OK
        else:
            self.code = StatusCode.AUTHENTICATION_ACCEPTED
            self._device_accepted = True
        if auth.needs_nonce(kind):
            self._store.keep_nonce(self._record.device_id, "CLCRED", self._client_nonce)
        else:
            self.chal = None
        if not self._record.device_authenticated:
            self._record.device_authenticated = True
            self._tell(events.Authenticated(self._record, "device"))

    def _refuse_device(self, verdict: Verdict) -> Heard:
        missing = verdict is Verdict.MISSING
        self.code = StatusCode.MISSING_CREDENTIALS if missing else StatusCode.INVALID_CREDENTIALS
        self._tries += 1
        self._record.challenges += 1
        self._tell(events.Challenged(self._record, "device", self.code))
        # Another type than was asked for ends the session, right or wrong (DM Security §5.3).
        if verdict is Verdict.OTHER_TYPE and self._tries > 1:
            return Heard.STILL_BAD
        if self._tries > self._settings.max_challenges:
            return Heard.STILL_BAD
        return Heard.NO_CREDENTIALS if missing else Heard.BAD_CREDENTIALS

    # The server.

    def hear_about_server(self, status: dm.Status, *, trusted: bool) -> None:
        """The device's Status for the header of the server's last message.

        From a device that has not authenticated itself, a challenge is answered and nothing else counts.
        """
        code, fresh = code_of(status.data), auth.next_nonce(status.chal)
        if fresh is not None:
            # Used in this session whoever sent it, kept only from a device that is authenticated (§5.3).
            self._server_nonce = fresh
        if code in (StatusCode.INVALID_CREDENTIALS, StatusCode.MISSING_CREDENTIALS):
            self._server_accepted, self._server_asked = False, True
            self._record.server_challenges += 1
            self._tell(events.Challenged(self._record, "server", code))
            if trusted:
                self._challenged(status.chal)
        elif not trusted:
            return
        elif code in (StatusCode.OK, StatusCode.AUTHENTICATION_ACCEPTED):
            self._accepted(for_session=code == StatusCode.AUTHENTICATION_ACCEPTED)
        elif code is None or code >= 300:
            self._note(f"it answers a message's header with {plain(status.data)!r}", "DM Protocol §8")
            self.refusal = Heard.MESSAGE_REFUSED

    def credentials(self, *, refusing: bool) -> tuple[str, dm.Cred | None] | None:
        """The server's name and Cred for the next message, where they belong into it; see `sign`.

        Only to a device that has shown who it is does the server show itself.
        """
        own = self._server
        wanted = {
            Present.ALWAYS: not self._server_accepted,
            Present.CHALLENGED: self._server_asked and not self._server_accepted,
            Present.NEVER: False,
        }
        self._presented = own is not None and wanted[self._settings.present] and not refusing
        return (own.name, auth.present(own, self._server_nonce)) if own is not None and self._presented else None

    def sign(self, body: bytes) -> str | None:
        """The MAC of the message that has the latest `credentials`, if that is what they are."""
        own = self._server
        if own is None or own.auth is not AuthType.MAC or not self._presented:
            return None
        return auth.sign(own, self._server_nonce, body, self._integrity)

    def _accepted(self, *, for_session: bool) -> None:
        self._server_tries = 0
        self._server_accepted = for_session and (self._server is None or self._server.auth is not AuthType.MAC)
        if self._server is not None and auth.needs_nonce(self._server.auth):
            self._store.keep_nonce(self._record.device_id, "SRVCRED", self._server_nonce)
        if self._presented and not self._record.server_authenticated:
            self._record.server_authenticated = True
            self._tell(events.Authenticated(self._record, "server"))

    def _challenged(self, chal: dm.Chal | None) -> None:
        self.recall = True
        self._server_tries += 1
        never = self._server is None or self._settings.present is Present.NEVER
        if never or chal is None or self._server_tries > self._settings.max_challenges:
            self.refusal = Heard.SERVER_REFUSED
            return
        asked = chal.meta.type
        if asked is not None and self._server is not None and asked.strip() != self._server.auth:
            self._note(f"it asks for {asked!r}, and the account has {self._server.auth.value!r}", "DM Protocol §9")
            self.refusal = Heard.SERVER_REFUSED

    def _first_nonce(self, level: Level, who: Credentials | None) -> bytes:
        kept = self._store.nonce(self._record.device_id, level)
        if kept is not None:
            return kept
        return who.nonce if who is not None else b""
