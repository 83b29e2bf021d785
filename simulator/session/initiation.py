"""Package 1: why the client comes, and what it is (DM Protocol §8.1)."""

from __future__ import annotations

from simulator.codes.alert import AlertCode
from simulator.objects import devinfo
from simulator.syncml.message import Alert, Command, Item, Replace, Source
from simulator.tree import Tree, Value

WHY = frozenset({AlertCode.SERVER_INITIATED_MGMT, AlertCode.CLIENT_INITIATED_MGMT})
"""1200 answers a notification, 1201 is the client's own wish."""

LEAVES = tuple(f"{devinfo.URI}/{name}" for name in devinfo.LEAVES)


def commands(tree: Tree, alert: AlertCode) -> list[Command]:
    """Alert 1200 or 1201, and a Replace with one Item for each DevInfo leaf."""
    items = [Item(source=Source(uri), data=_text(tree.value(uri))) for uri in LEAVES]
    return [Alert("", data=str(int(alert))), Replace("", items=items)]


def _text(value: Value | None) -> str:
    return value if isinstance(value, str) else ""
