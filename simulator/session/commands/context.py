"""What a command finds when it is executed, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulator.codes.status import StatusCode
from simulator.session.events import Executed
from simulator.session.outbox import Unit
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Atomic, Command, Data, Item, Results, Sequence, Status
from simulator.tree import Tree


@dataclass(frozen=True, slots=True)
class ExecRequest:
    """An Exec on a node that the device has an operation for."""

    uri: str
    data: Data | None
    correlator: str | None


Operation = Callable[[ExecRequest], int]
"""Carries an Exec out; returns the status: 200 done, 202 will be done later, or an error code."""

Handler = Callable[["Context", Command], list[Unit]]
"""Executes one command; the units are its answers, each with a Status."""


@dataclass(slots=True)
class Context:
    """One message's commands being executed, in the order of the document (DM Protocol §8 leaves it open)."""

    tree: Tree
    server_id: str
    """Whose ACL rights count."""
    msg_ref: str
    """MsgID of the message that brought the commands."""
    encoding: Encoding
    """Which the results will be carried in."""
    handlers: Mapping[type[Command], Handler]
    operations: Mapping[str, Operation] = field(default_factory=dict)
    """By absolute node URI."""
    executed: list[Executed] = field(default_factory=list)
    done: Callable[[], None] = lambda: None
    """Called after each command, also one within an Atomic or a Sequence: what keeps the device's state."""

    def execute(self, command: Command) -> list[Unit]:
        """Carry one command out; Status and Results have no answer."""
        if isinstance(command, (Status, Results)):
            return []
        units = self.handlers[type(command)](self, command)
        self.done()
        return units

    def unit(
        self,
        command: Command,
        status: int,
        *,
        target_ref: list[str] | None = None,
        source_ref: list[str] | None = None,
        results: list[Item] | None = None,
        items: list[Item] | None = None,
    ) -> Unit:
        """A Status for ``command``, with Results after it when there are any."""
        answer = Status(
            cmd_id="",
            msg_ref=self.msg_ref,
            cmd_ref=command.cmd_id,
            cmd=type(command).__name__,
            target_ref=target_ref or [],
            source_ref=source_ref or [],
            data=str(int(status)),
            items=items or [],
        )
        if not results:
            return Unit([answer])
        return Unit([answer, Results("", self.msg_ref, command.cmd_id, items=results)])

    def refuse(self, command: Command, status: int) -> list[Unit]:
        """The same status for a command and for all that it holds, nothing of it executed."""
        nested = command.commands if isinstance(command, (Atomic, Sequence)) else []
        if isinstance(command, (Status, Results)):
            return []
        targets = [item.target.loc_uri for item in getattr(command, "items", []) if item.target is not None]
        self.executed.append(Executed(type(command).__name__, targets[0] if targets else "", int(status)))
        units = [self.unit(command, status, target_ref=targets)]
        for inner in nested:
            units += self.refuse(inner, status)
        return units

    def not_executed(self, command: Command) -> list[Unit]:
        return self.refuse(command, StatusCode.NOT_EXECUTED)
