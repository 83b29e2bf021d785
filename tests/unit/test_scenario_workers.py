"""Processes that work side by side: every job once, whatever becomes of a process."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import cast

import pytest

from hil.scenario.workers import work_together


def square(number: int) -> int:
    return number * number


def end_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def for_ever(number: int) -> int:
    while number:
        signal.pause()
    return number


def ends_with_much_to_say(fifo: str) -> str:
    try:
        if fifo:
            Path(fifo).write_text("under way")
            signal.pause()
    except KeyboardInterrupt:
        return "x" * 1_000_000
    return ""


def test_every_job_once() -> None:
    assert dict(work_together(range(20), square, 3)) == {n: n * n for n in range(20)}
    assert list(work_together([], square, 3)) == []


def test_a_process_that_ends_by_itself_costs_its_job_alone() -> None:
    assert dict(work_together(range(6), end_at_three, 2)) == {0: 0, 1: 1, 2: 2, 3: None, 4: 4, 5: 5}


def test_to_close_it_ends_what_goes_on() -> None:
    """One job is done; of the others, which would go on for ever, none is left."""
    going = cast("Generator[tuple[int, int | None], None, None]", work_together([0, 1, 1], for_ever, 2))
    assert next(going) == (0, 0)
    going.close()


def test_what_nobody_reads_keeps_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that was interrupted has more to say than a pipe holds."""
    left: list[bool] = []
    kill = SpawnProcess.kill
    monkeypatch.setattr(SpawnProcess, "kill", lambda process: left.append(process.is_alive()) or kill(process))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    going = cast(
        "Generator[tuple[int, str | None], None, None]",
        work_together(["", str(fifo)], ends_with_much_to_say, 2),
    )
    assert next(going) == (0, "")
    assert fifo.read_text() == "under way"
    going.close()
    assert left == [False, False]
