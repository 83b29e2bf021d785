"""A message in words, one for each thing it says, so that a person or an expectation can follow a session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hil.server.reading import plain
from simulator.syncml import message as dm

MAX_WORDS = 1000
"""Things kept of one message."""
MAX_TEXT = 200


def words(message: dm.SyncML) -> list[str]:
    """``Status SyncHdr 212``, ``Alert 1201``, ``Add ./A``, ``Results ./A``, ``Final``."""
    found = [
        text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
        for _, text in zip(range(MAX_WORDS), _said(message.sync_body.commands), strict=False)
    ]
    return [*found, "Final"] if message.sync_body.final else found


def _said(commands: Iterable[dm.Command]) -> Iterator[str]:
    for command in commands:
        name = dm.name_of(command)
        match command:
            case dm.Status():
                where = f" {command.target_ref[0]}" if command.target_ref and command.cmd != "SyncHdr" else ""
                yield f"{name} {command.cmd} {plain(command.data) or '?'}{where}"
            case dm.Alert():
                yield f"{name} {plain(command.data) or '?'}"
            case dm.Atomic() | dm.Sequence():
                yield name
                yield from _said(command.commands)
            case dm.ForeignCommand():
                yield name
            case _:
                for item in command.items:
                    more = " MoreData" if item.more_data else ""
                    yield f"{name} {_where(item)}{more}"


def _where(item: dm.Item) -> str:
    found = item.target or item.source
    return found.loc_uri if found is not None else "?"
