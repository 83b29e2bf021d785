"""The modem behind its line: what commands read and change, and what the network reaches (TS 27.007's ME)."""

from __future__ import annotations

from hil.modem.sms.address import Address
from hil.modem.virtual.contacts import Contacts
from hil.modem.virtual.delivery import Delivery, Network
from hil.modem.virtual.output import Output
from hil.modem.virtual.profile import Profile
from hil.modem.virtual.sim import Sim
from hil.modem.virtual.state import State
from hil.modem.virtual.storage import Storage

FULL_FUNCTIONALITY = 1


class Equipment:
    def __init__(self, profile: Profile, network: Network, output: Output) -> None:
        self.profile = profile
        self.network = network
        self.output = output
        self.state = State()
        self.sim = Sim(profile.pin)
        self.contacts = Contacts()
        self.storage = Storage(profile.slots)
        self.delivery = Delivery(self, network, output)
        self.functionality = FULL_FUNCTIONALITY
        self.operator_format = 0
        self.service_centre = str(Address.of(profile.smsc))

    @property
    def reachable(self) -> bool:
        return self.functionality == FULL_FUNCTIONALITY and self.sim.state == "READY"

    def alert(self) -> None:
        """After the answer, tell the network that messages can be taken again."""
        self.output.after_answer(self.network.alert)
