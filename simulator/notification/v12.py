"""The notification of DM 1.2, "General Package #0" (DM Notification 1.2 §6.2): digest, header, body.

    digest (16) | header (8, see `HEADER`) | server-identifier | vendor-specific

The digest covers everything that follows it.
"""

from __future__ import annotations

from simulator.errors import CodecError, EncodeError
from simulator.notification.bits import BitField, BitTable
from simulator.notification.model import Format, Initiator, Notification, UIMode

DIGEST_OCTETS = 16
VERSION = 11
"""DM 1.2 and 1.2.1 write 1.1, times ten."""

HEADER = BitTable(
    BitField("version", 10),
    BitField("ui-mode", 2),
    BitField("initiator", 1),
    BitField("future-use", 27),
    BitField("sessionid", 16),
    BitField("length-identifier", 8),
)


def trigger(notification: Notification) -> bytes:
    """Header and body: what the digest covers."""
    server_id = notification.server_id.encode()
    if len(server_id) > 0xFF:
        raise EncodeError(f"the server identifier has {len(server_id)} octets; its length field holds up to 255")
    header = HEADER.write(
        {
            "version": VERSION if notification.version is None else notification.version,
            "ui-mode": notification.ui_mode,
            "initiator": notification.initiator,
            "sessionid": notification.session_id,
            "length-identifier": len(server_id),
        }
    )
    return header + server_id + notification.vendor


def encode(notification: Notification, digest: bytes) -> bytes:
    """``digest`` is over `trigger`; see `simulator.notification.message.encode` for both in one."""
    if len(digest) != DIGEST_OCTETS:
        raise EncodeError(f"the digest has {len(digest)} octets; DM 1.2 has {DIGEST_OCTETS}")
    return digest + trigger(notification)


def decode(data: bytes) -> Notification:
    """Read a notification of DM 1.2. Raises `CodecError` for octets that are none, and for other versions.

    The error's ``partial`` is the `Notification` as far as it could be read.
    """
    notification = Notification(
        "", 0, format=Format.DM_1_2, digest=data[:DIGEST_OCTETS], trigger=data[DIGEST_OCTETS:]
    )
    if len(data) < DIGEST_OCTETS:
        raise CodecError(
            f"a digest of {DIGEST_OCTETS} octets expected, and {len(data)} are there",
            offset=len(data),
            partial=notification,
        )
    try:
        header = HEADER.read(data, DIGEST_OCTETS)
    except CodecError as error:
        if isinstance(error.partial, dict):
            _fill(notification, error.partial)
        error.partial = notification
        raise
    _fill(notification, header)
    start = DIGEST_OCTETS + HEADER.octets
    end = start + header["length-identifier"]
    if notification.version != VERSION:
        raise CodecError(
            f"version {notification.version}, and a DM 1.2 notification has {VERSION}",
            offset=DIGEST_OCTETS,
            partial=notification,
        )
    if end > len(data):
        raise CodecError(
            f"the server identifier is said to be {end - start} octets long, and {len(data) - start} are left",
            offset=start,
            partial=notification,
        )
    try:
        notification.server_id = data[start:end].decode()
    except UnicodeDecodeError as error:
        raise CodecError(
            "the server identifier is no UTF-8 text", offset=start + error.start, partial=notification
        ) from None
    notification.vendor = data[end:]
    return notification


def _fill(notification: Notification, header: dict[str, int]) -> None:
    notification.version = header.get("version")
    notification.ui_mode = UIMode(header.get("ui-mode", 0))
    notification.initiator = Initiator(header.get("initiator", 0))
    notification.session_id = header.get("sessionid", 0)
