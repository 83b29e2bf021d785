"""How a message from the network reaches the program at the line (TS 27.005 §3.4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from hil.modem.sms import pdu
from hil.modem.sms.address import Address
from hil.modem.sms.coding import message_class, stores_on_sim
from hil.modem.sms.fields import MessageType
from hil.modem.sms.tpdu import Deliver
from hil.modem.virtual.output import Output
from hil.modem.virtual.profile import Profile
from hil.modem.virtual.state import State
from hil.modem.virtual.storage import Stat, Storage
from simulator.errors import CodecError

MEMORY = "SM"
MEMORY_EXCEEDED = 22
NO_ANSWER = 41
"""RP causes (TS 24.011 §8.2.5.4): memory capacity exceeded, temporary failure."""

TYPE_ZERO = 0x40
MAX_HELD = 100
"""Indications kept while +CNMI mode 0 holds them back; then the oldest go (TS 27.005 §3.4.1)."""


class Network(Protocol):
    """The service centre, as a modem sees it."""

    def delivered(self) -> None:
        """The message that was offered last has been taken."""
        ...

    def refused(self, cause: int, *, again: bool) -> None:
        """It has not, with an RP cause or TP-FCS; ``again``: it may be offered again after an `alert`."""
        ...

    def alert(self) -> None:
        """The modem can take messages (again)."""
        ...

    def submit(self, tpdu: bytes) -> int:
        """Take an SMS-SUBMIT; returns its message reference."""
        ...


class Recipient(Protocol):
    """Whose messages these are: the modem, as far as delivery looks at it."""

    profile: Profile
    state: State
    storage: Storage


class Delivery:
    def __init__(self, modem: Recipient, network: Network, output: Output) -> None:
        self._modem = modem
        self._network = network
        self._output = output
        self._held: list[str] = []
        self.deadline: datetime | None = None
        """Until when a directly delivered message has to be acknowledged; None while none has to be."""

    def offer(self, tpdu: bytes, now: datetime) -> None:
        """A message from the network. The outcome goes back to it, at once or with the acknowledgement."""
        scheme, protocol = _coding(tpdu)
        mt = self._modem.state.indications.mt
        direct = mt == 2 or (mt == 3 and message_class(scheme) == 3)
        report = tpdu[0] & 0x3 == MessageType.STATUS_REPORT
        if protocol == TYPE_ZERO or report:
            # Nobody is told: §9.2.3.9 of TS 23.040 for type 0, and <ds> 0 for status reports.
            self._network.delivered()
        elif direct and not stores_on_sim(scheme) and self._modem.state.indications.mode != 0:
            digits = pdu.encode(tpdu, Address.of(self._modem.profile.smsc))
            self._output.tell(f"+CMT: ,{len(tpdu)}\r\n{digits}")
            if self._modem.state.service == 1:
                self.deadline = now + self._acknowledgement_time
            else:
                self._network.delivered()
        else:
            self._store(tpdu, announce=mt != 0)

    def acknowledge(self, cause: int | None) -> bool:
        """+CNMA came; False when none was due. With a cause the message is refused."""
        if self.deadline is None:
            return False
        self.deadline = None
        if cause is None:
            self._network.delivered()
        else:
            self._network.refused(cause, again=False)
        return True

    def tick(self, now: datetime) -> None:
        """An acknowledgement that does not come in time ends direct delivery until +CNMI is set again (§3.4.4)."""
        if self.deadline is not None and now >= self.deadline:
            self.deadline = None
            self._modem.state.indications.mt = 0
            self._modem.state.indications.ds = 0
            self._network.refused(NO_ANSWER, again=True)

    def flush(self, *, forward: bool) -> None:
        """What was held back: said now, or forgotten (<bfr>)."""
        held, self._held = self._held, []
        if forward:
            for text in held:
                self._output.tell(text)

    @property
    def _acknowledgement_time(self) -> timedelta:
        return self._modem.profile.acknowledgement_time

    def _store(self, tpdu: bytes, *, announce: bool) -> None:
        index = self._modem.storage.add(tpdu, Stat.UNREAD)
        if index is None:
            self._network.refused(MEMORY_EXCEEDED, again=True)
            return
        if announce:
            text = f'+CMTI: "{MEMORY}",{index}'
            if self._modem.state.indications.mode == 0:
                self._held = [*self._held, text][-MAX_HELD:]
            else:
                self._output.tell(text)
        self._network.delivered()


def _coding(tpdu: bytes) -> tuple[int, int]:
    """Data coding scheme and protocol identifier decide the route; a damaged message takes the usual one."""
    try:
        message = Deliver.decode(tpdu)
    except CodecError:
        return 0, 0
    return message.data_coding_scheme, message.protocol_identifier
