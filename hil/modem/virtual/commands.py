"""All commands of the virtual modem."""

from __future__ import annotations

from hil.modem.virtual import access, card, general, messages
from hil.modem.virtual.table import CommandTable

COMMANDS = CommandTable.joined(general.COMMANDS, access.COMMANDS, messages.COMMANDS, card.COMMANDS)
