"""The driver of a serial modem on every kind of port, with the virtual modem behind: a pseudo-terminal, a terminal
server's socket, and RFC 2217."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hil.errors import PartBroke
from hil.modem import reading
from hil.modem.datagram import Datagram
from hil.modem.part_serial import SerialModemPart, SerialModemSettings
from hil.modem.served import ServedModem
from hil.modem.sms.tpdu import Submit
from hil.modem.virtual.profile import Profile
from tests.modem_bench import SENDER, started
from tests.terminal_server import TerminalServer

# pyserial 3.5 names and marks its RFC 2217 thread in the way that Python 3.10 deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")


class Socket:
    """Where modems of the same make are plugged in, one after the other; `name` stays."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind = kind
        self._link = folder / "modem"
        self._server: TerminalServer | None = None
        self._number = 0
        self.name = str(self._link)

    def plug_in(self, modem: ServedModem) -> None:
        if self._kind == "device":
            self._link.symlink_to(modem.path)
            return
        self._server = TerminalServer(modem.path, raw=self._kind == "socket", port=self._number)
        self.name, self._number = self._server.url, self._server.port

    def unplug(self) -> None:
        if self._server is not None:
            self._server.close()
        self._link.unlink(missing_ok=True)


@pytest.fixture(params=["device", "socket", "rfc2217"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Socket]:
    monkeypatch.setattr(reading, "REOPEN_SECONDS", 0.02)
    place = Socket(request.param, tmp_path)
    yield place
    with suppress(OSError):
        place.unplug()


@pytest.fixture
def modems() -> Iterator[list[ServedModem]]:
    made = [ServedModem(Profile(pin="4711"), lambda: datetime.now(UTC), lambda deadline: None) for _ in range(2)]
    for modem in made:
        modem.start()
    yield made
    for modem in made:
        modem.close()


def test_messages_come_and_go_and_the_modem_may_be_plugged_in_again(
    place: Socket, modems: list[ServedModem]
) -> None:
    first, second = modems
    place.plug_in(first)
    settings = SerialModemSettings(port=place.name, pin="4711", back_within=timedelta(seconds=30))
    with started(SerialModemPart, settings) as (world, part):
        got: list[Datagram] = []
        part.on_datagram(got.append)
        first.deliver(world.tpdus(b"one")[0])
        world.wait(lambda: len(got) == 1 and first.smsc.waiting == 0)
        answers: list[object] = []
        part.driver.submit(Submit(SENDER, b"up").encode(), answers.append)
        world.wait(lambda: bool(answers))
        assert first.smsc.submitted == [Submit(SENDER, b"up").encode()]

        place.unplug()
        first.close()
        world.wait(lambda: part.driver.away)
        # what the network has for the modem meanwhile waits for it
        second.deliver(world.tpdus(b"two")[0])
        place.plug_in(second)
        world.wait(lambda: len(got) == 2 and second.smsc.waiting == 0)
        # the new one had neither PIN nor +CNMI
        assert second.core.equipment.state.indications.mt == 2
        second.deliver(world.tpdus(b"three")[0])
        world.wait(lambda: len(got) == 3 and second.smsc.waiting == 0)
        assert [datagram.data for datagram in got] == [b"one", b"two", b"three"]


def test_one_that_must_not_go(place: Socket, modems: list[ServedModem]) -> None:
    place.plug_in(modems[0])
    settings = SerialModemSettings(port=place.name, pin="4711", back_within=timedelta())
    with started(SerialModemPart, settings) as (world, _):
        place.unplug()
        modems[0].close()
        with pytest.raises(PartBroke, match="has gone"):
            world.wait(lambda: False)
