"""From a `ServerCommand` to the message's command."""

from __future__ import annotations

import base64
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
    """The command as it stands in a SyncBody; ``numbers`` gives the CmdIDs.

    Those inside an Atomic or a Sequence are numbered as well (DM Representation §7.1: unique in a message).
    """
    cmd_id = next(numbers)
    match command.act:
        case said.Get(uri=uri):
            return Built(dm.Get(cmd_id, items=[_at(uri)]), [])
        case said.Delete(uri=uri):
            return Built(dm.Delete(cmd_id, items=[_at(uri)]), [])
        case said.Copy(source=source, target=target):
            item = dm.Item(target=dm.Target(target), source=dm.Source(source))
            return Built(dm.Copy(cmd_id, items=[item]), [])
        case said.Alert(code=code, items=items):
            return Built(dm.Alert(cmd_id, data=str(code), items=[dm.Item(data=text) for text in items]), [])
        case said.Add() as act:
            return Built(dm.Add(cmd_id, items=[_writing(act, encoding)]), [])
        case said.Replace() as act:
            return Built(dm.Replace(cmd_id, items=[_writing(act, encoding)]), [])
        case said.Exec() as act:
            item = _writing(act, encoding)
            return Built(dm.Exec(cmd_id, correlator=act.correlator, items=[item]), [])
        case said.Block(commands=commands):
            inner = [build(one, numbers, encoding) for one in commands]
            kind = dm.Atomic if command.atomic is not None else dm.Sequence
            return Built(kind(cmd_id, commands=[built.command for built in inner]), inner)


def _at(uri: str) -> dm.Item:
    return dm.Item(target=dm.Target(uri))


def _writing(act: said.Add | said.Replace | said.Exec, encoding: Encoding) -> dm.Item:
    """The Item of a command that carries a value.

    XML has no binary data: there it is b64, which the device decodes (DM Representation §7.3, Format).
    """
    item = _at(act.uri)
    format_, data = act.format, act.value if act.hex is None else act.hex
    if isinstance(data, bytes):
        if encoding is Encoding.XML:
            format_, data = "b64", base64.b64encode(data).decode("ascii")
        else:
            format_ = format_ or "bin"
    if data is None and isinstance(act, said.Add | said.Replace) and format_ not in ("node", "null"):
        # An Item for a node has Data, though it be empty, unless the format is node or null (§7.3).
        data = ""
    item.data = data
    if format_ is not None or act.type is not None:
        item.meta = dm.Meta(format=format_, type=act.type)
    return item
