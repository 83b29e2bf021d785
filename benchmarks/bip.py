"""A page of 30 kB from the card's web server, by the BIP gateway and pcscd, beside the bare loop of its APDUs.

    python benchmarks/bip.py

Both sides go through pyscard, pcscd and vpcd to a card that is a process of its own. Ours is an HTTP client at
`dmrig card gateway`, from connecting to the last octet. Theirs is a loop over pyscard alone that sends the very
APDUs of one such page (ENVELOPE, FETCH, TERMINAL RESPONSE) to the same card, which answers as it did to us: it has
to take the request and say the page again, and only the number of each command is copied into its response. So
what the card needs is in both, as it would be with a real card, and what differs is the gateway. TLS cannot be
said again: there, and below each row of the others, the loop talks to a card that does nothing but answer from a
list. The aim, 0.6 of the bare loop's speed, is 1.67 of its time.

Time is the wall's, the best of several, the sides taking turns; one step follows the other through four processes,
so that whatever else runs on the machine counts several times. Below it: the processor time of all processes
together, which is what the wall shows on a quiet machine.

With an argument it is the card: ``bip.py card PORT`` or ``bip.py list PORT FILE``.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.report import heading, note, row

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from hil.card.gateway.gateway import BipGateway  # noqa: E402
from hil.card.gateway.settings import ANY_PORTS, GatewaySettings  # noqa: E402
from hil.card.pcsc import PcscReader  # noqa: E402
from hil.card.vpcd import VpcdCard  # noqa: E402
from simulator.codes.apdu import Ins  # noqa: E402
from simulator.codes.cat import PORT_SCWS, PORT_SCWS_TLS  # noqa: E402
from tests.pcscd import Pcscd, pcscd  # noqa: E402
from tests.peers import missing  # noqa: E402
from tests.scws import PATH, card  # noqa: E402

BODY = os.urandom(30_000)
ROUNDS, TURNS = 20, 3
AIM = 1 / 0.6
READER = "Virtual PCD ?? 00"

TICK = 1000 / os.sysconf("SC_CLK_TCK")

Exchange = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one page, in milliseconds."""

    wall: float
    processor: float


@dataclass(frozen=True, slots=True)
class Page:
    """What crosses the seam: from power-on to the channel's being open, and of one page."""

    before: list[Exchange]
    seen: list[Exchange]


class Tap(PcscReader):
    """Keeps what crosses it."""

    def __init__(self) -> None:
        super().__init__(READER, 10)
        self.seen: list[Exchange] = []

    def transmit(self, apdu: bytes) -> bytes:
        answer = super().transmit(apdu)
        self.seen.append((apdu.hex(), answer.hex()))
        return answer


class ListCard:
    """Answers from a list, from its beginning after a reset, and again when it is through."""

    def __init__(self, answers: list[bytes]) -> None:
        self.atr = card().atr
        self._answers = answers
        self._at = 0

    def reset(self) -> bytes:
        self._at = 0
        return self.atr

    def process(self, apdu: bytes) -> bytes:
        answer = self._answers[self._at % len(self._answers)]
        self._at += 1
        return answer


def be_a_card(kind: str, port: int, path: str | None) -> None:
    if kind == "card":
        made = card(BODY_FILE.read_bytes(), plain="served")
    else:
        assert path is not None
        made = ListCard([bytes.fromhex(answer) for _, answer in json.loads(Path(path).read_text())])  # type: ignore[assignment]
    served = VpcdCard(made, port=port)
    print("here", flush=True)
    sys.stdin.read()
    served.close()


BODY_FILE = Path(tempfile.gettempdir(), f"dmrig-bip-{os.environ.get('BIP_BODY', os.getpid())}")


@contextmanager
def a_card(running: Pcscd, *said: str) -> Iterator[int]:
    """Its process."""
    process = subprocess.Popen(
        [sys.executable, __file__, said[0], str(running.port), *said[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "BIP_BODY": str(os.getpid())},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        assert PcscReader(READER).wait_for(present=True, seconds=10)
        yield process.pid
    finally:
        process.communicate("", timeout=10)
        assert PcscReader(READER).wait_for(present=False, seconds=10)


def measured(action: Callable[[], object], *processes: int) -> Cost:
    """``processes``: those that work for it, beside this one."""
    times = []
    used = processor_time(os.getpid(), *processes)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return Cost(min(times) * 1000, (processor_time(os.getpid(), *processes) - used) / ROUNDS)


def processor_time(*processes: int) -> float:
    """Milliseconds so far, in user and system mode."""
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in processes]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) * TICK


def page(address: tuple[str, int], context: ssl.SSLContext | None) -> None:
    client: http.client.HTTPConnection
    if context is None:
        client = http.client.HTTPConnection(*address, timeout=20)
    else:
        client = http.client.HTTPSConnection(*address, timeout=20, context=context)
    client.request("GET", PATH)
    assert client.getresponse().read() == BODY
    client.close()


def context_for(port: int) -> ssl.SSLContext | None:
    if port != PORT_SCWS_TLS:
        return None
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def through_gateway(port: int, others: Sequence[int], *arguments: str) -> Cost:
    """The gateway is a process of its own, as its users have it."""
    command = [sys.executable, "-m", "hil", "card", "gateway", "--json", "--reader", READER]
    with subprocess.Popen(
        [*command, "--port", "0", "--plain-port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = "".join(iter(process.stdout.readline, "}\n")) + "}"
        host, _, own = json.loads(said)["urls"][str(port)][0].rpartition("//")[2].rpartition(":")
        try:
            return measured(lambda: page((host, int(own)), context_for(port)), process.pid, *others)
        finally:
            process.terminate()
            process.communicate()


def apdus_of(port: int) -> Page:
    tap = Tap()
    with BipGateway(tap, GatewaySettings(ANY_PORTS)) as gateway:
        address = gateway.address(port)
        assert address is not None
        time.sleep(0.2)  # until the card has opened its other channels
        before = list(tap.seen)
        page(address, context_for(port))
        time.sleep(0.2)  # until the card has closed the connection
        return Page(before, tap.seen[len(before) :])


@contextmanager
def bare(crossed: Page, *, again: bool) -> Iterator[Callable[[], object]]:
    """The same APDUs over pyscard alone. ``again``: to a card that has to be in step with them."""
    from smartcard import scard

    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _, names = scard.SCardListReaders(context, [])
    protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    code, handle, protocol = scard.SCardConnect(context, names[0], scard.SCARD_SHARE_SHARED, protocols)
    assert code == 0
    pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

    def say(commands: list[list[int]]) -> list[list[int]]:
        answers = []
        number = 0
        for apdu in commands:
            if apdu[1] == Ins.TERMINAL_RESPONSE:
                apdu[7] = number
            _, response = scard.SCardTransmit(handle, pci, apdu)
            if apdu[1] == Ins.FETCH:
                number = response[5 if response[1] == 0x81 else 4]
            answers.append(response)
        return answers

    try:
        if again:
            say([[*bytes.fromhex(command)] for command, _ in crossed.before])
        commands = [[*bytes.fromhex(command)] for command, _ in crossed.seen]
        lengths = [len(answer) // 2 for _, answer in crossed.seen]
        assert [len(answer) for answer in say(commands)] == lengths, "the card is not in step"
        yield lambda: say(commands)
    finally:
        scard.SCardDisconnect(handle, scard.SCARD_UNPOWER_CARD)
        scard.SCardReleaseContext(context)


def of_the_same_card(crossed: Page, *processes: int) -> Cost:
    with bare(crossed, again=True) as loop:
        return measured(loop, *processes)


def of_a_list(running: Pcscd, crossed: Page) -> Cost:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as kept:
        json.dump(crossed.seen, kept)
        kept.flush()
        with a_card(running, "list", kept.name) as pid, bare(crossed, again=False) as loop:
            return measured(loop, pid, running.pid)


def best(costs: Sequence[Cost]) -> Cost:
    return Cost(min(each.wall for each in costs), min(each.processor for each in costs))


def speed(milliseconds: float) -> str:
    return f"{len(BODY) / milliseconds:,.0f} KB/s"


def main() -> None:
    left_out = {peer: package for peer in ("pcscd", "vpcd", "pyscard") if (package := missing(peer))}
    if left_out:
        print(f"left out: {', '.join(left_out)} missing; apt-get install {' '.join(left_out.values())}")
        return
    heading("ms for 30 kB, best of several")
    BODY_FILE.write_bytes(BODY)
    try:
        with pcscd() as running:
            os.environ["PCSCLITE_CSOCK_NAME"] = str(running.socket)
            measured_rows = []
            with a_card(running, "card") as pid:
                for what, port, arguments in (
                    ("HTTP through gateway and pcscd", PORT_SCWS, ()),
                    ("the same, with the trace on", PORT_SCWS, ("-v",)),
                    ("HTTPS, handshake and all", PORT_SCWS_TLS, ()),
                ):
                    crossed = apdus_of(port)
                    ours, theirs = [], []
                    for _ in range(TURNS):
                        ours.append(through_gateway(port, (pid, running.pid), *arguments))
                        if port == PORT_SCWS:
                            theirs.append(of_the_same_card(crossed, pid, running.pid))
                    measured_rows.append((what, crossed, best(ours), best(theirs) if theirs else None))
            for what, crossed, our, their in measured_rows:
                listed = of_a_list(running, crossed)
                beside = their or listed
                row(f"{what} / bare loop of its {len(crossed.seen)} APDUs", our.wall, beside.wall, round(AIM, 2))
                note(f"{speed(our.wall)} beside {speed(beside.wall)}: {beside.wall / our.wall:.2f} of it")
                row("    processor time of all processes", our.processor, beside.processor, round(AIM, 2))
                if their is not None:
                    note(f"beside a card that answers from a list: {listed.wall / our.wall:.2f} of it")
    finally:
        BODY_FILE.unlink()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        be_a_card(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
    else:
        main()
