"""The simulated device in a rig: the simulator's device core, with the rig's card, modem and network around it.

The core decides; this part carries: APDUs to the card, datagrams from the modem, messages to the server. What
it carries is recorded at the seams; here only what the device makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from hil.bench import Bench
from hil.device import view
from hil.device.card import CardHabits, CardUse, learn
from hil.device.contract import KnownAccount, NodeSeen
from hil.device.diary import Diary
from hil.device.doors import Doors
from hil.device.keeping import Keeping, secrets_of
from hil.device.log import Ignored, SessionLog
from hil.device.misbehaviour import misbehaving
from hil.device.model import load_device
from hil.device.network import Network
from hil.device.search import Search
from hil.device.sessions import Sessions
from hil.device.settings import SimulatedSettings
from hil.errors import CannotDo, PartError
from hil.http.settings import HttpSettings
from hil.listen.udp import UdpListener
from hil.modem.contract import Listening
from hil.modem.datagram import Datagram
from hil.part import Part, PartSettings, part_kind
from hil.push.contract import HTTP_LISTENING as HTTP
from hil.push.contract import UDP_LISTENING as UDP
from hil.push.contract import HttpTerminal
from hil.push.senders.address import Endpoint
from hil.slips import Slip, Slips
from hil.standards import current
from simulator import device as core
from simulator.bootstrap.mac import Secrets
from simulator.codes.alert import AlertCode
from simulator.codes.wsp import PORT_PUSH, PORT_PUSH_SECURE
from simulator.device import Device
from simulator.errors import CodecError, SessionError
from simulator.push import wsp
from simulator.push.terminal import TerminalSettings
from simulator.session.alerts import AlertItem
from simulator.session.interaction import Answer, Interaction, ScriptedUser


@part_kind("device", "simulated")
class SimulatedDevice(Part):
    Settings = SimulatedSettings
    requires = frozenset({"modem.listen"})
    capabilities = frozenset(
        {
            "device.power",
            "device.power_cycle",
            "device.connect",
            "device.sessions",
            "device.ignored",
            "device.inspect",
            "device.tree",
            "device.user_pin",
            "device.crash",
            "device.state",
            "device.tell",
        }
        | {"device.user", "device.abort", "device.transport", "device.bootstrap_url", "device.event"}
        | {"device.card", "device.tree", "device.slips", UDP, HTTP}
    )

    @classmethod
    def offered(cls, settings: PartSettings) -> frozenset[str]:
        listen = cast("SimulatedSettings", settings).listen
        closed = {name for name, door in ((UDP, listen.udp), (HTTP, listen.http)) if door is None}
        return cls.capabilities - closed

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._diary = Diary(bench)
        self._powered = False
        self._user: ScriptedUser | None = None

    def start(self) -> None:
        settings = cast("SimulatedSettings", self.settings)
        choice = self.bench.device.overruled(settings.model, settings.state, settings.durability)
        self._model = load_device(choice.model, self.bench.folder)
        self._random = self.bench.random_for("device")
        self.dev_id = self._model.dev_id
        self._wrong = settings.misbehaves
        self._network = misbehaving(self._wrong, Network)(self.bench, self.dev_id, settings)
        self.slip(settings.says, settings.hears)
        self._bootstrap_url = settings.bootstrap_url
        self._card = misbehaving(self._wrong, CardUse)(settings.card, self.bench)
        self._search = Search(self.bench, self._network, self._card, self._model.user_agent, self._diary)
        self._sessions = Sessions(
            self.bench, self._network, self._random, self._diary, there=lambda: self._powered
        )
        # An identity, whatever its scheme (IMEI:, MEID:, urn:uuid:) is called.
        self.bench.recorder.masker.add(self.dev_id.rpartition(":")[2])
        self._keeping = Keeping(choice)
        self._make_device(Secrets(network_id=settings.network_id or current().bootstrap.network_id))
        self.bench.part("modem", Listening).on_datagram(self._datagram)
        self._doors = Doors(
            self.bench,
            settings.listen,
            terminal=TerminalSettings(
                terminal_id=self.dev_id,
                user_agent=self._model.user_agent,
                refused_status=current().push.refused_status,
            ),
            datagram=self._datagram,
            push=self._push,
            ignored=self._not_taken,
            there=lambda: self._powered,
        )
        self._doors.open()

    def _make_device(self, secrets: Secrets) -> None:
        """Fresh from the factory, or with the state that was kept."""
        self.device: Device = self._model.device(self._random)
        self.device.__class__ = misbehaving(self._wrong, Device)
        self.device.secrets = secrets
        self.device.user = self._user
        self.device.agenda.on_plan = lambda when: self.bench.scheduler.call_at(when, self._wake)
        if self._keeping.take_up(self.device):
            for secret in secrets_of(self.device):
                self.bench.recorder.masker.add(secret)
            self._diary.tell("the state that was kept is taken up")
        self._sessions.belong_to(self.device)

    def stop(self) -> None:
        self._powered = False
        if hasattr(self, "_doors"):
            self._doors.close()
        if hasattr(self, "_network"):
            self._network.close()
        if hasattr(self, "_keeping"):
            try:
                self._keeping.close()
            except PartError as error:
                self._diary.tell(f"the device's state is not kept: {error}")

    def quiet(self) -> bool:
        return self._doors.quiet()

    def identity(self) -> dict[str, str]:
        return {"dev_id": self.dev_id}

    # -- where pushes reach it

    def udp_sockets(self) -> Mapping[int, Endpoint]:
        return self._udp.sockets()

    def datagrams_taken(self) -> int:
        return self._udp.taken

    def wait_for_datagrams(self, count: int, seconds: float) -> bool:
        return self._udp.wait_for(count, seconds)

    @property
    def _udp(self) -> UdpListener:
        assert self._doors.udp is not None, "the capability device.listen.udp says whether it listens"
        return self._doors.udp

    def http_terminal(self) -> HttpTerminal | None:
        return self._doors.http.terminal if self._doors.http is not None else None

    # -- what a user does

    def power_on(self) -> None:
        """Read the card, apply its bootstrap, drop accounts of cards that have gone (DM Bootstrap §5.5.6).

        Whole or not at all: a device whose card could not be read to the end, for want of time say, is off.
        """
        if self._powered:
            raise CannotDo("the device is on already", hint="switch it off first: device.power_off")
        self._powered = True
        self._diary.tell("power on")
        try:
            self._come_up()
        except BaseException:
            self.power_off()
            raise

    def _come_up(self) -> None:
        origin, found = self._card.read(self._diary.tell, self._diary.ignore)
        self.device.secrets = replace(self.device.secrets, imsi=found.imsi)
        self._network.close()
        cards, whole = self._card.habits.bootstrap, not found.unread
        events = self.device.power_on(origin, found.messages, self.bench.now(), cards=cards, whole=whole)
        self._happened("bootstrap", events)
        if not self.accounts():
            self.bench.scheduler.soon(self._fetch_bootstrap)
        self.bench.scheduler.soon(self._sessions.open_next)

    def power_off(self) -> None:
        self._powered = False
        self.device.power_off()
        self._sessions.cut("the device was switched off")
        self._diary.tell("power off")

    def power_cycle(self) -> None:
        self.power_off()
        self.power_on()

    def crash(self, after_changes: int = 0) -> None:
        """Lose power in the midst of whatever it does: only what is kept in the state file is left.

        ``after_changes``: not yet, but right after so many changes more were kept, before anybody hears of the
        last one.
        """
        if after_changes:
            if not self._keeping.keeps:
                raise CannotDo(
                    "without a state file no change is kept after which the device could lose its power",
                    hint="give the scenario's device one: device: {model: generic, state: temporary}",
                )
            self._keeping.lose_after(after_changes, self.device, self._lose_power)
        else:
            self._keeping.lose()
            self._lose_power()

    def _lose_power(self) -> None:
        """At any moment, even within a command: nothing of what the device still has to say leaves it."""
        self._powered = False
        self._sessions.abandon("the device lost its power")
        self._diary.tell("the device has lost its power")
        self.bench.scheduler.post(lambda: self._make_device(replace(self.device.secrets, imsi=None)))

    def user_answers(self, answers: Sequence[Answer | None]) -> None:
        """What the user will say; before this the device has no way to ask one."""
        if self._user is None:
            self._user = self.device.user = ScriptedUser()
        self._user.answers += answers

    @property
    def asked(self) -> list[Interaction]:
        return self._user.asked if self._user is not None else []

    def abort(self, at: int) -> None:
        """In the next session the user cancels while the so-manieth message of the server is awaited."""
        self._sessions.abort_at = at

    def connect(self, server_id: str | None) -> None:
        self._sessions.want(core.SessionDue(self._server(server_id), AlertCode.CLIENT_INITIATED_MGMT))

    def _server(self, server_id: str | None) -> str:
        """The server that is meant: the only one, when none is named."""
        if server_id is not None:
            return server_id
        known = self.accounts()
        if len(known) != 1:
            raise CannotDo(
                f"the device has {len(known)} accounts: which server is meant?",
                hint="name it: {server: dm.example.com}",
            )
        return known[0].server_id

    def alert(
        self, server_id: str | None, items: Sequence[AlertItem], code: AlertCode, correlator: str | None
    ) -> None:
        """Tell a server something in the session that runs or is due, or in one of its own."""
        with _refusals():
            self._happened(
                "alert", self.device.alert(self._server(server_id), *items, code=code, correlator=correlator)
            )

    def complete(self, uri: str, item: AlertItem, correlator: str | None) -> None:
        """Tell the end of an Exec that was answered 202."""
        with _refusals():
            self._happened("alert", self.device.complete(uri, item, correlator=correlator))

    def report(self, server_id: str | None, items: Sequence[AlertItem]) -> None:
        """Send a report without a session, at once."""
        with _refusals():
            report = self.device.report(self._server(server_id), *items)
        self._sessions.report(report)

    def happen(self, name: str) -> None:
        """Something happens to the device that its model, or one of its objects, knows."""
        with _refusals():
            self._happened("event", self.device.happen(name, self.bench.now()))

    def _wake(self) -> None:
        """The device has something to do by itself."""
        if self._powered:
            self._happened("event", self.device.wake(self.bench.now()))

    def enter_pin(self, pin: str | None) -> None:
        """What the user enters from now on, when a pushed bootstrap asks for a PIN."""
        self.device.secrets = replace(self.device.secrets, pin=pin)

    def card_habits(self, habits: CardHabits) -> None:
        """Treat the card in this way, from the next power-on."""
        self._card.change(habits)

    def transport(self, http: HttpSettings) -> None:
        """Speak HTTP in this way from now on."""
        self._network.change(http)

    def slip(self, says: tuple[Slip, ...], hears: tuple[Slip, ...]) -> None:
        """What goes wrong with its messages from now on."""
        self._network.says, self._network.hears = Slips(says), Slips(hears)

    def bootstrap_from(self, url: str | None) -> None:
        """Where to look for a bootstrap when switched on without an account; None: nowhere but in the tree."""
        self._bootstrap_url = url

    # -- what an expectation looks at

    @property
    def sessions(self) -> list[SessionLog]:
        return self._sessions.held

    @property
    def reports(self) -> list[SessionLog]:
        return self._sessions.reports

    @property
    def ignored(self) -> list[Ignored]:
        return self._diary.ignored

    def accounts(self) -> list[KnownAccount]:
        return view.accounts(self.device)

    def value(self, uri: str) -> str | None:
        node = self.node(uri)
        return None if node is None else node.value

    def node(self, uri: str) -> NodeSeen | None:
        return view.node(self.device, uri, self.bench.now())

    def subtree(self, uri: str) -> list[NodeSeen]:
        return view.subtree(self.device, uri, self.bench.now())

    # -- what comes from the parts

    def _fetch_bootstrap(self) -> None:
        """Ask one server after the other, until one has something."""
        for offer in self._search.offers(self.device, self._bootstrap_url) if self._powered else ():
            learn(self.bench, offer.answer.body)
            answer, now = offer.answer, self.bench.now()
            found = self.device.fetched(
                offer.url, answer.status, answer.content_type, answer.body, now, origin=offer.origin
            )
            self._happened("bootstrap", found)
            if any(isinstance(event, core.AccountAdded) for event in found):
                return

    def _datagram(self, datagram: Datagram) -> None:
        if not self._powered:
            return
        if datagram.destination_port != PORT_PUSH:
            secure = " (secure push needs WTLS, which is not spoken here)"
            which = f"{datagram.destination_port}{secure * (datagram.destination_port == PORT_PUSH_SECURE)}"
            self._diary.ignore("push", f"it came to port {which}; WAP push is {PORT_PUSH}")
            return
        try:
            push = wsp.decode(datagram.data)
        except CodecError as error:
            self._diary.ignore("push", str(error))
            return
        self._push(push)

    def _not_taken(self, reason: str) -> None:
        """What came to the device's own terminal, and was answered as a mistake."""
        if self._powered:
            self._diary.ignore("push", reason)

    def _push(self, push: wsp.Push) -> None:
        if not self._powered:
            return
        learn(self.bench, push.body)
        now = self.bench.now()
        events = self.device.receive_push(push.media_type, push.application_id, push.body, now)
        self._happened("push", events)

    # -- what follows

    def _happened(self, what: str, events: Iterable[core.DeviceEvent]) -> None:
        for event in events if self._powered else ():
            match event:
                case core.AccountAdded(server_id=server_id, uri=uri):
                    self._diary.tell(f"account for {server_id} at {uri}", server_id=server_id, uri=uri)
                case core.AccountRemoved(server_id=server_id, uri=uri):
                    self._diary.tell(f"account for {server_id} removed", server_id=server_id, uri=uri)
                case core.SessionDue():
                    self._sessions.want(event)
                case core.PushIgnored(reason=reason) | core.BootstrapRefused(reason=reason):
                    self._diary.ignore(what, reason)
                case core.Happened(text=text):
                    self._diary.tell(text)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the device will not do is a step that cannot be done."""
    try:
        yield
    except SessionError as error:
        raise CannotDo(str(error)) from error
