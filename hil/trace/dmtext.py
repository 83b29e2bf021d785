"""A DM message in a trace: one line for a person, and the whole of it as plain data for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, is_dataclass

from hil.trace.record import Json, Way
from simulator.syncml import message as dm

BEGINNINGS = ("1200", "1201")
"""Alerts of package 1."""

MAX_TEXT = 64
"""Characters of a URI in the line."""


def summary(message: dm.SyncML, way: Way) -> str:
    """Such as ``package 1: Alert 1201, Replace ×5``. ``way`` is seen from the device.

    >>> hdr = dm.SyncHdr("1.2", "DM/1.3", "1", "1", dm.Target("http://x"), dm.Source("IMEI:1"))
    >>> summary(dm.SyncML(hdr, dm.SyncBody([dm.Alert("1", data="1201")], final=True)), "out")
    'package 1: Alert 1201'
    """
    said = ", ".join([*_statuses(message), *_commands(message)]) or "nothing"
    goes_on = "" if message.sync_body.final else " … (goes on)"
    return f"package {package(message, way)}: {said}{goes_on}"


def package(message: dm.SyncML, way: Way) -> int:
    """The package that a message is part of (DM Protocol §8): 1 and 3 from the device, 2 and 4 from the server.

    A server's message does not say; the second package is told by its answer to DevInfo.
    """
    commands = message.sync_body.commands
    if way == "out":
        return 1 if any(isinstance(c, dm.Alert) and _text(c.data) in BEGINNINGS for c in commands) else 3
    answered = {c.cmd for c in commands if isinstance(c, dm.Status)}
    return 2 if {"Alert", "Replace"} <= answered else 4


def as_json(value: object) -> Json:
    """A message, or a part of one, as plain data: what is absent is left out, octets are hex."""
    match value:
        case str() | bool() | int() | None:
            return value
        case bytes():
            return value.hex()
        case list():
            return [as_json(one) for one in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            found: dict[str, Json] = {}
            if isinstance(value, dm.Command):
                found["command"] = dm.name_of(value)
            for field in fields(value):
                inner = getattr(value, field.name)
                if inner is not None and inner is not False and inner != []:
                    found[field.name] = as_json(inner)
            return found
        case _:
            return str(value)


def _statuses(message: dm.SyncML) -> Iterable[str]:
    statuses = [c for c in message.sync_body.commands if isinstance(c, dm.Status)]
    for status in statuses:
        if status.cmd == "SyncHdr":
            yield f"header {_text(status.data)}" + (" with a challenge" if _challenges(status) else "")
    counted = Counter(_text(status.data) for status in statuses if status.cmd != "SyncHdr")
    if counted:
        yield "Status " + ", ".join(_times(code, count) for code, count in counted.items())


def _challenges(status: dm.Status) -> bool:
    return status.chal is not None and _text(status.data) in ("401", "407")


def _commands(message: dm.SyncML) -> Iterable[str]:
    """Commands of a kind that stand together are one: ``Get ./DevInfo/Man``, ``Results ×3``."""
    groups: list[tuple[str, list[str]]] = []
    for command in message.sync_body.commands:
        if isinstance(command, dm.Status):
            continue
        name, uris = _named(command)
        if groups and groups[-1][0] == name:
            groups[-1][1].extend(uris)
        else:
            groups.append((name, uris))
    for name, uris in groups:
        yield f"{name} {_short(uris[0])}" if len(uris) == 1 and uris[0] else _times(name, len(uris))


def _named(command: dm.Command) -> tuple[str, list[str]]:
    match command:
        case dm.Alert(data=data):
            return f"Alert {_text(data)}", [""]
        case dm.Atomic(commands=inner) | dm.Sequence(commands=inner):
            return f"{type(command).__name__} of {len(inner)}", [""]
        case dm.Status() | dm.ForeignCommand():
            return dm.name_of(command), [""]
        case _:
            items = command.items
            uris = [(i.target or i.source or dm.Target("")).loc_uri for i in items]
            return type(command).__name__, uris or [""]


def _times(name: str, count: int) -> str:
    return name if count == 1 else f"{name} ×{count}"


def _text(data: dm.Data | None) -> str:
    return _short(dm.text(data)) if isinstance(data, str | bytes) else "?"


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
