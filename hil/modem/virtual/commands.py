"""All commands of the virtual modem, and which of them a modem of a kind knows."""

from __future__ import annotations

from collections.abc import Mapping

from hil.modem.profile.observed import Observed
from hil.modem.virtual import access, card, general, messages, sending, stored
from hil.modem.virtual.table import CommandTable, Handler

COMMANDS = CommandTable.joined(
    general.COMMANDS, access.COMMANDS, messages.COMMANDS, stored.COMMANDS, sending.COMMANDS, card.COMMANDS
)

ANSWERED: Mapping[str, str] = {
    "+CMEE": "errors",
    "+CSCS": "character_sets",
    "+CFUN": "functions",
    **access.REGISTRATIONS,
    "+CSMS": "services",
    "+CMGF": "formats",
    "+CNMI": "indications",
    "+CPMS": "memories",
    "+CNMA": "acknowledgements",
    "+CMGL": "listing",
}
"""Commands that a modem knows when its profile has an answer to their ``=?``, and where it stands there."""


def known(observed: Observed, commands: Mapping[str, Handler] = COMMANDS) -> dict[str, Handler]:
    """The commands that a modem of this kind knows."""
    return {name: handler for name, handler in commands.items() if _knows(observed, name)}


def _knows(observed: Observed, name: str) -> bool:
    if name in ANSWERED:
        return getattr(observed, ANSWERED[name]) is not None
    if name in access.CARD_NUMBERS:
        return (observed.card_command or "").removeprefix("AT").rstrip("?") == name
    return name not in card.COMMANDS or observed.takes(name)
