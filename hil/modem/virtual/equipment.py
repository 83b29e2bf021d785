"""The modem behind its line: what commands read and change, and what the network reaches (TS 27.007's ME)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from hil.modem.profile.told import say
from hil.modem.sms import pdu
from hil.modem.sms.address import Address
from hil.modem.virtual.contacts import Contacts, Habits
from hil.modem.virtual.delivery import Delivery, Network
from hil.modem.virtual.output import Output
from hil.modem.virtual.profile import Profile
from hil.modem.virtual.sim import Sim
from hil.modem.virtual.state import State
from hil.modem.virtual.storage import Memories
from hil.modem.virtual.timers import Timers
from hil.modem.virtual.trouble import Trouble, damage

FULL_FUNCTIONALITY = 1
HOME, SEARCHING, OFF = 1, 2, 0
"""<stat> of +CREG (TS 27.007 §7.2)."""


class Equipment:
    def __init__(self, profile: Profile, network: Network, output: Output, now: datetime) -> None:
        self.profile = profile
        self.network = network
        self.output = output
        self.now = now
        """The time of what is being dealt with."""
        self.known: Collection[str] = ()
        """The names of the commands that it knows."""
        self.timers = Timers()
        self.trouble = Trouble()
        self.state = State.of(profile.observed)
        self.sim = Sim(profile.pin)
        self.contacts = Contacts(_habits(profile))
        self.memories = Memories(profile)
        self.delivery = Delivery(self, network, output)
        self.functionality = FULL_FUNCTIONALITY
        self.operator_format = 0
        self.service_centre = str(Address.of(profile.smsc))
        self._registered = self.registration

    @property
    def registration(self) -> int:
        """<stat> of +CREG."""
        if self.functionality != FULL_FUNCTIONALITY or not self.sim.inserted:
            return OFF
        return HOME if self.sim.ready and not self.trouble.no_network else SEARCHING

    @property
    def reachable(self) -> bool:
        return self.registration == HOME

    def alert(self) -> None:
        """Something has changed that the network may have waited for: after the answer, tell it."""
        self.output.after_answer(self.network.alert)
        if self.registration != self._registered:
            self._registered = self.registration
            for name, asked in self.state.registration.items():
                if asked:
                    self.output.tell(f"{name}: {self._registered}{self.location(asked)}")

    def location(self, asked: int) -> str:
        """What follows <stat> for <n> 2 and more: area, cell and access technology."""
        if asked < 2 or not self.reachable:
            return ""
        text = say(self.profile.family.location, '"${lac}","${ci}",${act}')
        return "," + text.replace("${lac}", "0001").replace("${ci}", "00000001").replace("${act}", "7")

    def digits(self, tpdu: bytes) -> str:
        """A PDU as this modem shows it."""
        family = self.profile.family
        digits = pdu.encode(tpdu, Address.of(self.profile.smsc)) + say(family.trailing, "")
        if self.trouble.damaged:
            self.trouble.damaged -= 1
            digits = damage(digits)
        return digits.lower() if say(family.lower_case, False) else digits

    def restart(self) -> None:
        """As after the loss of power: what was set is forgotten, what was stored is not."""
        family, observed = self.profile.family, self.profile.observed
        self.timers.forget()
        self.delivery.restart()
        self.state = State.of(observed)
        self.memories.forget()
        self.sim.restart()
        self.contacts.reset()
        self.functionality = FULL_FUNCTIONALITY
        self.trouble.restart()
        for line in say(family.startup, ("RDY",)):
            self.output.tell(line)
        if family.late is not None:
            self.sim.busy = True
            self.timers.at(self.now + family.late_after, self._ready)
        self.alert()

    def _ready(self) -> None:
        self.sim.busy = False
        for line in say(self.profile.family.late, ()):
            self.output.tell(line)
        self.alert()


def _habits(profile: Profile) -> Habits:
    family, usual = profile.family, Habits()
    return Habits(
        quotes=say(family.card_quotes, usual.quotes),
        follows=say(family.card_follows, usual.follows),
        inserts_channel=say(family.card_channel, usual.inserts_channel),
    )
