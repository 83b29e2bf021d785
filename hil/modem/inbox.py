"""What becomes of a short message that a modem has received: recorded, put together, handed up."""

from __future__ import annotations

from collections.abc import Callable

from hil.modem.datagram import Datagram, TextMessage
from hil.modem.sms import pdu
from hil.modem.sms.coding import Alphabet, alphabet_of
from hil.modem.sms.describe import describe
from hil.modem.sms.reassembly import Message, Reassembler
from hil.modem.sms.tpdu import Deliver, StatusReport, decode
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder
from simulator.errors import CodecError

TYPE_ZERO = 0x40
"""TP-PID of a message that is acknowledged and otherwise ignored (TS 23.040 §9.2.3.9)."""


class Inbox:
    def __init__(self, scheduler: Scheduler, recorder: Recorder, part: str) -> None:
        self.on_datagram: list[Callable[[Datagram], None]] = []
        self.on_text: list[Callable[[TextMessage], None]] = []
        self.on_report: list[Callable[[StatusReport], None]] = []
        self._scheduler = scheduler
        self._recorder = recorder
        self._part = part
        self._reassembler = Reassembler()

    def take(self, digits: str | None, length: int | None) -> None:
        """A PDU as the modem gave it. What cannot be read is noted in the trace, and nothing else happens."""
        if digits is None:
            self._note("the modem announced a message and did not send its PDU")
            return
        try:
            tpdu = pdu.decode(digits, length)[1]
        except CodecError as error:
            self._note(f"the modem's PDU cannot be read: {error}")
            return
        text, fields = describe(tpdu, "in")
        self._recorder.record(self._part, "sms", "in", text, tpdu, **fields)
        try:
            message = decode(tpdu, "in")
        except CodecError:
            return
        if isinstance(message, StatusReport):
            for told in self.on_report:
                told(message)
        if not isinstance(message, Deliver) or message.protocol_identifier == TYPE_ZERO:
            return
        whole = self._reassembler.add(message, self._scheduler.clock.now())
        if whole is not None:
            self._hand_up(whole)

    def _hand_up(self, message: Message) -> None:
        now = self._scheduler.clock.now()
        sender, ports, text = str(message.originating_address), message.ports, message.text
        if ports is not None:
            if alphabet_of(message.data_coding_scheme) is not Alphabet.DATA8:
                self._note(f"a message for port {ports.destination} is text, not 8-bit data: ignored")
                return
            datagram = Datagram(sender, ports.destination, ports.source, message.payload, now)
            for callback in self.on_datagram:
                callback(datagram)
        elif text is not None:
            for tell in self.on_text:
                tell(TextMessage(sender, text, now))
        else:
            self._note(f"8-bit data from {sender} names no port: ignored")

    def _note(self, text: str) -> None:
        self._recorder.note(text, self._part)
