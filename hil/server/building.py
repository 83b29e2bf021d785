"""From a `ServerCommand` to the message's command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hil.server import commands as said
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding


@dataclass(slots=True)
class Built:
    """A command of the message, and what was built for those inside of it."""

    command: dm.Command
    inner: list[Built]


def build(command: said.ServerCommand, numbers: Iterator[str], encoding: Encoding) -> Built:
    """The command as it stands in a SyncBody; ``numbers`` gives the CmdIDs. Raises `EncodeError`.

    Those inside an Atomic or a Sequence are numbered as well (DM Representation §7.1: unique in a message).
    """
    cmd_id = next(numbers) if getattr(command.act, "numbered", True) else ""
    match command.act:
        case said.Get(uris=uris, data=data):
            return Built(dm.Get(cmd_id, items=[_at(uri, data) for uri in uris]), [])
        case said.Delete(uris=uris):
            return Built(dm.Delete(cmd_id, items=[_at(uri) for uri in uris]), [])
        case said.Copy(source=source, target=target):
            item = dm.Item(target=dm.Target(target), source=dm.Source(source))
            return Built(dm.Copy(cmd_id, items=[item]), [])
        case said.Alert() as act:
            items = [dm.Item(data=text) for text in act.said()]
            return Built(dm.Alert(cmd_id, data=str(act.code), items=items), [])
        case said.Add() as act:
            return Built(dm.Add(cmd_id, items=[_writing(one, encoding) for one in act.written]), [])
        case said.Replace() as act:
            return Built(dm.Replace(cmd_id, items=[_writing(one, encoding) for one in act.written]), [])
        case said.Exec() as act:
            item = _writing(act, encoding, argument=True)
            return Built(dm.Exec(cmd_id, correlator=act.correlator, items=[item]), [])
        case said.Foreign(name=name):
            return Built(dm.ForeignCommand(cmd_id, name), [])
        case said.Block(commands=commands):
            inner = [build(one, numbers, encoding) for one in commands]
            kind = dm.Atomic if command.atomic is not None else dm.Sequence
            return Built(kind(cmd_id, commands=[built.command for built in inner]), inner)
        case said.RespUri():
            raise TypeError("a RespURI stands in the header")


def _at(uri: str, data: str | None = None) -> dm.Item:
    return dm.Item(target=dm.Target(uri), data=data)


def _writing(one: said.Written, encoding: Encoding, *, argument: bool = False) -> dm.Item:
    """The Item of a command that carries a value."""
    payload = one.payload(encoding, argument=argument)
    item = dm.Item(target=dm.Target(one.uri), data=payload.data)
    if payload.format is not None or payload.type is not None:
        item.meta = dm.Meta(format=payload.format, type=payload.type)
    return item
