"""Carrying a plan out: UPDATE BINARY by UPDATE BINARY, each read back; the first surprise ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hil.card.dump.language import UiccLanguage
from hil.card.write.plan import Change, Plan
from hil.errors import PartError
from simulator.bootstrap.apdu import Dialogue, command, exchange
from simulator.codes.apdu import Ins, meaning


class WriteStopped(PartError):
    """The card did something else than what was expected; nothing more was sent."""


@dataclass(slots=True)
class Progress:
    """How far writing has come; kept by whoever has to say so when it ends early."""

    sent: int = 0
    """UPDATEs that were sent to the card, whatever became of the last one."""
    whole: int = 0
    """Of changes: made, and read back."""


Heard = Callable[[Change, int, bytes], None]
"""Hears of each UPDATE before it is sent: the change, the offset, the octets."""


def updates(language: UiccLanguage, change: Change) -> list[bytes]:
    """The UPDATE BINARYs of a change."""
    return [command(language.cla, Ins.UPDATE_BINARY, at >> 8, at & 0xFF, piece) for at, piece in change.updates()]


def perform(language: UiccLanguage, plan: Plan, progress: Progress, heard: Heard) -> Dialogue[None]:
    """Raises `WriteStopped` at the first thing that is not as expected."""
    for change in plan.changes:
        yield from _select(language, change)
        for at, piece in change.updates():
            heard(change, at, piece)
            progress.sent += 1
            answer = yield from exchange(command(language.cla, Ins.UPDATE_BINARY, at >> 8, at & 0xFF, piece))
            if not answer.ok:
                raise WriteStopped(
                    f"{change.name}: the card refuses UPDATE BINARY at {at} "
                    f"({answer.sw:04X}: {meaning(answer.sw)})"
                )
            yield from _read_back(language, change, at, piece)
        # Once more from the beginning: what was written last may have changed what was written before.
        yield from _select(language, change)
        for at in range(0, len(change.new), 255):
            yield from _read_back(language, change, at, change.new[at : at + 255])
        progress.whole += 1


def _select(language: UiccLanguage, change: Change) -> Dialogue[None]:
    for step in change.way:
        if isinstance(step, bytes):
            yield from language.select_application(step)
        else:
            yield from language.select(step)
    selection = yield from language.select(change.fid)
    description = selection.description
    size = description.size if description is not None and description.kind == "transparent" else -1
    if size not in (None, len(change.new)):
        raise WriteStopped(f"{change.name} is not there any more as it was ({selection.sw:04X})")


def _read_back(language: UiccLanguage, change: Change, at: int, expected: bytes) -> Dialogue[None]:
    answer = yield from exchange(command(language.cla, Ins.READ_BINARY, at >> 8, at & 0xFF, le=len(expected)))
    if answer.data == expected and (answer.ok or answer.warned):
        return
    if not answer.ok:
        raise WriteStopped(
            f"{change.name}: what was written at {at} cannot be read back ({answer.sw:04X}: {meaning(answer.sw)})"
        )
    same = next((n for n in range(len(expected)) if answer.data[: n + 1] != expected[: n + 1]), 0)
    raise WriteStopped(f"{change.name}: byte {at + same} reads back as something else than was written")
