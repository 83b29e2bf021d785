"""Cards in real readers, through PC/SC (pyscard).

The caller's name for a reader is a pattern such as ``Gemalto*``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import Any, cast

from pydantic import Field

from hil.bench import Bench
from hil.card.identify import iccid_in, iccid_of
from hil.card.part import CardPart
from hil.card.pcsc_context import Context, ReaderState, list_readers, matching, thing
from hil.card.pcsc_errors import NO_CARD, NO_READERS, NOT_TRANSACTED, error_for
from hil.card.pcsc_watch import PcscWatch
from hil.card.reader import Reader
from hil.errors import PartBroke, PartError, PartInUse, PartMissing, UsageError
from hil.fields import Duration
from hil.limits import Limits
from hil.locks import Locks
from hil.part import PartSettings, part_kind
from hil.trace.structure import last_digits

DEFAULT_WAIT = 10.0
"""Seconds for a person to insert a card."""

NOTICED = 2.0
"""Seconds within which pcscd has seen a card come or go."""

POLL_MS = 200
"""How often waiting looks at the clock, in case pcscd stays silent."""


class PcscReader:
    """A reader that pcscd knows. ``pattern`` names it; of several that match, the one with a card is taken."""

    def __init__(
        self,
        pattern: str = "*",
        wait: float = DEFAULT_WAIT,
        *,
        exclusive: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.pattern = pattern
        self.name = pattern
        self.wait = wait
        """Seconds that `connect` waits for a card."""
        self.exclusive = exclusive
        """Whether other programs are kept from the card while it is connected."""
        self.iccid: str | None = None
        """The one card that `connect` takes."""
        self.only: frozenset[str] | None = None
        """The readers that may be used, of those that the pattern means; None: all of them."""
        self.found: str | None = None
        """What pcscd calls the one reader that is meant, once that is known."""
        self._limits = limits or Limits()
        self._context: Context | None = None
        self._card: Any = None
        self._protocol: Any = None

    def find(self) -> list[ReaderState]:
        """The readers of that name and what is in them now; several only while none has a card.

        Raises `PartMissing` when there is none, and `UsageError` when a card is in more than one of them.
        """
        context = Context()
        try:
            return self._found(context.readers())
        finally:
            context.release()

    def _found(self, readers: Sequence[ReaderState]) -> list[ReaderState]:
        found = self.meant(readers)
        if not found:
            raise self._absent([state.name for state in readers])
        with_card = [state for state in found if state.present]
        if len(with_card) > 1:
            raise UsageError(
                f"{self.pattern!r} means {len(with_card)} readers with a card in them: "
                + ", ".join(state.name for state in with_card),
                hint="name one of them, so far that no other matches",
            )
        found = with_card or found
        if len(found) == 1:
            self.name = self.found = found[0].name
        return found

    def meant(self, readers: Sequence[ReaderState]) -> list[ReaderState]:
        """Those that may be used, with a card or without."""
        found = matching(self.pattern, readers)
        return [state for state in found if self.only is None or state.name in self.only]

    def _absent(self, known: Sequence[str]) -> PartError:
        """The error when no reader that pcscd knows has the name."""
        if not known:
            return error_for(NO_READERS, f"reader {self.pattern!r}")
        return PartMissing(f"no card reader is called {self.pattern!r}", hint=f"there are: {', '.join(known)}")

    def watch(self) -> PcscWatch:
        return PcscWatch(self.pattern)

    def wait_for(self, *, present: bool, seconds: float) -> bool:
        """Wait in real time until a card is in the reader, or none is; False when that did not happen in time.

        Raises `TimedOut` when a limit of the run was reached before.
        """
        context = Context()
        try:
            states = context.readers()
            deadline = time.monotonic() + self._limits.seconds(seconds)
            while any(state.present for state in self._found(states)) is not present:
                left = deadline - time.monotonic()
                if left <= 0:
                    self._limits.check(f"{'no' if present else 'a'} card is in {self._place}")
                    return False
                names = [state.name for state in states]
                states = context.states(names, states, min(POLL_MS, int(left * 1000) + 1))
            return True
        finally:
            context.release()

    @property
    def _place(self) -> str:
        return "any reader" if self.name == "*" else self.name

    def connect(self) -> bytes:
        self.disconnect()
        if not self.wait_for(present=True, seconds=self.wait):
            raise error_for(NO_CARD, f"waited {self.wait:g} s for a card in {self._place}")
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
            if self.iccid is not None:
                self._check_iccid(self.iccid)
            return self._atr(context)
        except BaseException:
            self.disconnect()
            raise

    def _check_iccid(self, wanted: str) -> None:
        found = iccid_of(self)
        if found != wanted:
            has = f"has the ICCID {last_digits(found)}" if found else "tells no ICCID"
            raise PartMissing(
                f"the card in {self.name} {has}, and {last_digits(wanted)} is wanted",
                hint="insert the card that the rig file names by `iccid`, or name this one there",
            )
        self.reset()

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
        scard = self._connected().scard
        pci = scard.SCARD_PCI_T1
        if self._protocol == scard.SCARD_PROTOCOL_T0:
            pci = scard.SCARD_PCI_T0
            if len(apdu) > 5 and len(apdu) == 6 + apdu[4]:
                # T=0 has no Le behind data: the card says 61xx instead (ISO/IEC 7816-3 §12.2.1, case 4).
                apdu = apdu[:-1]
        code, response = scard.SCardTransmit(self._card, pci, list(apdu))
        if code != scard.SCARD_S_SUCCESS or len(response) < 2:
            # Some drivers report success when the card goes in the middle of a command.
            raise error_for(code or NOT_TRANSACTED, f"talking to the card in {self.name}")
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


def claim_by_iccid(iccid: str, readers: Sequence[ReaderState], locks: Locks) -> frozenset[str]:
    """Take the lock of the reader that has the card, or else those of all readers that are empty.

    A card is looked at under its reader's lock alone. Raises `PartInUse` when it may be in a reader that another
    run has, `PartMissing` when there is nowhere that it could be, or come.
    """
    busy: PartInUse | None = None
    empty, seen = [], []
    for state in readers:
        try:
            locks.take(thing(state.name))
        except PartInUse as error:
            busy = busy or error
            continue
        if not state.present:
            empty.append(state.name)
            continue
        try:
            found = iccid_in(PcscReader(state.name, 0))
        except PartError as error:
            found = None
            seen.append(f"{state.name}: {error}")
        if found == iccid:
            for name in empty:
                locks.drop(thing(name))
            return frozenset({state.name})
        locks.drop(thing(state.name))
        seen.append(f"{state.name} has {last_digits(found) if found else 'a card without a readable ICCID'}")
    if busy is not None:
        raise busy
    if not empty:
        there = "; ".join(seen) or "there is no reader"
        raise PartMissing(f"no reader has the card with ICCID {last_digits(iccid)}", hint=f"insert it ({there})")
    return frozenset(empty)


def reader_variable(reader: PcscReader) -> dict[str, str]:
    """For programs that read the card themselves, through the same pcscd."""
    return {} if reader.found is None else {"card.reader": reader.found}


class PcscSettings(PartSettings):
    reader: str = "*"
    """The reader's name, with ``*`` and ``?`` for what does not matter."""
    iccid: str | None = Field(None, pattern=r"^[0-9]{10,20}$")
    """The card with this ICCID, in whichever of these readers it is; no other card is used."""
    wait: Duration = timedelta(seconds=DEFAULT_WAIT)
    """How long to wait for a card to be inserted, in real time."""
    exclusive: bool = False
    """Whether other programs are kept from the card while dmrig talks to it."""


@part_kind("card", "pcsc")
class PcscCard(CardPart):
    """Any card in a real reader. A person inserts and removes it."""

    Settings = PcscSettings
    jumps = False

    @classmethod
    def holds(cls, settings: PartSettings) -> tuple[str, ...]:
        return (f"card reader {cast('PcscSettings', settings).reader}",)

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        wanted = cast("PcscSettings", settings)
        self._reader = PcscReader(
            wanted.reader, wanted.wait.total_seconds(), exclusive=wanted.exclusive, limits=bench.limits
        )

        if wanted.iccid is not None:
            bench.recorder.masker.add(wanted.iccid)
            self._reader.iccid = wanted.iccid

    def claim(self, locks: Locks) -> None:
        """The reader of the wanted card; while it is in none, every one into which it may still be inserted."""
        reader = self._reader
        reader.only = None
        if reader.iccid is None:
            found = reader.find()
            for state in found:
                locks.take(thing(state.name))
            reader.only = frozenset(state.name for state in found)
        else:
            reader.only = claim_by_iccid(reader.iccid, reader.meant(list_readers()), locks)

    def start(self) -> None:
        self._reader.find()

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        wait, self._reader.wait = self._reader.wait, 0
        try:
            yield
        finally:
            self._reader.wait = wait

    def wait_for(self, *, present: bool) -> bool:
        return self._reader.wait_for(present=present, seconds=NOTICED)

    def lacking(self) -> str | None:
        states = self._reader.find()
        if any(state.present for state in states):
            return None
        iccid = self._reader.iccid
        wanted = f", and the one with ICCID {last_digits(iccid)} is wanted" if iccid is not None else ""
        return f"no card is in {' or '.join(state.name for state in states)}{wanted}"

    def clean_up(self) -> None:
        """The card without power: its channels are closed, and no PIN is verified any more."""
        self._reader.disconnect()

    def stop(self) -> None:
        self._reader.disconnect()

    def reader(self) -> Reader:
        return self._reader

    def variables(self) -> dict[str, str]:
        return reader_variable(self._reader)

    def identity(self) -> dict[str, str]:
        return {"reader": self._reader.name}
