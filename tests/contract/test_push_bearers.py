"""One contract for every push bearer: what the network is given reaches the device, as often as it should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import pytest

from hil.bench import Bench
from hil.errors import CannotDo
from hil.listen.http import HttpListener
from hil.listen.settings import HttpSettings, Listen, UdpSettings
from hil.listen.udp import UdpListener
from hil.modem.datagram import Datagram
from hil.modem.part_virtual import VirtualModemPart, VirtualModemSettings
from hil.part import Part, PartSettings
from hil.push.arrange import ARRANGEMENTS, Arrangement
from hil.push.contract import Bearer, HttpTerminal, Meta
from hil.push.otahttp import OtaHttpPush, OtaHttpSettings
from hil.push.part import PushPart
from hil.push.senders.address import Endpoint
from hil.push.sms import SmsPush, SmsPushSettings
from hil.push.udp import UdpPush, UdpPushSettings
from simulator.codes.wsp import PORT_PUSH, PORT_PUSH_SECURE
from simulator.push.ota import to_fields
from simulator.push.wsp import Push, decode, dm_push
from tests.modem_bench import World

NOTIFICATION = dm_push("application/vnd.syncml.dm.notification", bytes(range(60)))
BOOTSTRAP = dm_push(
    "application/vnd.syncml.dm+wbxml", bytes(range(256)) * 2, parameters=[("SEC", 1), ("MAC", "0F" * 20)]
)
OLD = dm_push("application/vnd.syncml.notification", b"x" * 40)
OLD.headers += [
    ("Push-Flag", 4),
    ("X-Wap-Initiator-URI", "http://dm.example.com/"),
    ("Date", datetime(2026, 3, 1, 12, tzinfo=UTC)),
]
PUSHES = [NOTIFICATION, BOOTSTRAP, OLD]


class Device(Part):
    """Takes what comes, through the doors of the simulated device."""

    def __init__(self, bench: Bench, listen: Listen) -> None:
        super().__init__(PartSettings(), bench)
        self.on = True
        self.got: list[Push] = []
        self.elsewhere: list[Datagram] = []
        self.refused: list[str] = []
        post = bench.scheduler.post
        self.udp = UdpListener(
            {PORT_PUSH: 0, PORT_PUSH_SECURE: 0} if listen.udp else {}, post=post, take=self.datagram, now=bench.now
        )
        self.http = HttpListener(
            listen.http or HttpSettings(),
            post=post,
            take=self.got.append,
            refused=self.refused.append,
            there=lambda: self.on,
            now=bench.now,
            random=bench.random_for("terminal"),
        )

    def datagram(self, datagram: Datagram) -> None:
        if datagram.destination_port == PORT_PUSH:
            self.got.append(decode(datagram.data))
        else:
            self.elsewhere.append(datagram)

    def start(self) -> None:
        self.udp.start()
        self.http.start()

    def stop(self) -> None:
        self.udp.stop()
        self.http.stop()

    def quiet(self) -> bool:
        return self.udp.quiet() and self.http.quiet()

    def udp_sockets(self) -> dict[int, Endpoint]:
        return self.udp.sockets()

    def datagrams_taken(self) -> int:
        return self.udp.taken

    def wait_for_datagrams(self, count: int, seconds: float) -> bool:
        return self.udp.wait_for(count, seconds)

    def http_terminal(self) -> HttpTerminal:
        return self.http.terminal


class Air:
    """A bearer, and the device that it reaches."""

    def __init__(self, cls: type[PushPart[object]], settings: PartSettings, listen: Listen) -> None:
        self.world = World()
        bench = self.world.bench()
        self.modem = VirtualModemPart(VirtualModemSettings(), bench)
        self.device = Device(bench, listen)
        self.push = cls(settings, bench)
        self.parts: dict[str, Part] = {"modem": self.modem, "push": self.push, "device": self.device}
        bench.parts = self.parts
        bench.scheduler.watch(lambda: next((name for name, part in self.parts.items() if not part.quiet()), None))

    def __enter__(self) -> Air:
        for part in self.parts.values():
            part.start()
        self.modem.on_datagram(self.device.datagram)
        return self

    def __exit__(self, *_: object) -> None:
        for part in self.parts.values():
            part.stop()

    def deliver(self, push: bytes, meta: Meta | None = None) -> list[Push]:
        """Deliver, let happen what happens by itself, and return what the device got of it."""
        before, now = len(self.device.got), self.world.clock.now()
        cast("Bearer", self.push).deliver(push, *([meta] if meta else []))
        self.world.scheduler.settle()
        assert self.world.clock.now() == now
        return self.device.got[before:]


HTTP, DIGEST = HttpSettings(), HttpSettings(tls={}, http_auth="digest")  # type: ignore[arg-type]
BEARERS = {
    "sms": (SmsPush, SmsPushSettings(), Listen()),
    "udp": (UdpPush, UdpPushSettings(), Listen(udp=UdpSettings())),
    "http": (OtaHttpPush, OtaHttpSettings(), Listen(http=HTTP)),
    "http-direct-basic": (
        OtaHttpPush,
        OtaHttpSettings(form="direct"),
        Listen(http=HttpSettings(http_auth="basic")),
    ),
    "https-digest": (OtaHttpPush, OtaHttpSettings(), Listen(http=DIGEST)),
}


@pytest.fixture(params=BEARERS)
def air(request: pytest.FixtureRequest) -> Iterator[Air]:
    cls, settings, listen = BEARERS[request.param]
    with Air(cast("type[PushPart[object]]", cls), settings, listen) as made:
        yield made


def said(push: Push) -> tuple[list[tuple[str, str]], bytes]:
    """What a push says, whichever way it is written."""
    return to_fields(push), push.body


@pytest.mark.parametrize("push", PUSHES, ids=["notification", "bootstrap", "1.2"])
def test_a_push_arrives_as_it_was_without_time_passing(air: Air, push: Push) -> None:
    (got,) = air.deliver(push.encode())
    assert said(got) == said(push)
    assert got.application_id == 7


def test_pushes_keep_their_order(air: Air) -> None:
    bodies = [bytes([number]) * (40 + number) for number in range(20)]
    for body in bodies:
        cast("Bearer", air.push).deliver(dm_push(NOTIFICATION.content_type, body).encode())
    air.world.scheduler.settle()
    assert [push.body for push in air.device.got] == bodies


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_what_the_network_does_on_the_way(air: Air, arrangement: Arrangement) -> None:
    """Segments that come twice are one message; datagrams and requests that come twice are two."""
    pieces = 1 if air.push.kind != "sms" else 5
    copies = {"each twice": 2 if pieces == 1 else 1, "first missing": 0, "last missing": 0}.get(arrangement, 1)
    got = air.deliver(BOOTSTRAP.encode(), Meta(arrangement=arrangement))
    assert [push.body for push in got] == [BOOTSTRAP.body] * copies


def test_what_is_no_push_arrives_or_is_refused_before_anything_goes(air: Air) -> None:
    garbage = b"\x00\x01garbage"
    if isinstance(air.push, OtaHttpPush):
        with pytest.raises(CannotDo, match="no form in HTTP"):
            air.push.deliver(garbage)
        return
    air.push.deliver(garbage, Meta(PORT_PUSH_SECURE))
    air.world.scheduler.settle()
    assert [datagram.data for datagram in air.device.elsewhere] == [garbage]


def test_the_trace_has_what_went(air: Air) -> None:
    air.deliver(NOTIFICATION.encode())
    records = [record for record in air.world.records if record.part == "push"]
    assert all(record.kind in ("push", "http", "note") for record in records)
    assert any(NOTIFICATION.body in record.data and record.way == "in" for record in records)
    assert any(record.fields.get("bearer") == air.push.kind for record in records)


def test_a_device_that_is_off_gets_nothing_and_the_network_lives_on() -> None:
    cls, settings, listen = BEARERS["http"]
    with Air(cast("type[PushPart[object]]", cls), settings, listen) as air:
        air.device.on = False
        assert air.deliver(NOTIFICATION.encode()) == []
        assert any("not delivered: no answer" in text for text in air.world.texts("note"))
        air.device.on = True
        assert len(air.deliver(NOTIFICATION.encode())) == 1


@pytest.mark.parametrize("http_auth", ["basic", "digest"])
def test_a_gateway_with_another_password_delivers_nothing(http_auth: str) -> None:
    listen = Listen(http=HttpSettings(http_auth=http_auth))  # type: ignore[arg-type]
    settings = OtaHttpSettings(user="ppg", password="guessed")
    with Air(cast("type[PushPart[object]]", OtaHttpPush), settings, listen) as air:
        assert air.deliver(NOTIFICATION.encode()) == []
        assert any("refuses the credentials of 'ppg'" in text for text in air.world.texts("note"))


def test_what_is_for_another_application_is_answered_so() -> None:
    push = Push("text/vnd.wap.si", b"<si/>", headers=[("X-Wap-Application-Id", 2)])
    cls, settings, listen = BEARERS["http"]
    with Air(cast("type[PushPart[object]]", cls), settings, listen) as air:
        assert air.deliver(push.encode()) == []
        assert air.device.refused == ["the push is for the application 2"]
        (text,) = (text for text in air.world.texts("note") if "not delivered" in text)
        assert "HTTP 406, X-Wap-Push-Status 235" in text


def test_more_datagrams_than_a_device_reads_are_counted_and_some_lost() -> None:
    """A flood, from outside of the scheduler's thread, does not fill the memory."""
    cls, settings, listen = BEARERS["udp"]
    with Air(cast("type[PushPart[object]]", cls), settings, listen) as air:
        for _ in range(400):
            cast("Bearer", air.push).deliver(NOTIFICATION.encode())
        assert air.device.udp.taken == 400
        air.world.scheduler.settle()
        assert len(air.device.got) == 256
        assert len(air.deliver(NOTIFICATION.encode())) == 1
