"""The BIP gateway over every reader: in process, and through pyscard, pcscd and vpcd."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import pytest

from hil.card.gateway.gateway import BipGateway
from hil.card.gateway.settings import ANY_PORTS, GatewaySettings, TerminalFaults
from hil.card.virtual import VirtualReader
from hil.clock import JumpingClock
from hil.errors import CardGone, PartBroke, PartMissing
from hil.modem.virtual.contacts import Habits as ModemHabits
from hil.simaccess.ways import Habits
from hil.tls.run import RunCertificates
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from tests.card_slots import KINDS, ModemSlot, Slot
from tests.scws import MESSAGE, PATH, card

TLS, PLAIN = 4116, 3516


@pytest.fixture(params=["virtual", pytest.param("vpcd", marks=pytest.mark.pcsc)])
def slot(request: pytest.FixtureRequest) -> Iterator[Slot]:
    made = KINDS[request.param].make()
    yield made
    made.disconnect()
    made.remove()


@pytest.fixture(scope="module")
def certificates() -> Iterator[RunCertificates]:
    made = RunCertificates()
    yield made
    made.close()


def recorder() -> tuple[Recorder, list[Record]]:
    records: list[Record] = []
    made = Recorder(JumpingClock().now)
    made.subscribe(records.append)
    return made, records


def settings(**said: object) -> GatewaySettings:
    return GatewaySettings(**{"ports": ANY_PORTS, "open_seconds": 5.0, **said})  # type: ignore[arg-type]


def at(gateway: BipGateway, port: int) -> tuple[str, int]:
    address = gateway.address(port)
    assert address is not None
    return address


def get(
    gateway: BipGateway,
    certificates: RunCertificates | None,
    path: str = PATH,
    method: str = "GET",
    body: bytes = b"",
) -> tuple[int, bytes]:
    """Over TLS, or without certificates over plain HTTP."""
    client: http.client.HTTPConnection
    if certificates is None:
        client = http.client.HTTPConnection(*at(gateway, PLAIN), timeout=10)
    else:
        context = ssl.create_default_context(cafile=certificates.authority())
        client = http.client.HTTPSConnection(*at(gateway, TLS), timeout=10, context=context)
    with contextlib.closing(client):
        client.request(method, path, body or None)
        answer = client.getresponse()
        return answer.status, answer.read()


def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def test_https_to_the_card(slot: Slot, certificates: RunCertificates) -> None:
    slot.insert(card(certificates=certificates))
    with BipGateway(slot, settings()) as gateway:
        for _ in range(3):
            assert get(gateway, certificates) == (200, MESSAGE)
        assert get(gateway, certificates, path=f"{PATH}?x")[0] == 404
        assert get(gateway, certificates, method="PUT", body=b"x" * 5000)[0] == 405
        assert get(gateway, None)[0] == 403
        assert get(gateway, None, path="/")[0] == 200
        listened = at(gateway, TLS)
    assert gateway.error is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(listened, timeout=1)


@pytest.mark.parametrize("follows", [False, True])
def test_the_sim_inside_a_modem(follows: bool, certificates: RunCertificates) -> None:
    """By AT+CSIM on the basic channel, where the toolkit is."""
    slot = ModemSlot("csim", Habits(own_channel=False), ModemHabits(follows=follows, quotes=False))
    slot.insert(card(certificates=certificates))
    try:
        with BipGateway(slot, settings()) as gateway:
            assert get(gateway, certificates) == (200, MESSAGE)
    finally:
        slot.disconnect()
        slot.close()


def test_it_listens_on_loopback_alone(slot: Slot) -> None:
    slot.insert(card())
    with BipGateway(slot, settings()) as gateway:
        for addresses in gateway.ports().values():
            hosts = [host for host, _ in addresses]
            assert hosts in (["127.0.0.1", "::1"], ["127.0.0.1"])
            assert len({port for _, port in addresses}) == 1


def test_in_ipv6(certificates: RunCertificates) -> None:
    slot = VirtualReader()
    slot.insert(card(certificates=certificates, plain="served"))
    with BipGateway(slot, settings()) as gateway:
        addresses = gateway.ports()[PLAIN]
        if len(addresses) == 1:
            pytest.skip("this machine has no IPv6")
        client = http.client.HTTPConnection("::1", addresses[1][1], timeout=10)
        client.request("GET", PATH)
        assert client.getresponse().read() == MESSAGE


def test_a_large_body_byte_for_byte(slot: Slot, certificates: RunCertificates) -> None:
    large = bytes(range(256)) * 120
    slot.insert(card(large, certificates=certificates))
    with BipGateway(slot, settings()) as gateway:
        assert get(gateway, certificates) == (200, large)


def test_single_octets(certificates: RunCertificates) -> None:
    slot = VirtualReader()
    slot.insert(card(certificates=certificates, piece=1))
    with BipGateway(slot, settings()) as gateway:
        assert get(gateway, certificates) == (200, MESSAGE)


def test_one_client_at_a_time_and_the_others_wait(slot: Slot) -> None:
    slot.insert(card(plain="served"))
    made, records = recorder()

    def clients() -> int:
        return sum("a client at port" in record.text for record in records)

    with BipGateway(slot, settings(), made) as gateway, contextlib.ExitStack() as stack:
        first, *others = (
            stack.enter_context(socket.create_connection(at(gateway, PLAIN), timeout=10)) for _ in range(4)
        )
        for each in others:
            each.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        first.sendall(f"GET {PATH} HTTP/1.1\r\n".encode())
        until(lambda: any("RECEIVE DATA: ok" in record.text for record in records))
        assert clients() == 1
        first.sendall(b"Host: x\r\n\r\n")
        for each in (first, *others):
            assert MESSAGE in b"".join(iter(lambda each=each: each.recv(4096), b""))  # type: ignore[misc]
        assert clients() == 4


def test_both_channels_at_the_same_time(certificates: RunCertificates) -> None:
    slot = VirtualReader()
    slot.insert(card(certificates=certificates, plain="served"))
    with (
        BipGateway(slot, settings()) as gateway,
        socket.create_connection(at(gateway, PLAIN), timeout=10) as plain,
    ):
        plain.sendall(b"GET ")
        assert get(gateway, certificates) == (200, MESSAGE)
        plain.sendall(f"{PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert MESSAGE in b"".join(iter(lambda: plain.recv(4096), b""))


@pytest.mark.parametrize("rude", [False, True])
def test_a_client_that_goes_makes_room_for_the_next(slot: Slot, rude: bool) -> None:
    slot.insert(card(plain="served"))
    with BipGateway(slot, settings()) as gateway:
        for said in (b"", b"GET /", f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode()):
            client = socket.create_connection(at(gateway, PLAIN), timeout=10)
            client.sendall(said)
            if rude:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            client.close()
        assert get(gateway, None) == (200, MESSAGE)


def test_a_client_that_has_said_all_still_gets_its_answer() -> None:
    slot = VirtualReader()
    slot.insert(card(plain="served"))
    with (
        BipGateway(slot, settings()) as gateway,
        socket.create_connection(at(gateway, PLAIN), timeout=10) as client,
    ):
        client.sendall(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
        client.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: client.recv(4096), b"")).endswith(MESSAGE)


def test_a_client_that_does_not_read_is_dropped() -> None:
    """It would keep all others waiting: the card's SEND DATA cannot be answered."""
    slot = VirtualReader()
    slot.insert(card(bytes(1 << 20), certificates=None, plain="served", piece=0xF1))
    made, records = recorder()
    with BipGateway(slot, settings(send_seconds=0.1, faults=TerminalFaults(buffer=2000)), made) as gateway:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(at(gateway, PLAIN))
            client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            until(lambda: any("the link was dropped" in record.text for record in records), 20)
        assert get(gateway, None, path="/")[0] == 200


# -- the card


def test_no_card() -> None:
    with pytest.raises(PartMissing, match="no card"):
        BipGateway(VirtualReader(), settings()).start()


def test_a_card_that_opens_no_channel(slot: Slot) -> None:
    slot.insert(card(bip=False))
    with pytest.raises(PartMissing, match=r"has opened no channel in 0.3 s"):
        BipGateway(slot, settings(open_seconds=0.3)).start()


def test_a_busy_card_is_told_again(slot: Slot, certificates: RunCertificates) -> None:
    slot.insert(card(certificates=certificates, faults={"busy": 3}))
    made, records = recorder()
    with BipGateway(slot, settings(retry_seconds=0.002), made) as gateway:
        assert get(gateway, certificates) == (200, MESSAGE)
    told = [record.fields["sw"] for record in records if record.fields.get("instruction") == "ENVELOPE"]
    assert told[:8] == ["9300", "9300", "9300", "9000", "9300", "9300", "9300", "910E"]


def test_a_card_that_stays_busy_loses_its_client() -> None:
    slot = VirtualReader()
    slot.insert(card(plain="served", faults={"busy": 10**9}))
    made, records = recorder()
    patience = settings(retry_seconds=0.002, busy_seconds=0.05)
    with BipGateway(slot, patience, made) as gateway, pytest.raises((OSError, http.client.HTTPException)):
        get(gateway, None)
    assert any("the toolkit is busy" in record.text and record.kind == "note" for record in records)


def test_a_card_that_is_pulled_out(slot: Slot) -> None:
    slot.insert(card(plain="served"))
    gateway = BipGateway(slot, settings(poll_seconds=0.05))
    with gateway, socket.create_connection(at(gateway, PLAIN), timeout=10) as client:
        client.sendall(b"GET ")
        slot.remove()
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
        assert gateway.wait(5)
    assert isinstance(gateway.error, CardGone | PartBroke)
    assert "removed" in str(gateway.error)


def test_an_idle_card_is_polled() -> None:
    slot = VirtualReader()
    uicc = card()
    slot.insert(uicc)
    with BipGateway(slot, settings(poll_seconds=0.01)):
        served = uicc.served
        until(lambda: uicc.served > served + 5)


# -- what terminals do (hil/card/gateway/settings.py)


def with_faults(slot: Slot, certificates: RunCertificates, **faults: object) -> tuple[BipGateway, list[Record]]:
    slot.insert(card(certificates=certificates, plain="served"))
    made, records = recorder()
    return BipGateway(slot, settings(faults=TerminalFaults(**faults)), made), records  # type: ignore[arg-type]


def test_every_port_is_taken(slot: Slot, certificates: RunCertificates) -> None:
    slot.insert(card(certificates=certificates))
    made, records = recorder()
    busy = settings(faults=TerminalFaults(port_busy=True), open_seconds=0.3)
    with pytest.raises(PartMissing, match="opened no channel"):
        BipGateway(slot, busy, made).start()
    assert any("BIP error: the port is not available" in record.text for record in records)


def test_a_port_that_another_program_has(certificates: RunCertificates) -> None:
    slot = VirtualReader()
    slot.insert(card(certificates=certificates))
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = {TLS: other.getsockname()[1], PLAIN: 0}
        with BipGateway(slot, settings(ports=ports)) as gateway:
            assert gateway.address(TLS) is None
            assert get(gateway, None)[0] == 403


def test_a_storm_of_events(slot: Slot, certificates: RunCertificates) -> None:
    gateway, records = with_faults(slot, certificates, storm=20)
    with gateway:
        for _ in range(2):
            assert get(gateway, certificates) == (200, MESSAGE)
    assert sum("data available" in record.text for record in records) >= 40


def test_a_channel_that_is_closed_when_it_is_read(slot: Slot, certificates: RunCertificates) -> None:
    gateway, records = with_faults(slot, certificates, receive_closed=True)
    with gateway:
        for _ in range(2):
            with pytest.raises(OSError):
                get(gateway, None)
    assert any("BIP error: the channel is closed" in record.text for record in records)


def test_a_connection_that_drops_in_the_middle(slot: Slot, certificates: RunCertificates) -> None:
    gateway, records = with_faults(slot, certificates, dropped_after=200)
    with gateway:
        for _ in range(2):
            with pytest.raises((OSError, http.client.HTTPException)):
                get(gateway, None)
    assert any("the link was dropped" in record.text for record in records)


def test_a_smaller_buffer(slot: Slot, certificates: RunCertificates) -> None:
    slot.insert(card(certificates=certificates))
    made, records = recorder()
    with BipGateway(slot, settings(faults=TerminalFaults(buffer=100)), made) as gateway:
        assert get(gateway, certificates) == (200, MESSAGE)
    assert any("done with a modification, channel 1 listen, buffer 100" in record.text for record in records)
