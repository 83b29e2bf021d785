"""Who is who in a session: the client's credentials towards the server, and the server's towards the client.

Both halves keep the rule that nonces are changed in the account only for a peer that proved itself, and only
when the other side certainly has the new one (DM Security §5.3): otherwise a stranger, or a lost message,
could lock both sides out. `ClientProof.settled` and `ServerProof.settled` are the nonces that may be stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.codes.status import StatusCode
from simulator.errors import SessionError
from simulator.objects.dmacc import Credential
from simulator.security import credentials, mac, nonce
from simulator.security.credentials import AAUTH_TYPE, FORMAT, AuthType
from simulator.security.mac import Integrity
from simulator.security.nonce import Random
from simulator.session.plain import plain
from simulator.syncml.message import Chal, Cred, Meta

TRANSPORT_TYPES = frozenset({"TRANSPORT", "X509"})
"""AAuthTypes that leave it to the transport: nothing is shown or checked in messages."""

REJECTIONS = 2
"""Credentials that may fail in one session: the first may have been made with a stale nonce, so that one more
challenge is due (DM Security §5.3); after that it is the secret that is wrong."""


def usable(credential: Credential | None, level: str) -> Credential | None:
    """The credential, or None when the transport does its work. Raises `SessionError` for a type that this
    client cannot show or check in a message."""
    if credential is None or credential.type in TRANSPORT_TYPES:
        return None
    if credential.type not in AAUTH_TYPE:
        known = ", ".join(AAUTH_TYPE)
        raise SessionError(f"the account's {level} credentials are {credential.type}; this client has {known}")
    return credential


WITH_NONCE = frozenset({AuthType.MD5, AuthType.MAC})
"""What a nonce goes into. Neither gives the password away, so that a server may ask for them in place of it."""


@dataclass(slots=True)
class ClientProof:
    """The client's credentials (level CLCRED), and what the server said of them."""

    credential: Credential | None
    nonce: bytes | None = None
    """The one for the next Cred; None: none was ever received."""
    type: AuthType | None = None
    accepted: bool = False
    """The server answered 212: no more Cred in this session."""
    rejections: int = 0
    settled: bytes | None = None
    """The latest NextNonce, to be stored as soon as the server is trusted."""
    presented: bool = False
    """The last message carried a Cred, or a MAC beside it."""

    def __post_init__(self) -> None:
        if self.credential is not None:
            self.type = AAUTH_TYPE.get(self.credential.type)
            self.nonce = self.nonce or self.credential.nonce or None

    def cred(self) -> Cred | None:
        """The Cred for the next message; None when none is due or none can be made."""
        made = None if self.accepted else self._make()
        self.presented = made is not None
        return made

    def _make(self) -> Cred | None:
        if self.credential is None:
            return None
        name, secret = self.credential.name, self.credential.secret
        match self.type:
            case AuthType.BASIC:
                data = credentials.basic(name, secret)
            case AuthType.MD5 if self.nonce is not None:
                data = credentials.md5(name, secret, self.nonce)
            case _:
                return None
        return Cred(Meta(format=FORMAT, type=self.type), data)

    @property
    def signs(self) -> bool:
        """There is a MAC beside each message."""
        return self.type is AuthType.MAC and self.nonce is not None

    @property
    def loc_name(self) -> str | None:
        """The user name for SyncHdr/Source: digests hide it (DM Security §5.3.1, §5.6)."""
        named = self.signs or (self.presented and self.type is AuthType.MD5)
        return self.credential.name if self.credential is not None and named else None

    def sign(self, body: bytes, integrity: Integrity) -> str | None:
        """The integrity header for a message as it will be transported; None when none is due (§5.6).

        Once begun, every message of the session has one.
        """
        if self.credential is None or self.nonce is None or not self.signs:
            return None
        self.presented = True
        return mac.sign(self.credential.name, self.credential.secret, self.nonce, body, integrity)

    def answered(self, code: int, chal: Chal | None) -> str | None:
        """Take the server's Status for our header: 200, 212, 401 or 407.

        Returns why the client cannot go on, or None.
        """
        if code == StatusCode.AUTHENTICATION_ACCEPTED and self.type is not AuthType.MAC:
            self.accepted = True
        if chal is not None and chal.meta.next_nonce is not None:
            try:
                self.nonce = self.settled = nonce.from_text(chal.meta.next_nonce)
            except ValueError as error:
                return f"the server's Chal has {error}"
        if code not in (StatusCode.INVALID_CREDENTIALS, StatusCode.MISSING_CREDENTIALS):
            return None
        self.accepted = False
        return self._challenged(code, chal)

    def _challenged(self, code: int, chal: Chal | None) -> str | None:
        if self.presented:
            self.rejections += 1
        if self.credential is None:
            return f"the server answered {code}, and the account has no credentials for it"
        if self.rejections >= REJECTIONS:
            return f"the server refused the credentials of {self.credential.name!r} {self.rejections} times"
        if chal is None:
            return f"the server answered {code} without a challenge"
        asked = chal.meta.type
        # A digest is safe to give instead of a plain password, not the other way round.
        if asked not in WITH_NONCE and (asked != AuthType.BASIC or self.type is not AuthType.BASIC):
            return f"the server asks for {asked!r}; the account has {self.credential.type}"
        self.type = AuthType(asked)
        if self.type in WITH_NONCE and self.nonce is None:
            return f"the server's challenge for {self.type} has no NextNonce"
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the client thinks of the server's credentials: the Status for the server's header."""

    status: int
    chal: Chal | None = None
    trusted: bool = True
    """Commands may be executed."""
    why: str = ""
    """Why they may not."""
    hopeless: bool = False
    """Not even after a challenge."""


@dataclass(slots=True)
class ServerProof:
    """The server's credentials (level SRVCRED) and how often they were asked for."""

    credential: Credential | None
    random: Random
    accepted_status: int = StatusCode.AUTHENTICATION_ACCEPTED
    nonce: bytes | None = None
    type: AuthType = AuthType.MD5
    accepted: bool = False
    """The client answered 212: no more Cred is needed."""
    trusted: bool = False
    """The latest message came from the server that the account names."""
    challenges: int = 0
    settled: bytes | None = None
    """A nonce that the server certainly got, and got as one it may use later."""
    _offered: bytes | None = field(default=None)
    """A nonce for later in a message that the server may not have received."""

    def __post_init__(self) -> None:
        if self.credential is not None:
            self.type = AAUTH_TYPE.get(self.credential.type, AuthType.MD5)
            self.nonce = self.nonce or self.credential.nonce or None

    def message_came(self) -> None:
        """The server answered: what the last message told it, it knows."""
        if self._offered is not None:
            self.settled, self._offered = self._offered, None

    def judge(self, cred: Cred | None, header: str | None, body: bytes, integrity: Integrity) -> Verdict:
        """What to answer to a message with this Cred in it, or this integrity ``header`` beside it."""
        if self.credential is None:
            # Nothing to check against: the transport authenticates the server (AAuthType TRANSPORT).
            self.trusted = True
            return Verdict(StatusCode.OK)
        if self.accepted:
            self.trusted = True
            return Verdict(self.accepted_status)
        if self.type is AuthType.MAC and (cred is None or header is not None):
            return self._judge_mac(header, body, integrity)
        if cred is None:
            return self._reject(StatusCode.MISSING_CREDENTIALS, "it sent no credentials")
        presented = cred.meta.type if cred.meta is not None and cred.meta.type else self.type
        if presented != self.type:
            why = f"it sent {presented!r} where {self.type} is asked for"
            return self._reject(StatusCode.INVALID_CREDENTIALS, why, hopeless=self.challenges > 0)
        if not self._matches(cred):
            return self._reject(StatusCode.INVALID_CREDENTIALS, "its credentials are wrong")
        self.trusted = True
        self.accepted = self.accepted_status == StatusCode.AUTHENTICATION_ACCEPTED
        return Verdict(self.accepted_status, self._next_nonce())

    def _judge_mac(self, header: str | None, body: bytes, integrity: Integrity) -> Verdict:
        """The MAC holds for this message alone: 200, and a new nonce each time (DM Security §5.6)."""
        assert self.credential is not None
        if header is None:
            return self._reject(StatusCode.MISSING_CREDENTIALS, f"its message has no {mac.HEADER} header")
        if self.nonce is None:
            return self._reject(StatusCode.INVALID_CREDENTIALS, "its MAC is made with a nonce that nobody gave")
        name, secret = self.credential.name, self.credential.secret
        why = mac.wrong(header, name, secret, self.nonce, body, integrity)
        if why is not None:
            return self._reject(StatusCode.INVALID_CREDENTIALS, why)
        self.trusted = True
        return Verdict(StatusCode.OK, self._next_nonce())

    def _matches(self, cred: Cred) -> bool:
        assert self.credential is not None
        name, secret = self.credential.name, self.credential.secret
        presented = cred.data if isinstance(cred.data, bytes) else plain(cred.data)
        if self.type is AuthType.BASIC:
            return credentials.check(presented, credentials.basic(name, secret))
        # Without a nonce the digest could be one overheard anywhere: such a server is challenged first.
        return self.nonce is not None and credentials.check(presented, credentials.md5(name, secret, self.nonce))

    def _next_nonce(self) -> Chal | None:
        """The challenge that goes with success: the nonce for the next session, or the next message."""
        if self.type not in WITH_NONCE:
            return None
        self.nonce = self._offered = nonce.new(self.random)
        return self._chal()

    def _reject(self, status: int, why: str, *, hopeless: bool = False) -> Verdict:
        self.trusted = self.accepted = False
        if hopeless or self.challenges >= REJECTIONS:
            return Verdict(status, None, trusted=False, why=why, hopeless=True)
        self.nonce = nonce.new(self.random)
        return Verdict(status, self._chal(), trusted=False, why=why)

    def challenged(self) -> None:
        """The verdict's challenge was sent."""
        self.challenges += 1

    def _chal(self) -> Chal:
        text_ = nonce.to_text(self.nonce) if self.nonce is not None and self.type in WITH_NONCE else None
        return Chal(Meta(format=FORMAT, type=self.type, next_nonce=text_))
