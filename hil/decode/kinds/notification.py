"""Notifications of DM 1.2 and 1.3 (package 0)."""

from __future__ import annotations

from hil.decode import proof
from hil.decode.layer import Layer
from hil.decode.registry import LIKELY, POSSIBLE, UNLIKELY, WHOLE, Kind, Reading
from hil.push.describe import notification_fields
from hil.standards import current
from simulator.errors import CodecError
from simulator.notification import options, v12, v13
from simulator.notification.bits import BitTable
from simulator.notification.message import verify
from simulator.notification.model import Format, Notification

TITLES = {Format.DM_1_2: "DM 1.2 notification", Format.DM_1_3: "DM 1.3 notification"}


def _whole(notification: Notification) -> Reading:
    layer = _layer(notification.format)
    for name, value in notification_fields(notification).items():
        for one in value if isinstance(value, list) else [value]:
            layer.add(name.replace("_", " "), one)
    layer.add("digest check", _checked(notification))
    # Octets that fit by chance have no printable name in them.
    return Reading(layer, WHOLE if _named(notification) else POSSIBLE)


def _checked(notification: Notification) -> str | None:
    """None: there is no password to check the digest with."""
    keys = proof.keys()
    if keys.secret is None:
        return None
    if notification.hash_name is None:
        return f"{proof.WRONG}: there is no digest"
    return proof.RIGHT if verify(notification, keys.secret, keys.nonce, name=keys.name) else proof.WRONG


def _damaged(octets: bytes, error: CodecError, header: BitTable, start: int) -> tuple[Layer, Notification]:
    """The fields of the header as far as it goes, under their names in the layout, and what was read after it."""
    partial = error.partial
    if not isinstance(partial, Notification):
        raise error
    layer = _layer(partial.format)
    try:
        values = header.read(octets, start)
    except CodecError as cut:
        values = cut.partial if isinstance(cut.partial, dict) else {}
    for name, value in values.items():
        layer.add(name, value)
    layer.add("server id", partial.server_id or None)
    for option in partial.options:
        layer.add("options", f"{options.name(option.number)} {options.show(option)}")
    layer.damaged_by(error)
    return layer, partial


def _layer(format_: Format) -> Layer:
    return Layer(f"notification-{format_.value}", TITLES[format_])


def _named(notification: Notification) -> bool:
    return bool(notification.server_id) and notification.server_id.isprintable()


def read_12(octets: bytes) -> Reading:
    try:
        return _whole(v12.decode(octets))
    except CodecError as error:
        layer, partial = _damaged(octets, error, v12.HEADER, v12.DIGEST_OCTETS)
        digest = octets[: v12.DIGEST_OCTETS].hex()
        layer.fields.insert(0, ("digest", digest))
        return Reading(layer, LIKELY if partial.version == v12.VERSION else UNLIKELY)


def read_13(octets: bytes) -> Reading:
    layout = current().layout
    try:
        return _whole(v13.decode(octets, layout))
    except CodecError as error:
        layer, partial = _damaged(octets, error, layout.header, 0)
        return Reading(layer, POSSIBLE if _named(partial) else UNLIKELY)


KINDS = (
    Kind("notification-1.2", TITLES[Format.DM_1_2], read_12),
    Kind("notification-1.3", TITLES[Format.DM_1_3], read_13),
)
