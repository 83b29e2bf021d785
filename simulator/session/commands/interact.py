"""User-interaction alerts 1100 to 1104: a person answers, the answer becomes a Status (DM Protocol §10)."""

from __future__ import annotations

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.session import interaction as ui
from simulator.session.commands.context import Context
from simulator.session.plain import plain
from simulator.syncml.message import Alert, Data, Item, text
from simulator.tnds.document import MgmtTree

CHOICES = frozenset({AlertCode.SINGLE_CHOICE, AlertCode.MULTIPLE_CHOICE})


def ask(context: Context, alert: Alert, code: AlertCode) -> tuple[int, list[Item]]:
    """The status, and the Items of the Status that carry what was typed or chosen."""
    if context.user is None:
        return StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED, []
    try:
        interaction = read(alert, code)
    except TreeError as error:
        return error.status, []
    answer = context.user.answer(interaction)
    if answer is None:
        return StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED, []
    counts, objection = ui.settled(interaction, answer)
    if objection is not None:
        context.note(f"the user's answer counts as cancelled: {objection}", command=alert)
    return _status(counts)


def read(alert: Alert, code: AlertCode) -> ui.Interaction:
    """The first Item has the options, the second the text, the others the choices (§10.2).

    TreeError 412 when there is no text, or nothing to choose from.
    """
    if len(alert.items) < 2:
        raise TreeError(StatusCode.INCOMPLETE_COMMAND, "a user-interaction alert needs options and a text")
    choices = tuple(_shown(item.data) for item in alert.items[2:])
    if code in CHOICES and not choices:
        raise TreeError(StatusCode.INCOMPLETE_COMMAND, f"Alert {int(code)} gives nothing to choose from")
    options = ui.read_options(plain(alert.items[0].data))
    return ui.Interaction(code, _shown(alert.items[1].data), choices if code in CHOICES else (), options)


def _shown(data: Data | None) -> str:
    return "" if isinstance(data, MgmtTree) else text(data)


def _status(answer: ui.Answer) -> tuple[int, list[Item]]:
    match answer:
        case ui.Shown() | ui.Confirmed(yes=True):
            return StatusCode.OK, []
        case ui.Confirmed():
            return StatusCode.NOT_MODIFIED, []
        case ui.Typed(text=typed):
            return StatusCode.OK, [Item(data=typed)]
        case ui.Chosen(numbers=numbers):
            return StatusCode.OK, [Item(data=str(number)) for number in numbers]
        case _:
            return StatusCode.OPERATION_CANCELLED, []
