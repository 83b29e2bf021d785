"""What is plugged into this machine: readers and the cards in them, modems and their SIMs. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hil.card.identify import iccid_of
from hil.card.pcsc import PcscReader
from hil.card.pcsc_context import ReaderState, list_readers, thing
from hil.card.report import read_card
from hil.errors import BenchError, PartError
from hil.locks import Locks
from hil.modem import identify, probe
from hil.modem.about import About, about
from hil.modem.conversation import Conversation
from hil.modem.link import AtLink
from hil.modem.pin import READY
from hil.modem.ports import Port, ports
from hil.modem.putback import Before, look, put_back
from hil.modem.serial import SPEED, SerialLine
from hil.simaccess.port import PortSource
from hil.simaccess.ways import WAYS, By, reader
from hil.trace.recorder import Recorder
from simulator.errors import SimulatorError

WHAT = "dmrig rig init"


@dataclass(frozen=True, slots=True)
class FoundReader:
    name: str
    present: bool
    """Whether a card is in it."""
    iccid: str | None = None
    messages: int = 0
    """Bootstrap messages on the card."""
    trouble: str = ""
    """Why nothing is known of the card."""


@dataclass(frozen=True, slots=True)
class FoundModem:
    port: Port
    about: About
    ways: tuple[By, ...] = ()
    """By which its SIM was read."""
    iccid: str | None = None

    @property
    def imei(self) -> str:
        return self.about.identity.get("imei", "")

    @property
    def name(self) -> str:
        known = (self.about.identity.get(each, "") for each in ("manufacturer", "model"))
        return " ".join(each for each in known if each) or "a modem that does not say what it is"


@dataclass(slots=True)
class Survey:
    readers: list[FoundReader] = field(default_factory=list)
    modems: list[FoundModem] = field(default_factory=list)
    silent: list[tuple[Port, str]] = field(default_factory=list)
    """Ports without a modem, and why that is thought."""
    lacking: list[str] = field(default_factory=list)
    """Why there is no reader at all."""


def survey(more: Sequence[str] = (), tell: Callable[[str], None] = lambda _: None) -> Survey:
    """``more``: ports that the system does not list, such as pseudo-terminals and URLs. ``tell`` hears what is
    being looked at, because a silent port takes seconds."""
    found = Survey()
    try:
        states = list_readers()
    except PartError as error:
        states = []
        found.lacking.append(f"{error}{f'; {error.hint}' if error.hint else ''}")
    for state in states:
        tell(f"reader {state.name}")
        found.readers.append(_reader(state))
    known = ports()
    listed = {port.device for port in known}
    for port in [*known, *(Port(name) for name in more if name not in listed)]:
        tell(f"port {port.device}")
        try:
            with _locked(identify.thing(port.device)):
                found.modems.append(_modem(port))
        except BenchError as error:
            found.silent.append((port, str(error)))
    return found


@contextmanager
def _locked(what: str) -> Iterator[None]:
    locks = Locks(WHAT)
    locks.take(what)
    try:
        yield
    finally:
        locks.drop_all()


def _reader(state: ReaderState) -> FoundReader:
    if not state.present:
        return FoundReader(state.name, False)
    try:
        with _locked(thing(state.name)):
            report = read_card(PcscReader(state.name, 0))
    except (BenchError, SimulatorError) as error:
        return FoundReader(state.name, True, trouble=str(error))
    return FoundReader(state.name, True, report.iccid, len(report.messages))


def _modem(port: Port) -> FoundModem:
    """Raises `PartError` when no modem answers there."""
    before = Before()
    with _talk(port.device) as talk:
        here = talk.run(probe.dialogue())
        if not here.answers:
            raise PartError(here.trouble)
        talk.run(look(before))
        seen = talk.run(about(port.device))
    try:
        ways, iccid = _ways(port.device) if seen.sim == READY else ((), None)
    finally:
        with _talk(port.device) as talk:
            talk.wake()
            talk.run(put_back(before))
    return FoundModem(port, seen, ways, iccid or seen.iccid or None)


def _ways(port: str) -> tuple[tuple[By, ...], str | None]:
    """Only reading the ICCID shows that a way works: many a modem knows a command that it then refuses."""
    taken: list[By] = []
    iccid = None
    for way in WAYS:
        sim = reader(way, PortSource(port, _recorder()))
        try:
            sim.connect()
            read = iccid_of(sim)
        except PartError:
            continue
        finally:
            sim.disconnect()
        if read is not None:
            taken.append(way)
            iccid = iccid or read
    return tuple(taken), iccid


@contextmanager
def _talk(port: str) -> Iterator[Conversation]:
    line = SerialLine(port, SPEED)
    try:
        yield Conversation(AtLink(line, _recorder(), "modem"))
    finally:
        line.close()


def _recorder() -> Recorder:
    """Nobody listens: what is asked here is in no run's trace."""
    return Recorder(lambda: datetime.now(UTC))
