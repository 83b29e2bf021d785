"""How a message from the network reaches the program at the line (TS 27.005 §3.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from hil.modem.profile.told import say
from hil.modem.sms.coding import message_class, stores_on_sim
from hil.modem.sms.fields import MessageType
from hil.modem.sms.tpdu import Deliver
from hil.modem.virtual import textmode
from hil.modem.virtual.output import Output
from hil.modem.virtual.profile import Profile
from hil.modem.virtual.state import State
from hil.modem.virtual.storage import Memories, Stat
from simulator.errors import CodecError

MEMORY_EXCEEDED = 22
NO_ANSWER = 41
"""RP causes (TS 24.011 §8.2.5.4): memory capacity exceeded, temporary failure."""

TYPE_ZERO = 0x40
MAX_HELD = 100
"""Indications kept while +CNMI mode 0 holds them back; then the oldest go (TS 27.005 §3.4.1)."""

DIRECT, STORED = 1, 2
"""<ds>: how status reports come."""


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
    memories: Memories

    def digits(self, tpdu: bytes) -> str: ...


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
        set_ = self._modem.state.indications
        if tpdu[0] & 0x3 == MessageType.STATUS_REPORT:
            if set_.ds == DIRECT and set_.mode != 0:
                self._directly(self._report_header(tpdu), tpdu, now)
            elif set_.ds == STORED:
                notice = self._modem.profile.family.report_notice
                self._store(tpdu, self._modem.memories.for_reports, "+CDSI", say(notice, ""))
            else:
                # <ds> 0: nobody is told
                self._network.delivered()
            return
        scheme, protocol = _coding(tpdu)
        class_ = message_class(scheme)
        direct = set_.mt == 2 or (set_.mt == 3 and class_ == 3)
        if protocol == TYPE_ZERO:
            # acknowledged and told to nobody (TS 23.040 §9.2.3.9)
            self._network.delivered()
        elif direct and not stores_on_sim(scheme) and set_.mode != 0:
            self._directly(self._header(tpdu), tpdu, now)
        else:
            memory = self._modem.memories.for_class(class_)
            self._store(tpdu, memory, "+CMTI" if set_.mt != 0 else None)

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
            self.drop()
            self._network.refused(NO_ANSWER, again=True)

    def drop(self) -> None:
        """Nobody is told any more, until +CNMI is set again."""
        self._modem.state.indications.mt = 0
        self._modem.state.indications.ds = 0

    def restart(self) -> None:
        """The modem restarts: who waits for an acknowledgement waits in vain."""
        self._held.clear()
        if self.deadline is not None:
            self.deadline = None
            self._network.refused(NO_ANSWER, again=True)

    def flush(self, *, forward: bool) -> None:
        """What was held back: said now, or forgotten (<bfr>)."""
        held, self._held = self._held, []
        if forward:
            for text in held:
                self._output.tell(text)

    def _directly(self, header: str, tpdu: bytes, now: datetime) -> None:
        modem = self._modem
        report = tpdu[0] & 0x3 == MessageType.STATUS_REPORT
        if not modem.state.text_mode:
            self._output.tell(f"{header}\r\n{modem.digits(tpdu)}")
        elif report:
            # in text mode a report is all header
            self._output.tell(header)
        else:
            self._output.tell(f"{header}\r\n{textmode.data(tpdu, modem.state.character_set)}")
        if modem.state.service == 1 and say(modem.profile.family.acknowledgement, "report") != "none":
            self.deadline = now + modem.profile.acknowledgement_time
        else:
            self._network.delivered()

    def _header(self, tpdu: bytes) -> str:
        state, family = self._modem.state, self._modem.profile.family
        alpha = say(family.alpha, "")
        if state.text_mode:
            return "+CMT: " + textmode.incoming(tpdu, alpha, self._modem.profile.smsc, details=state.details)
        return f"+CMT: {alpha},{len(tpdu)}"

    def _report_header(self, tpdu: bytes) -> str:
        if self._modem.state.text_mode:
            return "+CDS: " + textmode.report(tpdu)
        text = say(self._modem.profile.family.report_header, "+CDS: ${length}")
        return text.replace("${length}", str(len(tpdu)))

    def _store(self, tpdu: bytes, memory: str, announce: str | None, notice: str = "") -> None:
        """``announce``: with what; None: nobody is told. ``notice``: the whole line, where no place is in it."""
        index = self._modem.memories[memory].add(tpdu, Stat.UNREAD)
        if index is None:
            self._network.refused(MEMORY_EXCEEDED, again=True)
            return
        if announce is not None:
            # "SM_P" is a preference; the message is in SM
            text = notice or f'{announce}: "{memory.removesuffix("_P")}",{index}'
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
