"""One line for a person and fields for a program, for any WSP push, damaged ones too."""

from __future__ import annotations

from datetime import datetime

from hil.standards import current
from hil.trace.record import Json
from simulator.errors import CodecError
from simulator.notification import options
from simulator.notification.message import MEDIA_TYPES, Notification, decode
from simulator.push import wsp
from simulator.push.headers import FieldValue


def describe(octets: bytes) -> tuple[str, dict[str, Json]]:
    """Text and fields for the trace. Never raises."""
    try:
        push = wsp.decode(octets)
    except CodecError as error:
        return f"WAP push that cannot be read: {error}", {"error": str(error)}
    fields: dict[str, Json] = {
        "content_type": push.content_type,
        "application_id": push.application_id,
        "transaction_id": push.transaction_id,
        "headers": {name: plain(value) for name, value in push.headers},
        "parameters": {name: plain(value) for name, value in push.parameters},
        "length": len(push.body),
    }
    if push.content_type.lower() not in MEDIA_TYPES:
        return f"WAP push of {push.content_type}, {len(push.body)} octets", fields
    text, fields["notification"] = describe_notification(push.content_type, push.body)
    return f"WAP push: {text}", fields


def describe_notification(content_type: str, body: bytes) -> tuple[str, dict[str, Json]]:
    """The same for package 0."""
    try:
        notification = decode(content_type, body, layout=current().layout)
    except CodecError as error:
        return f"notification that cannot be read: {error}", {"error": str(error)}
    what = f"DM {notification.format.value} notification of {notification.server_id}"
    return f"{what}, session {notification.session_text}", notification_fields(notification)


def notification_fields(notification: Notification) -> dict[str, Json]:
    """What a notification says, under the names of its own format."""
    fields: dict[str, Json] = {
        "format": notification.format.value,
        "version": notification.version,
        "server_id": notification.server_id,
        "session_id": notification.session_text,
        "ui_mode": notification.ui_mode.name.lower().replace("_", " "),
        "initiator": notification.initiator.name.lower(),
    }
    if notification.vendor:
        fields["vendor"] = notification.vendor.hex()
    if notification.timestamp is not None:
        fields["timestamp"] = plain(notification.timestamp)
    if notification.timeout_days is not None:
        fields["timeout_days"] = notification.timeout_days
    if notification.options:
        fields["options"] = [f"{options.name(o.number)} {options.show(o)}" for o in notification.options]
    fields["digest"] = notification.digest.hex()
    fields["hash"] = notification.hash_name
    return fields


def plain(value: FieldValue) -> Json:
    """A header's value as JSON has it: times in ISO 8601, octets in hex."""
    match value:
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case bytes():
            return value.hex()
        case _:
            return value
