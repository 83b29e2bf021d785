"""What is too long for one message, cut into parts that are not (DM Protocol §7.2, §7.3).

Answers and reports are cut between commands and between Items where that will do; a single Item becomes a large
object in chunks: each but the last with MoreData, the first with the Size of all.
"""

from __future__ import annotations

import dataclasses
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from simulator.codes.status import StatusCode
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Alert, Command, Item, Meta, Replace, Results, Status

Fits = Callable[[list[Command]], bool]
"""Whether these commands find room in one message, when nothing else does."""


@dataclass(slots=True)
class Unit:
    """Commands that belong together: a Status and the Results of its Get, an Atomic's answers, one command."""

    commands: list[Command]
    tag: object = None
    """Whatever the answer to the last command is for."""
    begun: bool = False
    """The first Item goes on with an object of which chunks were sent."""

    def copy(self) -> Unit:
        """With commands of its own: what was sent is in the trace, and stays as it was."""
        return Unit([dataclasses.replace(command) for command in self.commands], self.tag, self.begun)

    def reduced(self) -> Unit | None:
        """The same answer without what makes it long, for what cannot be cut; None when there is no such."""
        match self.commands:
            case [Status() as status, Results()]:
                short = dataclasses.replace(status, data=str(int(StatusCode.REQUEST_ENTITY_TOO_LARGE)))
                return Unit([short], self.tag)
            case [Status(target_ref=targets, source_ref=sources, items=items) as status] if (
                targets or sources or items
            ):
                # CmdRef tells what is answered; these only tell it once more.
                return Unit([dataclasses.replace(status, target_ref=[], source_ref=[], items=[])], self.tag)
            case _:
                return None


def most(fits: Callable[[int], bool], limit: int) -> int:
    """The largest number from 0 to ``limit`` that fits, 0 counting as such; what fits, fits smaller too.

    Asks about numbers near the one it finds: what is asked costs as much as it is large.
    """
    good, bad = 0, 1
    while bad <= limit and fits(bad):
        good, bad = bad, bad * 2
    bad = min(bad, limit + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if fits(middle) else (good, middle)
    return good


def cut(unit: Unit, fits: Fits, *, encoding: Encoding, chunks: bool) -> tuple[Unit, Unit] | None:
    """A part that fits, and the rest; None when no part does. ``chunks``: large objects are allowed."""
    commands = unit.commands
    whole = most(lambda count: fits(commands[:count]), len(commands) - 1)
    lead, command, after = commands[:whole], commands[whole], commands[whole + 1 :]
    begun = unit.begun and not whole
    parts = _cut_command(command, lambda part: fits([*lead, part]), encoding=encoding, chunks=chunks, begun=begun)
    if parts is not None:
        first, rest, goes_on = parts
        return Unit([*lead, first]), Unit([rest, *after], unit.tag, begun=goes_on)
    if whole and (chunks or fits([command])):
        return Unit(lead), Unit([command, *after], unit.tag)
    return None


_Cuttable = Alert | Replace | Results
"""What a client sends with Items of its own."""


def _cut_command(
    command: Command, fits: Callable[[Command], bool], *, encoding: Encoding, chunks: bool, begun: bool
) -> tuple[Command, Command, bool] | None:
    """The command with the first of its Items or a first chunk, and with the others; whether these go on with
    a chunk."""
    if not isinstance(command, _Cuttable) or not command.items:
        return None
    items = command.items
    with_items = _rebuild(command)
    if not chunks and not all(fits(with_items([item])) for item in items):
        return None
    count = most(lambda number: fits(with_items(items[:number])), len(items) - 1)
    if count:
        return with_items(items[:count]), with_items(items[count:]), False
    if not chunks:
        return None
    parts = _chunk(items[0], lambda item: fits(with_items([item])), encoding=encoding, begun=begun)
    if parts is None:
        return None
    return with_items([parts[0]]), with_items([parts[1], *items[1:]]), True


def _rebuild(command: _Cuttable) -> Callable[[list[Item]], _Cuttable]:
    return lambda items: dataclasses.replace(command, items=items)


def _chunk(
    item: Item, fits: Callable[[Item], bool], *, encoding: Encoding, begun: bool
) -> tuple[Item, Item] | None:
    """The longest chunk that fits, and the rest."""
    data = item.data
    if isinstance(data, bytes) and encoding is Encoding.XML:
        # What counts, and is cut, is the text that is carried (§7.3).
        data = b64encode(data).decode("ascii")
    if not isinstance(data, (str, bytes)):
        return None
    # A subclass of str says how the whole is to be written; slices are plain.
    meta = dataclasses.replace(item.meta or Meta(), size=None)
    size = len(data.encode() if isinstance(data, str) else data)
    stated = meta if begun else dataclasses.replace(meta, size=str(size))

    def first(length: int) -> Item:
        return dataclasses.replace(item, meta=stated, data=data[:length], more_data=True)

    length = most(lambda number: fits(first(number)), len(data) - 1)
    if not length:
        return None
    return first(length), dataclasses.replace(item, meta=meta, data=data[length:])
