"""Atomic: all of its commands or none (DM Representation §7.6.3).

When one fails, it keeps its own status; those before it are undone and get 216 (516 when they cannot be undone),
those after it are not executed and get 215, and the Atomic itself gets 507. When all succeed and their answers do
not find room in one message, everything is undone and the Atomic gets 517.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.codes.status import StatusCode
from simulator.session.commands.context import Context, code_of
from simulator.session.events import Executed
from simulator.session.outbox import Unit
from simulator.syncml.message import Atomic, Command, Exec, Get, Sequence, Status
from simulator.tree import uri

EXCLUDED = (Atomic, Get, Exec)
"""What cannot be part of an Atomic: answered with 500, which makes the Atomic fail. (What an Exec did could
not be undone.)"""

NOT_DONE = frozenset({StatusCode.NOT_EXECUTED, StatusCode.OPERATION_CANCELLED})
"""Codes of the 2xx kind of commands that did nothing, so that there is nothing to undo."""


@dataclass(slots=True)
class _Carried:
    """A command that was carried out, with what it left behind."""

    command: Command
    answers: list[Unit]
    events: range
    """Its places in ``context.executed``."""


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Atomic)
    place = len(context.executed)
    units: list[Unit] = []
    carried: list[_Carried] = []
    outcome = StatusCode.OK
    with context.tree.transaction() as transaction, context.inside():
        for inner in command.commands:
            if outcome != StatusCode.OK:
                units += context.not_executed(inner)
                continue
            first = len(context.executed)
            answers = _execute(context, inner)
            units += answers
            carried.append(_Carried(inner, answers, range(first, len(context.executed))))
            if any(_fails(answer) for answer in answers):
                outcome = StatusCode.ATOMIC_FAILED
                transaction.rollback()
                _undo(context, carried)
        if outcome == StatusCode.OK and not context.fits([context.unit(command, outcome), *units]):
            outcome = StatusCode.ATOMIC_RESPONSE_TOO_LARGE
            transaction.rollback()
            _undo(context, carried)
    context.executed.insert(place, Executed("Atomic", "", outcome))
    answer = context.unit(command, outcome)
    if outcome == StatusCode.OK:
        # Good news comes whole, in one message.
        return [Unit([part for unit in (answer, *units) for part in unit.commands])]
    return [answer, *units]


def _execute(context: Context, command: Command) -> list[Unit]:
    if any(isinstance(inner, EXCLUDED) for inner in walk(command)):
        return context.refuse(command, StatusCode.COMMAND_FAILED)
    return context.execute(command)


def _fails(answer: Unit) -> bool:
    """A user who cancels makes the Atomic fail like one who says No (DM Protocol §10)."""
    code = code_of(answer)
    return code >= StatusCode.MULTIPLE_CHOICES or code == StatusCode.OPERATION_CANCELLED


def _undo(context: Context, carried: list[_Carried]) -> None:
    """The tree was rolled back: say so of what had succeeded, and do again what cannot be undone."""
    for one in carried:
        stays = _cannot_be_undone(context, one.command)
        code = StatusCode.ATOMIC_ROLL_BACK_FAILED if stays else StatusCode.ATOMIC_ROLL_BACK_OK
        _mark(context, one, code)
        if stays:
            before = len(context.executed)
            context.execute(one.command)
            del context.executed[before:]


def _mark(context: Context, one: _Carried, code: int) -> None:
    """A Sequence's own 200 goes too: what it did is undone."""
    for unit in one.answers:
        status = unit.commands[0]
        if isinstance(status, Status) and _undoable(code_of(unit)):
            status.data = str(int(code))
            del unit.commands[1:]
    for index in one.events:
        event = context.executed[index]
        if _undoable(event.status):
            context.executed[index] = Executed(event.cmd, event.uri, int(code))


def _undoable(code: int) -> bool:
    return code < StatusCode.MULTIPLE_CHOICES and code not in NOT_DONE


def _cannot_be_undone(context: Context, command: Command) -> bool:
    targets = (item.target for inner in walk(command) for item in getattr(inner, "items", []))
    nodes = {uri.normalise(target.loc_uri.partition("?")[0]) for target in targets if target is not None}
    return any(node == fixed or node.startswith(f"{fixed}/") for node in nodes for fixed in context.irreversible)


def walk(command: Command) -> Iterator[Command]:
    yield command
    if isinstance(command, Sequence):
        for inner in command.commands:
            yield from walk(inner)
