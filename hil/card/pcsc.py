"""Cards in real readers, through PC/SC (pyscard).

pyscard's lower layer is used: its calls return PC/SC's codes, so that each failure can be told apart, and it
keeps no monitor threads. The caller's name for a reader is a pattern such as ``Gemalto*``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any, cast

from hil.bench import Bench
from hil.card.part import CardPart
from hil.card.pcsc_errors import NO_CARD, NO_READERS, NOT_TRANSACTED, TIMEOUT, error_for, load_scard
from hil.card.reader import Reader
from hil.errors import PartBroke, PartError, PartMissing
from hil.fields import Duration
from hil.part import PartSettings, part_kind

DEFAULT_WAIT = 10.0
"""Seconds for a person to insert a card."""

POLL_MS = 200
"""How often waiting looks at the clock, in case pcscd stays silent."""


@dataclass(frozen=True, slots=True)
class ReaderState:
    name: str
    present: bool
    """Whether a card is in it."""
    atr: bytes


class Context:
    """One connection to pcscd."""

    def __init__(self) -> None:
        self.scard: ModuleType = load_scard()
        code, self.handle = self.scard.SCardEstablishContext(self.scard.SCARD_SCOPE_SYSTEM)
        self.check(code, "looking for card readers")

    def check(self, code: int, doing: str) -> None:
        if code != self.scard.SCARD_S_SUCCESS:
            raise error_for(code, doing)

    def readers(self) -> list[ReaderState]:
        """All readers and what is in them; an empty list when there is none."""
        code, names = self.scard.SCardListReaders(self.handle, [])
        if code & 0xFFFFFFFF == NO_READERS or (code == self.scard.SCARD_S_SUCCESS and not names):
            return []
        self.check(code, "listing card readers")
        return self.states(names)

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
        return ReaderState(name, present, bytes(atr) if present else b"")

    def _flags(self, state: ReaderState) -> int:
        return int(self.scard.SCARD_STATE_PRESENT if state.present else self.scard.SCARD_STATE_EMPTY)


def list_readers() -> list[ReaderState]:
    """The readers of this machine. Raises `PartMissing` when there is no PC/SC library, pyscard or pcscd."""
    context = Context()
    try:
        return context.readers()
    finally:
        context.release()


class PcscReader:
    """A reader that pcscd knows. ``pattern`` names it; of several that match, one with a card is taken."""

    def __init__(self, pattern: str = "*", wait: float = DEFAULT_WAIT, *, exclusive: bool = False) -> None:
        self.pattern = pattern
        self.name = pattern
        self.wait = wait
        """Seconds that `connect` waits for a card."""
        self.exclusive = exclusive
        """Whether other programs are kept from the card while it is connected."""
        self._context: Context | None = None
        self._card: Any = None
        self._protocol: Any = None

    def find(self, context: Context | None = None) -> ReaderState:
        """The reader and what is in it now. Raises `PartMissing` when there is none of that name."""
        readers = context.readers() if context is not None else list_readers()
        found = [state for state in readers if fnmatchcase(state.name, self.pattern)]
        if not found:
            raise self._absent([state.name for state in readers])
        state = next((state for state in found if state.present), found[0])
        self.name = state.name
        return state

    def _absent(self, known: Sequence[str]) -> PartError:
        """The error when no reader that pcscd knows has the name."""
        if not known:
            return error_for(NO_READERS, f"reader {self.pattern!r}")
        return PartMissing(f"no card reader is called {self.pattern!r}", hint=f"there are: {', '.join(known)}")

    def wait_for(self, *, present: bool, seconds: float) -> bool:
        """Wait in real time until a card is in the reader, or none is; False when that did not happen in time."""
        context = Context()
        try:
            state = self.find(context)
            deadline = time.monotonic() + seconds
            while state.present is not present:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                state = context.states([state.name], [state], min(POLL_MS, int(left * 1000) + 1))[0]
            return True
        finally:
            context.release()

    def connect(self) -> bytes:
        self.disconnect()
        if not self.wait_for(present=True, seconds=self.wait):
            raise error_for(NO_CARD, f"waited {self.wait:g} s for a card in {self.name}")
        self._context = context = Context()
        scard = context.scard
        try:
            code, self._card, self._protocol = scard.SCardConnect(
                context.handle,
                self.name,
                self._share(scard),
                scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
            )
            if code != scard.SCARD_S_SUCCESS:
                self._card = None
            context.check(code, f"connecting to the card in {self.name}")
            return self._atr(context)
        except BaseException:
            self.disconnect()
            raise

    def reset(self) -> bytes:
        context = self._connected()
        scard = context.scard
        code, self._protocol = scard.SCardReconnect(
            self._card,
            self._share(scard),
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
            scard.SCARD_RESET_CARD,
        )
        context.check(code, f"resetting the card in {self.name}")
        return self._atr(context)

    def transmit(self, apdu: bytes) -> bytes:
        context = self._connected()
        scard = context.scard
        t0 = self._protocol == scard.SCARD_PROTOCOL_T0
        if t0 and len(apdu) > 5 and len(apdu) == 6 + apdu[4]:
            # T=0 has no Le behind data: the card says 61xx instead (ISO/IEC 7816-3 §12.2.1, case 4).
            apdu = apdu[:-1]
        code, response = scard.SCardTransmit(
            self._card, scard.SCARD_PCI_T0 if t0 else scard.SCARD_PCI_T1, list(apdu)
        )
        doing = f"talking to the card in {self.name}"
        context.check(code, doing)
        if len(response) < 2:
            # Some drivers report success when the card goes in the middle of a command.
            raise error_for(NOT_TRANSACTED, doing)
        return bytes(response)

    def disconnect(self) -> None:
        if self._context is None:
            return
        scard = self._context.scard
        if self._card is not None:
            scard.SCardDisconnect(self._card, scard.SCARD_UNPOWER_CARD)
        self._context.release()
        self._card = self._context = None

    def _share(self, scard: ModuleType) -> Any:
        return scard.SCARD_SHARE_EXCLUSIVE if self.exclusive else scard.SCARD_SHARE_SHARED

    def _connected(self) -> Context:
        if self._context is None or self._card is None:
            raise PartBroke(f"the card in {self.name} is not connected")
        return self._context

    def _atr(self, context: Context) -> bytes:
        code, _, _, _, atr = context.scard.SCardStatus(self._card)
        context.check(code, f"asking for the ATR of the card in {self.name}")
        return bytes(atr)


class PcscSettings(PartSettings):
    reader: str = "*"
    """The reader's name, with ``*`` and ``?`` for what does not matter."""
    wait: Duration = timedelta(seconds=DEFAULT_WAIT)
    """How long to wait for a card to be inserted, in real time."""


@part_kind("card", "pcsc")
class PcscCard(CardPart):
    """Any card in a real reader. A person inserts and removes it."""

    Settings = PcscSettings
    jumps = False

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        wanted = cast("PcscSettings", settings)
        self._reader = PcscReader(wanted.reader, wanted.wait.total_seconds())

    def start(self) -> None:
        self._reader.find()

    def stop(self) -> None:
        self._reader.disconnect()

    def reader(self) -> Reader:
        return self._reader

    def identity(self) -> dict[str, str]:
        return {"reader": self._reader.name}
