"""Commands that do the same to each of their Items.

A command gets one Status. Only when its Items fare differently does it get one for each outcome, told apart by
TargetRef (DM Representation §7.6.15).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.codes.status import StatusCode
from simulator.errors import CodecError, EncodeError, TreeError
from simulator.session.commands.context import Context
from simulator.session.commands.incoming import ItemCommand
from simulator.session.events import Executed
from simulator.session.outbox import Unit
from simulator.session.plain import length
from simulator.syncml.message import Add, Get, Item, Target


@dataclass(slots=True)
class Done:
    """What became of one Item."""

    status: int = StatusCode.OK
    results: list[Item] = field(default_factory=list)
    failed_at: str | None = None
    """A node other than the target that is to blame: a parent that could not be created."""


Doer = Callable[[Context, ItemCommand, Item], Done]


def each(context: Context, command: ItemCommand, do: Doer) -> list[Unit]:
    """Do it to every Item, in order."""
    if not command.items:
        context.executed.append(Executed(type(command).__name__, "", StatusCode.INCOMPLETE_COMMAND))
        return [context.unit(command, StatusCode.INCOMPLETE_COMMAND)]
    outcomes: dict[int, list[tuple[Item, Done]]] = {}
    for item in command.items:
        done = _attempt(context, command, item, do)
        context.executed.append(Executed(type(command).__name__, _address(item), int(done.status)))
        outcomes.setdefault(int(done.status), []).append((item, done))
    return [_answer(context, command, status, fared) for status, fared in outcomes.items()]


def _attempt(context: Context, command: ItemCommand, item: Item, do: Doer) -> Done:
    taken = context.incoming.take(command, item, nested=context.nested)
    if not isinstance(taken, Item):
        return Done(taken)
    if isinstance(command, Get) and context.room.closed:
        return Done(StatusCode.REQUEST_ENTITY_TOO_LARGE)
    try:
        done = do(context, command, taken)
    except TreeError as error:
        failed_at = error.uri if error.uri and error.uri != _address(item) else None
        return Done(error.status, failed_at=failed_at)
    except (CodecError, EncodeError):
        # A TNDS document in Data that is none, or a value that cannot be carried in this encoding.
        return Done(StatusCode.UNSUPPORTED_MEDIA_TYPE)
    limit = context.object_limit
    if limit is not None and any(length(result.data) > limit for result in done.results):
        # What is larger than the other side's MaxObjSize is not sent (DM Representation §7.4).
        return Done(StatusCode.REQUEST_ENTITY_TOO_LARGE)
    if done.results and not context.room.take(done.results):
        return Done(StatusCode.REQUEST_ENTITY_TOO_LARGE)
    return done


def _answer(context: Context, command: ItemCommand, status: int, fared: list[tuple[Item, Done]]) -> Unit:
    blamed = [done.failed_at for _, done in fared if done.failed_at]
    return context.unit(
        command,
        status,
        target_ref=[item.target.loc_uri for item, _ in fared if item.target is not None],
        source_ref=[item.source.loc_uri for item, _ in fared if item.source is not None],
        results=[result for _, done in fared for result in done.results],
        items=[Item(target=Target(uri)) for uri in blamed] if isinstance(command, Add) else None,
    )


def _address(item: Item) -> str:
    return item.target.loc_uri if item.target is not None else ""
