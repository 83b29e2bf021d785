"""The bench: parts (card, modem, push, server, device), rigs, scenarios, trace, reports and the command line."""

__version__ = "0.1.0"
