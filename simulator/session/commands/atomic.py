"""Atomic: all of its commands or none (DM Representation §7.6.3).

When one fails, it keeps its own status; those before it are undone and get 216, those after it are not executed
and get 215, and the Atomic itself gets 507.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.codes.status import StatusCode
from simulator.session.commands.context import Context
from simulator.session.events import Executed
from simulator.session.outbox import Unit
from simulator.syncml.message import Atomic, Command, Exec, Get, Sequence, Status

EXCLUDED = (Atomic, Get, Exec)
"""What cannot be part of an Atomic: answered with 500, which makes the Atomic fail. (What an Exec did could
not be undone.)"""


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Atomic)
    place = len(context.executed)
    units: list[Unit] = []
    failed = False
    with context.tree.transaction() as transaction:
        for inner in command.commands:
            if failed:
                units += context.not_executed(inner)
                continue
            answers = _execute(context, inner)
            failed = any(_code(answer) >= StatusCode.MULTIPLE_CHOICES for answer in answers)
            if failed:
                transaction.rollback()
                _mark_undone(units)
                _mark_undone(answers)
                _mark_undone_events(context, place)
            units += answers
    outcome = StatusCode.ATOMIC_FAILED if failed else StatusCode.OK
    context.executed.insert(place, Executed("Atomic", "", outcome))
    return [context.unit(command, outcome), *units]


def _execute(context: Context, command: Command) -> list[Unit]:
    if any(isinstance(inner, EXCLUDED) for inner in _walk(command)):
        return context.refuse(command, StatusCode.COMMAND_FAILED)
    return context.execute(command)


def _walk(command: Command) -> Iterator[Command]:
    yield command
    if isinstance(command, Sequence):
        for inner in command.commands:
            yield from _walk(inner)


def _code(unit: Unit) -> int:
    status = unit.commands[0]
    return int(str(status.data)) if isinstance(status, Status) else StatusCode.OK


def _mark_undone(units: list[Unit]) -> None:
    """What had succeeded was rolled back. A Sequence's own 200 goes too: what it did is undone."""
    for unit in units:
        status = unit.commands[0]
        if isinstance(status, Status) and _code(unit) < StatusCode.MULTIPLE_CHOICES:
            if _code(unit) != StatusCode.NOT_EXECUTED:
                status.data = str(int(StatusCode.ATOMIC_ROLL_BACK_OK))
            del unit.commands[1:]


def _mark_undone_events(context: Context, place: int) -> None:
    for index, event in enumerate(context.executed[place:], start=place):
        if event.status < StatusCode.MULTIPLE_CHOICES and event.status != StatusCode.NOT_EXECUTED:
            context.executed[index] = Executed(event.cmd, event.uri, StatusCode.ATOMIC_ROLL_BACK_OK)
