"""Two sides timed in turns, in one process: the best turn of each counts, in processor time."""

from __future__ import annotations

import time
from collections.abc import Callable

TURNS = 15
SECONDS_A_TURN = 0.03


def duel(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """The best time of each, in microseconds."""
    best = [float("inf"), float("inf")]
    rounds = [max(1, round(SECONDS_A_TURN / timed(side, 10))) for side in (ours, theirs)]
    for _ in range(TURNS):
        for index, side in enumerate((ours, theirs)):
            best[index] = min(best[index], timed(side, rounds[index]))
    return best[0] * 1e6, best[1] * 1e6


def timed(action: Callable[[], object], rounds: int) -> float:
    began = time.process_time()
    for _ in range(rounds):
        action()
    return (time.process_time() - began) / rounds
