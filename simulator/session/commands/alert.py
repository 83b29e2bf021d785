"""Alert from the server (DM Protocol §8 and §10)."""

from __future__ import annotations

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode
from simulator.session.commands.context import Context
from simulator.session.events import Executed
from simulator.session.outbox import Unit
from simulator.session.plain import plain
from simulator.syncml.message import Alert, Command

ANSWERS = {
    str(int(AlertCode.NEXT_MESSAGE)): StatusCode.OK,
    str(int(AlertCode.SESSION_ABORT)): StatusCode.OK,
}
"""What the client simply takes note of. Everything else, user interaction among it, is an optional feature
that this device does not have (DM Protocol §10.1)."""


def handle(context: Context, command: Command) -> list[Unit]:
    assert isinstance(command, Alert)
    code = plain(command.data)
    status = ANSWERS.get(code, StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED)
    context.executed.append(Executed("Alert", code, status))
    return [context.unit(command, status)]
