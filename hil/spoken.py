"""What a command says, in words: ``Status Add 418 ./A``, ``Alert 1201``, ``Get ./A``, ``Results ./A MoreData``."""

from __future__ import annotations

from simulator.syncml import message as dm

UNSAID = "?"
"""Where a peer left out what belongs there."""


def spoken(command: dm.Command) -> list[str]:
    """Once for each of its items; what an Atomic or a Sequence holds is not among it."""
    name = dm.name_of(command)
    match command:
        case dm.Status():
            where = f" {command.target_ref[0]}" if command.target_ref and command.cmd != "SyncHdr" else ""
            return [f"{name} {command.cmd} {_plain(command.data)}{where}"]
        case dm.Alert():
            return [f"{name} {_plain(command.data)}"]
        case dm.Atomic() | dm.Sequence() | dm.ForeignCommand():
            return [name]
        case _:
            return [f"{name} {_where(item)}{' MoreData' * item.more_data}" for item in command.items]


def _where(item: dm.Item) -> str:
    found = item.target or item.source
    return found.loc_uri if found is not None else UNSAID


def _plain(data: dm.Data | None) -> str:
    return (dm.text(data) if isinstance(data, str | bytes) else "") or UNSAID
