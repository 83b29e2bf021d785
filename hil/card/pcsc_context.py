"""One connection to pcscd: which readers it knows, and what is in them.

pyscard's lower layer is used: its calls return PC/SC's codes, so that each failure can be told apart, and it
keeps no monitor threads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import ModuleType

from hil.card.pcsc_errors import NO_READERS, TIMEOUT, error_for, load_scard


@dataclass(frozen=True, slots=True)
class ReaderState:
    name: str
    present: bool
    """Whether a card is in it."""
    atr: bytes
    count: int = 0
    """Insertions and removals that pcscd has counted at this reader, modulo 65536."""


class Context:
    def __init__(self) -> None:
        """Raises `PartMissing`, which says what of PC/SC is not there."""
        self.scard: ModuleType = load_scard()
        code, self.handle = self.scard.SCardEstablishContext(self.scard.SCARD_SCOPE_SYSTEM)
        self.check(code, "looking for card readers")

    def check(self, code: int, doing: str) -> None:
        if code != self.scard.SCARD_S_SUCCESS:
            raise error_for(code, doing)

    def names(self) -> list[str]:
        code, names = self.scard.SCardListReaders(self.handle, [])
        if code & 0xFFFFFFFF == NO_READERS:
            return []
        self.check(code, "listing card readers")
        return list(names)

    def readers(self) -> list[ReaderState]:
        """All readers and what is in them; an empty list when there is none."""
        names = self.names()
        return self.states(names) if names else []

    def states(
        self, names: Sequence[str], known: Sequence[ReaderState] = (), wait_ms: int = 0
    ) -> list[ReaderState]:
        """What is in the readers now, or as soon as it differs from ``known``, at the latest after ``wait_ms``."""
        unaware = self.scard.SCARD_STATE_UNAWARE
        flags = {state.name: self._flags(state) for state in known}
        asked = [(name, flags.get(name, unaware)) for name in names]
        code, answers = self.scard.SCardGetStatusChange(self.handle, wait_ms, asked)
        if code & 0xFFFFFFFF == TIMEOUT:
            if known:
                return list(known)
        else:
            self.check(code, "looking at card readers")
        return [self._state(*answer) for answer in answers]

    def release(self) -> None:
        self.scard.SCardReleaseContext(self.handle)

    def _state(self, name: str, flags: int, atr: Sequence[int]) -> ReaderState:
        present = bool(flags & self.scard.SCARD_STATE_PRESENT)
        return ReaderState(name, present, bytes(atr) if present else b"", flags >> 16 & 0xFFFF)

    def _flags(self, state: ReaderState) -> int:
        # With its count, a card that is pulled out and put back between two looks is a change as well.
        present = self.scard.SCARD_STATE_PRESENT if state.present else self.scard.SCARD_STATE_EMPTY
        return int(present) | state.count << 16


def thing(reader: str) -> str:
    """What a lock calls a reader: another pcscd may have another reader of that name."""
    socket = os.environ.get("PCSCLITE_CSOCK_NAME")
    return f"card reader {reader}{f' of the pcscd at {socket}' if socket else ''}"


def list_readers() -> list[ReaderState]:
    """The readers of this machine. Raises `PartMissing` when there is no PC/SC library, pyscard or pcscd."""
    context = Context()
    try:
        return context.readers()
    finally:
        context.release()


def matching(pattern: str, readers: Sequence[ReaderState]) -> list[ReaderState]:
    """Those that ``pattern`` means: the one with exactly this name, or all that match, whatever the case.

    Only ``*`` and ``?`` mean something else than themselves: readers' names have brackets in them.
    """
    exact = [state for state in readers if state.name == pattern]
    glob = re.sub(r"\[", "[[]", pattern.casefold())
    return exact or [state for state in readers if fnmatchcase(state.name.casefold(), glob)]
