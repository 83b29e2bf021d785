"""What a command finds when it is executed, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from simulator.codes.alert import AlertCode
from simulator.codes.command import WITHOUT_CMD_ID
from simulator.codes.status import StatusCode
from simulator.session.alerts import Job
from simulator.session.commands.incoming import Incoming
from simulator.session.events import Executed, Noted
from simulator.session.interaction import User
from simulator.session.outbox import Unit
from simulator.session.plain import alert_code
from simulator.session.room import Room
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Alert, Atomic, Command, Data, Item, Results, Sequence, Status, name_of
from simulator.tree import Tree


@dataclass(frozen=True, slots=True)
class ExecRequest:
    """An Exec on a node that the device has an operation for."""

    uri: str
    data: Data | None
    correlator: str | None
    server_id: str = ""
    now: datetime | None = None


Operation = Callable[[ExecRequest], int]
"""Carries an Exec out; returns the status: 200 done, `PENDING`, or an error code."""

PENDING = int(StatusCode.ACCEPTED_FOR_PROCESSING)
"""It will be done later: ``Device.complete`` tells the server in a session of its own (DM Protocol §6.7)."""

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
    user: User | None = None
    """None: the device has no way to ask anyone."""
    incoming: Incoming = field(default_factory=Incoming)
    jobs: list[Job] = field(default_factory=list)
    """Where an Exec goes that will be done later."""
    fits: Callable[[list[Unit]], bool] = lambda units: True
    """Whether answers find room in one message."""
    object_limit: int | None = None
    """The server's MaxObjSize: octets of the largest value that it is sent; None: it named none."""
    room: Room = field(default_factory=Room)
    """For the results that are not sent yet."""
    irreversible: frozenset[str] = frozenset()
    """Nodes whose changes take effect at once, so that no Atomic can undo them."""
    executed: list[Executed] = field(default_factory=list)
    notes: list[Noted] = field(default_factory=list)
    nested: bool = False
    """Within an Atomic or a Sequence."""
    done: Callable[[], None] = lambda: None
    """Called after each command, also one within an Atomic or a Sequence: what keeps the device's state."""

    def execute(self, command: Command) -> list[Unit]:
        """Carry one command out; Status and Results have no answer."""
        if isinstance(command, (Status, Results)):
            return []
        if not self._may_go_on(command):
            self.incoming.passed_by()
        if not command.cmd_id.strip():
            # Its Status can only name it: what was carried out could not be told from what was not.
            return self.refuse(command, WITHOUT_CMD_ID)
        units = self.handlers[type(command)](self, command)
        self.done()
        return units

    @staticmethod
    def _may_go_on(command: Command) -> bool:
        """Whether an unfinished large object stays waiting: its next chunk may be here, or a Next Message."""
        if isinstance(command, Alert):
            return alert_code(command) == AlertCode.NEXT_MESSAGE
        return bool(getattr(command, "items", None))

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Executing what an Atomic or a Sequence holds."""
        before, self.nested = self.nested, True
        try:
            yield
        finally:
            self.nested = before

    def note(self, text: str, *, command: Command) -> None:
        name = f"{name_of(command)} {command.cmd_id}"
        self.notes.append(Noted(text, message=self.msg_ref, command=name))

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
            cmd=name_of(command),
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
        self.executed.append(Executed(name_of(command), targets[0] if targets else "", int(status)))
        units = [self.unit(command, status, target_ref=targets)]
        for inner in nested:
            units += self.refuse(inner, status)
        return units

    def not_executed(self, command: Command) -> list[Unit]:
        return self.refuse(command, StatusCode.NOT_EXECUTED)


def code_of(unit: Unit) -> int:
    """What a unit's Status says."""
    status = unit.commands[0]
    return int(str(status.data)) if isinstance(status, Status) else int(StatusCode.OK)


DECLINED = frozenset({StatusCode.OPERATION_CANCELLED, StatusCode.NOT_MODIFIED})
"""The user cancelled, or said No."""


def declined(units: list[Unit]) -> bool:
    """Whether the user will not have what these commands belong to (DM Protocol §10)."""
    return any(code_of(unit) in DECLINED for unit in units)


def cancelled(command: Command, answers: list[Unit]) -> bool:
    """Whether the user cancelled what stood in the message by itself: then the rest of it is not executed."""
    return isinstance(command, Alert) and any(code_of(a) == StatusCode.OPERATION_CANCELLED for a in answers)
