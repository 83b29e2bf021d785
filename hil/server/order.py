"""Which commands may stand in one package: outside Sequence and Atomic a device runs them in any order
(DM Protocol §8)."""

from __future__ import annotations

from hil.server import commands as said


def alone(command: said.ServerCommand) -> bool:
    """Whether a command is none for a message with others: an abort, or where to send the next message."""
    return command.aborts or isinstance(command.act, said.RespUri)


def ordered(first: said.ServerCommand, second: said.ServerCommand) -> bool:
    """Whether two commands might come out differently when the device runs them the other way round."""
    reads, writes, anything = _touched(first)
    reads2, writes2, anything2 = _touched(second)
    return anything or anything2 or _overlap(writes, reads2 + writes2) or _overlap(reads, writes2)


def _touched(command: said.ServerCommand) -> tuple[list[str], list[str], bool]:
    """The URIs that a command reads, those that it changes, and whether it may do anything at all."""
    match command.act:
        case said.Get(uris=uris):
            return list(uris), [], False
        case said.Add(uris=uris) | said.Replace(uris=uris) | said.Delete(uris=uris):
            return [], list(uris), False
        case said.Foreign():
            return [], [], False
        case said.Copy(source=source, target=target):
            return [source], [target], False
        case said.Block(commands=commands):
            parts = [_touched(one) for one in commands]
            return [u for p in parts for u in p[0]], [u for p in parts for u in p[1]], any(p[2] for p in parts)
        case _:
            # Exec runs whatever its node stands for; a user answers alerts one after the other.
            return [], [], True


def _overlap(some: list[str], others: list[str]) -> bool:
    return any(_within(a, b) or _within(b, a) for a in map(_path, some) for b in map(_path, others))


def _path(uri: str) -> list[str]:
    address, _, query = uri.partition("?")
    path = [part for part in address.split("/") if part not in ("", ".")]
    # A new name is a change to the parent: the node is somewhere else afterwards.
    return path[:-1] if query.lower() == "prop=name" else path


def _within(path: list[str], other: list[str]) -> bool:
    return path[: len(other)] == other
