"""Processes that do one job after the other, each at the end of a pipe of its own.

The pools of the standard library share locks among their processes: one that is ended while it holds a lock leaves
the others waiting for ever. These share nothing, so that any of them can be ended at any time.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

J = TypeVar("J")
R = TypeVar("R")

SECONDS_TO_END = 10.0
"""How long a process may take to close its files once it was told to end."""


class Worker(Generic[J, R]):
    """One process, and which job it is at."""

    def __init__(self, do: Callable[[J], R]) -> None:
        # A fork would copy this process's locks as they happen to be; a fresh interpreter has none.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_work, args=(theirs, do), daemon=True)
        self.at: int | None = None
        with _interrupts_held_back():
            self.process.start()
        theirs.close()

    def give(self, number: int, job: J) -> None:
        self.at = number
        with suppress(OSError):  # it has ended: `take` says so
            self.connection.send(job)

    def take(self) -> R | None:
        """The result; None: the process has ended without one."""
        self.at = None
        try:
            result: R = self.connection.recv()
        except (EOFError, OSError):
            return None
        return result


def work_together(jobs: Sequence[J], do: Callable[[J], R], at_a_time: int) -> Iterator[tuple[int, R | None]]:
    """Every job's number and result, as they come; None for one whose process has ended by itself.

    ``do`` and jobs go to other processes: they are of a module's top level, and can be pickled. To close the
    iterator early ends the processes.
    """
    waiting = list(enumerate(jobs))[::-1]
    workers: list[Worker[J, R]] = [Worker(do) for _ in range(min(at_a_time, len(jobs)))]
    try:
        for worker in workers:
            worker.give(*waiting.pop())
        while busy := [worker for worker in workers if worker.at is not None]:
            ready = wait([worker.connection for worker in busy])
            for worker in (each for each in busy if each.connection in ready):
                number = worker.at
                assert number is not None
                result = worker.take()
                if result is None:
                    workers[workers.index(worker)] = worker = Worker(do)
                if waiting:
                    worker.give(*waiting.pop())
                yield number, result
    finally:
        _end(workers)


def _end(workers: list[Worker[J, R]]) -> None:
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(SECONDS_TO_END)
        worker.process.kill()
        worker.process.join()
        worker.connection.close()


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal, and the parent decides what it means: a process that is started
    within never hears of it, as it inherits what is blocked. The parent hears it afterwards."""
    # Started with the first process otherwise, and that unblocks the signal in passing.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, do: Callable[[J], R]) -> None:
    """In the process. SIGTERM ends it; within a job it interrupts that, as Ctrl-C would, and the job can close its
    files."""
    ending = False

    def end(number: int, frame: object) -> None:
        nonlocal ending
        ending = True
        raise KeyboardInterrupt

    try:
        while not ending:
            job = connection.recv()
            before = signal.signal(signal.SIGTERM, end)
            result = do(job)
            signal.signal(signal.SIGTERM, before)
            if not ending:
                # Nobody reads it then, and what a pipe has no room for would never be sent.
                connection.send(result)
    except (EOFError, OSError):
        return
    except BaseException:
        # An interrupt that went through a library may have become something else.
        if not ending:
            raise
