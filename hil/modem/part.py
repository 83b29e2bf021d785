"""What the modem parts of all kinds have in common: a line, the driver on it, and who wants the messages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

from hil.bench import Bench
from hil.errors import PartMissing
from hil.modem.at.parser import Command, Response
from hil.modem.datagram import Datagram, TextMessage
from hil.modem.driver import ModemDriver
from hil.modem.faulty import Astray, FaultyLine
from hil.modem.line import Line
from hil.part import Part, PartSettings


class ModemPart(Part):
    """A modem that receives short messages."""

    capabilities: ClassVar[frozenset[str]] = frozenset({"modem.listen", "modem.ask", "modem.seam"})

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._driver: ModemDriver | None = None
        self._astray = Astray()
        self._on_datagram: list[Callable[[Datagram], None]] = []
        self._on_text: list[Callable[[TextMessage], None]] = []

    @abstractmethod
    def _open(self) -> Line:
        """Get the line. Raises `PartError`."""

    def _pin(self) -> str | None:
        """The PIN to enter when the modem's SIM asks for one."""
        return None

    def _patience(self) -> float:
        """Seconds that the line may be gone, until it is opened again; 0: its loss is the end."""
        return 0.0

    def _look_every(self) -> timedelta:
        """How often the modem is asked whether it still knows its settings; 0: never."""
        return timedelta(0)

    def _restores(self) -> bool:
        """Whether the modem is to be left as it was found."""
        return False

    def start(self) -> None:
        try:
            line = self._wrapped()
            patience = self._patience()
            self._driver = ModemDriver(
                line,
                self.bench.scheduler,
                self.bench.recorder,
                pin=self._pin(),
                reopen=self._wrapped if patience else None,
                patience=patience,
                look_every=self._look_every(),
                restores=self._restores(),
            )
            # The same lists: who asks later is told as well.
            self._driver.inbox.on_datagram = self._on_datagram
            self._driver.inbox.on_text = self._on_text
            self._driver.start()
        except BaseException:
            self.stop()
            raise

    def _wrapped(self) -> Line:
        """The line, with what a scenario lets go wrong on it."""
        scheduler = self.bench.scheduler

        def later(by: timedelta, action: Callable[[], None]) -> None:
            scheduler.post(lambda: scheduler.call_later(by, action))

        return FaultyLine(self._open(), self.bench.faults("modem"), scheduler.hold, later, self._astray)

    def clean_up(self) -> None:
        if self._driver is not None:
            self._driver.clean_up()

    def stop(self) -> None:
        if self._driver is not None:
            self._driver.stop()

    def identity(self) -> dict[str, str]:
        return dict(self._driver.ready.identity) if self._driver is not None else {}

    @property
    def driver(self) -> ModemDriver:
        if self._driver is None:
            raise PartMissing("the modem has not been started")
        return self._driver

    def ask(self, command: Command) -> Response | None:
        """A command and its answer, in the scheduler's thread. Raises `PartBroke`."""
        self._astray.awaited = True
        try:
            return self.driver.ask(command)
        finally:
            self._astray.awaited = False

    def on_datagram(self, callback: Callable[[Datagram], None]) -> None:
        """Call ``callback`` in the scheduler's thread for each whole datagram. May be called before `start`."""
        self._on_datagram.append(callback)

    def on_text(self, callback: Callable[[TextMessage], None]) -> None:
        """Call ``callback`` in the scheduler's thread for each text message."""
        self._on_text.append(callback)
