"""The one exception family of the bench, and the exit code each kind ends a command with.

Exceptions of libraries (pyscard, pyserial, urllib3, yaml) are translated into this family in the module
that calls the library. ``hint`` says what to try.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """The documented table of exit codes (docs/reference.md)."""

    PASSED = 0
    EXPECTATION_FAILED = 1
    USAGE = 2
    PART = 3
    INTERNAL = 4
    INTERRUPTED = 130


BUG = "this is a bug of dmrig; DMRIG_TRACEBACK=1 shows where, please report it with that"
"""What to try after an internal error."""


class BenchError(Exception):
    """Anything that the bench refuses or that failed. ``str(error)`` is one sentence for a person."""

    exit_code = ExitCode.INTERNAL

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ExpectationFailed(BenchError):
    """A step looked and saw something else than the scenario expects."""

    exit_code = ExitCode.EXPECTATION_FAILED


class UsageError(BenchError):
    """A command called with words it does not know, or input it cannot use."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file: where (1-based), what is wrong, and the nearest valid word if there is one."""

    path: Path
    line: int
    column: int
    message: str
    nearest: str | None = None

    def __str__(self) -> str:
        nearest = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        return f"{self.path}:{self.line}:{self.column}: {self.message}{nearest}"


class InvalidFile(UsageError):
    """A scenario, rig, card image or server file with mistakes: all of them at once."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class PartError(BenchError):
    """A part is missing, cannot do a step, or broke."""

    exit_code = ExitCode.PART


class PartMissing(PartError):
    """A reader, card, port, daemon or library that is not there."""


class PartInUse(PartMissing):
    """What is there and somebody else has: it may be had later."""


class NoCard(PartMissing):
    """Everything is there but the card: for a device an ordinary thing."""


class CannotDo(PartError):
    """This rig's part has not got the capability that a step needs."""


class PartBroke(PartError):
    """A part that was there and failed: a card pulled out, a port that vanished."""


class CardGone(PartBroke):
    """The card was pulled out, or has died, while it was in use: what a device has to live with. A reader or a
    daemon that goes is none of this: then the bench is broken."""
