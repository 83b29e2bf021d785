"""Notifications of both versions: reading by media type, writing with the digest, checking.

notification = decode(content_type, body)
if verify(notification, password, nonce): ...
"""

from __future__ import annotations

from datetime import datetime

from simulator.codes import mime
from simulator.errors import CodecError
from simulator.notification import v12, v13
from simulator.notification.digest import digest, equal
from simulator.notification.model import Format, Initiator, Notification, Option, UIMode
from simulator.notification.v13 import PROPOSED, Layout

__all__ = [
    "MEDIA_TYPES",
    "Format",
    "Initiator",
    "Notification",
    "Option",
    "UIMode",
    "check",
    "decode",
    "encode",
    "media_type",
    "verify",
]

MEDIA_TYPES = {
    mime.NOTIFICATION_12: Format.DM_1_2,
    mime.NOTIFICATION_13: Format.DM_1_3,
}
"""By which the layout is told. That 1.3's layout goes with the second name is registered practice, not a
sentence of the standard that could be cited (docs/standards.md)."""


def media_type(notification: Notification) -> str:
    return next(media for media, known in MEDIA_TYPES.items() if known is notification.format)


def decode(content_type: str | None, body: bytes, *, layout: Layout = PROPOSED) -> Notification:
    """Read package 0 in the layout that its media type names; without one, in the layout it looks like.

    Raises `CodecError`: a foreign media type, octets that are no notification, another version.
    """
    known = Format.DM_1_2 if content_type is None and _looks_like_12(body) else Format.DM_1_3
    if content_type is not None:
        media, _ = mime.parse_media_type(content_type)
        if media not in MEDIA_TYPES:
            raise CodecError(f"{content_type!r} is no media type of a notification")
        known = MEDIA_TYPES[media]
    return v12.decode(body) if known is Format.DM_1_2 else v13.decode(body, layout)


def _looks_like_12(body: bytes) -> bool:
    """Version 11 in ten bits: 0x02, then two set bits."""
    header = body[v12.DIGEST_OCTETS : v12.DIGEST_OCTETS + 2]
    return len(header) == 2 and header[0] << 2 | header[1] >> 6 == v12.VERSION


def encode(
    notification: Notification,
    password: str,
    nonce: bytes,
    *,
    name: str | None = None,
    layout: Layout = PROPOSED,
) -> bytes:
    """Package 0 with its digest. ``name`` stands for the server identifier in the digest where an account's
    name for the server is another one."""
    if notification.format is Format.DM_1_2:
        octets = v12.trigger(notification)
        return v12.encode(notification, digest(name or notification.server_id, password, nonce, octets))
    octets, hash_name = v13.trigger(notification, layout), notification.hash_name
    signature = digest(name or notification.server_id, password, nonce, octets, hash_name) if hash_name else b""
    return v13.encode(notification, signature, layout)


def verify(notification: Notification, password: str, nonce: bytes, *, name: str | None = None) -> bool:
    """Whether the digest is that of a server with this password and nonce. Never true without a digest.

    ``notification`` is one that was read: its ``trigger`` holds the octets that the digest covers.
    """
    if notification.hash_name is None:
        return False
    user = name or notification.server_id
    expected = digest(user, password, nonce, notification.trigger, notification.hash_name)
    return equal(expected, notification.digest)


def check(notification: Notification, now: datetime) -> None:
    """Raises `NotificationError` for a notification that has to be ignored whoever sent it: too old."""
    if notification.format is Format.DM_1_3:
        v13.check(notification, now)
