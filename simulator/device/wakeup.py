"""Notifications: whether a push is a reason to open a session (DM Notification §6, DM Security §5.7)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from simulator.codes.mime import parse_media_type
from simulator.errors import CodecError, NotificationError
from simulator.notification import message as notifications
from simulator.notification.message import Notification
from simulator.notification.v13 import PROPOSED, Layout
from simulator.objects import dmacc
from simulator.objects.dmacc import Account, Credential
from simulator.security import nonce as nonces
from simulator.tree import Tree

APPLICATION = "x-wap-application:syncml.dm"
APPLICATION_CODE = 0x07
"""The application id of DM in WAP push, by name and by number (WINA)."""
LONGEST = 64 * 1024
"""Octets. Longer pushes are not looked at."""
REMEMBERED = 64
"""Notifications of which a copy is known again after their session."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the standard's text could not be asked about notifications."""

    layout: Layout = PROPOSED
    """Of those of DM 1.3."""
    default_nonces: tuple[bytes, ...] = (nonces.RESYNC, nonces.RESYNC_AS_TEXT)
    """What the nonce "0x00000000" may mean, where both sides meet again (DM Security §5.7): tried in order."""


@dataclass(frozen=True, slots=True)
class Wakeup:
    """A notification that was found good."""

    notification: Notification
    account: Account
    resync: bytes | None = None
    """The default nonce, when the digest was made with it: the session goes on with it."""


def read(
    tree: Tree,
    content_type: str,
    application_id: str | int | None,
    body: bytes,
    now: datetime,
    *,
    resync: bool,
    assumed: Assumptions | None = None,
) -> Wakeup:
    """Check a push. Raises `NotificationError` with the reason for which it has to be ignored.

    ``resync``: a digest made with the default nonce is accepted too.
    """
    assumed = assumed or Assumptions()
    if parse_media_type(content_type)[0] not in notifications.MEDIA_TYPES:
        raise NotificationError(f"the push is {content_type!r}, which is no notification of DM")
    if not is_for_dm(application_id):
        raise NotificationError(f"the push is for the application {application_id!r}; DM is {APPLICATION}")
    if len(body) > LONGEST:
        raise NotificationError(f"the push has {len(body)} octets; {LONGEST} is the most")
    try:
        notification = notifications.decode(content_type, body, layout=assumed.layout)
    except CodecError as error:
        raise NotificationError(f"the notification cannot be read: {error}") from error
    account = dmacc.find(tree, notification.server_id)
    if account is None:
        raise NotificationError(f"no account for the server {notification.server_id!r}")
    if account.server is None:
        raise NotificationError(f"the account of {account.server_id} has no credentials to check a digest with")
    notifications.check(notification, now)
    nonce = _matching_nonce(notification, account.server, assumed.default_nonces if resync else ())
    return Wakeup(notification, account, nonce)


def is_for_dm(application_id: str | int | None) -> bool:
    """None: the bearer carries no application id; then the media type has to do."""
    if application_id is None:
        return True
    if isinstance(application_id, int):
        return application_id == APPLICATION_CODE
    text = application_id.strip().lower()
    return text in (APPLICATION, str(APPLICATION_CODE), hex(APPLICATION_CODE), f"{APPLICATION_CODE:02x}")


def _matching_nonce(
    notification: Notification, server: Credential, default_nonces: tuple[bytes, ...]
) -> bytes | None:
    """None: the account's own nonce; else the default nonce that both sides meet at again.

    The name in the digest is the server identifier; some servers take the account's AAuthName instead.
    """
    if notification.hash_name is None:
        raise NotificationError("the notification has no digest")
    for nonce in (server.nonce, *default_nonces):
        for name in dict.fromkeys((notification.server_id, server.name)):
            if notifications.verify(notification, server.secret, nonce, name=name):
                return None if nonce == server.nonce else nonce
    raise NotificationError(f"the notification's digest is not that of {notification.server_id}")


class Memory:
    """Notifications that were taken, so that one that comes again opens no second session.

    A session id counts as taken until its session is over; after that only the very same octets do, because
    some servers give every notification the same session id.
    """

    __slots__ = ("due", "fingerprints")

    def __init__(self) -> None:
        self.due: set[tuple[str, str]] = set()
        """Server and session id of the sessions that were asked for and are not over."""
        self.fingerprints: list[bytes] = []
        """SHA-256 of the latest notifications, oldest first."""

    def __bool__(self) -> bool:
        return bool(self.due or self.fingerprints)

    def take(self, server_id: str, session_id: str, body: bytes) -> None:
        """Raises `NotificationError` when this one was taken before."""
        fingerprint = hashlib.sha256(body).digest()
        if (server_id, session_id) in self.due or fingerprint in self.fingerprints:
            raise NotificationError(f"session {session_id} of {server_id} was asked for before")
        self.due.add((server_id, session_id))
        self.fingerprints.append(fingerprint)
        del self.fingerprints[:-REMEMBERED]

    def over(self, server_id: str, session_id: str) -> None:
        """The session came to its end."""
        self.due.discard((server_id, session_id))
