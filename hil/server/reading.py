"""Reading what a device sent, whatever it is: a peer's Data may hold anything."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.syncml import message as dm

MAX_DIGITS = 5


def plain(data: dm.Data | None) -> str | None:
    """Data as text, None for none or for a TNDS document in place."""
    return None if data is None or not isinstance(data, str | bytes) else dm.text(data)


def code_of(data: dm.Data | None) -> int | None:
    """A status or alert code; None when there is no number."""
    digits = (plain(data) or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None


def alerts(message: dm.SyncML) -> Iterator[tuple[int | None, dm.Alert]]:
    """Every Alert of the message with its code."""
    for command in message.sync_body.commands:
        if isinstance(command, dm.Alert):
            yield code_of(command.data), command


def header_statuses(message: dm.SyncML) -> Iterator[dm.Status]:
    """The device's Status for the header of a message of ours."""
    for command in message.sync_body.commands:
        if isinstance(command, dm.Status) and is_about_header(command):
            yield command


def is_about_header(status: dm.Status) -> bool:
    return status.cmd == "SyncHdr" or status.cmd_ref == "0"


def uris(items: list[dm.Item]) -> tuple[list[str], list[str]]:
    """The Target and the Source LocURIs of a command's Items, as TargetRef and SourceRef echo them."""
    return (
        [item.target.loc_uri for item in items if item.target is not None],
        [item.source.loc_uri for item in items if item.source is not None],
    )
