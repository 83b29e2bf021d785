"""A modem on a serial port that is opened for its SIM alone, where no run holds it."""

from __future__ import annotations

from hil.modem.at.parser import Command
from hil.modem.conversation import Asks, Conversation, waking
from hil.modem.line import Line
from hil.modem.link import AtLink
from hil.trace.recorder import Recorder


class PortSource:
    """Opens the port for each connection. ``recorder`` hears the AT lines."""

    def __init__(self, port: str, recorder: Recorder) -> None:
        self._port = port
        self._recorder = recorder
        self._line: Line | None = None

    def open(self) -> Asks:
        # Loaded here: a run's own modem needs no pyserial for this.
        from hil.modem.serial import SerialLine

        self.close()
        self._line = line = SerialLine(self._port)
        try:
            talk = Conversation(AtLink(line, self._recorder, "modem"))
            talk.run(waking(self._port))
            talk.ask(Command("ATE0"))
            talk.ask(Command("AT+CMEE=1"))
        except BaseException:
            self.close()
            raise
        return talk

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
