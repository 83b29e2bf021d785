"""Alert from the server (DM Protocol §8 and §10)."""

from __future__ import annotations

from simulator.codes.alert import USER_INTERACTION, AlertCode
from simulator.codes.status import StatusCode
from simulator.session.commands import interact
from simulator.session.commands.context import Context
from simulator.session.events import Executed
from simulator.session.outbox import Unit
from simulator.session.plain import alert_code, plain
from simulator.syncml.message import Alert, Command, Item

NOTED = frozenset({AlertCode.NEXT_MESSAGE, AlertCode.SESSION_ABORT, AlertCode.NO_END_OF_DATA})
"""What the client simply takes note of."""


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Alert)
    code = alert_code(command)
    items: list[Item] = []
    if code in USER_INTERACTION:
        status, items = interact.ask(context, command, AlertCode(code))
    else:
        # The others are a client's own, or nobody's.
        status = StatusCode.OK if code in NOTED else StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED
    context.executed.append(Executed("Alert", plain(command.data), int(status)))
    return [context.unit(command, status, items=items)]
