"""Parts as the others find them: with what a scenario lets go wrong at their seams.

A modem's line and the built-in server's door are wrapped where they are opened; a card's reader and a push bearer
here, whatever kind they are.
"""

from __future__ import annotations

from typing import cast

from hil.bench import Bench, BenchPart
from hil.card.faulty import FaultyCard
from hil.push.faulty import FaultyBearer

WRAPPED = {"card": "card.seam", "push": "push.seam"}
"""The capability that any part of a role has by being wrapped."""


def at_seam(role: str, part: BenchPart, bench: Bench) -> BenchPart:
    match role:
        case "card":
            return cast("BenchPart", FaultyCard(part, bench.faults(role), bench.scheduler.hold))
        case "push":
            return cast("BenchPart", FaultyBearer(part, bench.faults(role), bench.scheduler.call_later))
        case _:
            return part
