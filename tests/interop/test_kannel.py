"""PAP to Kannel, a push gateway: what dmrig hands to it reaches a device, as a datagram and as SMS."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.errors import PartBroke
from hil.http.transport import TransportFailed
from hil.modem.virtual.profile import NUMBER
from hil.push.contract import Meta
from hil.push.senders.pap import PapSender, Settings
from hil.report.result import RunResult
from hil.scenario.play import play
from simulator.notification.message import MEDIA_TYPES
from simulator.push import wsp
from simulator.push.wsp import dm_push
from tests.kannel import AT, Kannel
from tests.loopback import own_address
from tests.modem_pair import two_modems
from tests.peers import require

pytestmark = [pytest.mark.kannel, pytest.mark.shows("PUSH-03", "NOTI-09")]

SCENARIO = """\
name: A push gateway wakes the device
steps:
  - card.insert: operator-sim
  - device.power_on
  - expect.session: {alert: 1201}
  - server.notify: {session: 7}
  - expect.session: {alert: 1200, id: "7", within: 20 s}
  - server.notify: {session: 8, format: "1.2", padding: 150}
  - expect.session: {alert: 1200, id: "8", within: 20 s}
"""


def run(folder: Path, push: str, modem: str, device: str) -> RunResult:
    (folder / "scenario.yaml").write_text(SCENARIO)
    (folder / "rig.yaml").write_text(
        f"server: builtin\ncard: virtual\nmodem: {modem}\npush: {push}\ndevice: {device}\n"
    )
    (result,) = play([str(folder / "scenario.yaml")], str(folder / "rig.yaml"), out=folder / "out", junit=None)
    return result


def pap(kannel: Kannel, to: str) -> str:
    settings = ", ".join(f"{name}: {value}" for name, value in kannel.settings(to=f'"{to}"').items())
    return f"{{kind: pap, {settings}}}"


def send(kannel: Kannel, to: str, **settings: str) -> object:
    sender = PapSender(to, Settings.model_validate(kannel.settings(**settings)))
    try:
        return sender.send(dm_push("application/vnd.syncml.dm.notification", b"x" * 40).encode(), Meta())
    finally:
        sender.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    """Without an SMSC: it has UDP alone."""
    require("kannel")
    with Kannel(tmp_path_factory.mktemp("kannel")) as kannel:
        yield kannel


def test_a_notification_goes_through_kannel_to_the_device_as_a_datagram(gateway: Kannel, tmp_path: Path) -> None:
    address = own_address()
    device = f"{{kind: simulated, listen: {{udp: {{address: {address}, port: 2948}}}}}}"
    result = run(tmp_path, pap(gateway, address), "virtual", device)
    assert result.passed, (result.message, result.broken, gateway.log("wapbox"))


def test_what_kannel_makes_of_a_push(gateway: Kannel) -> None:
    """Its own headers beside ours; the content as it was, octet for octet."""
    address = own_address()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.bind((address, 2948))
        device.settimeout(20)
        for media_type in sorted(MEDIA_TYPES):
            # What could be taken for a boundary, line ends, and NULs.
            body = bytes(range(256)) + b"\r\n--dmrig-pap--\r\n\r\n\0"
            sender = PapSender(address, Settings.model_validate(gateway.settings()))
            sent = sender.send(dm_push(media_type, body).encode(), Meta())
            sender.close()
            assert (sent.accepted, sent.details["code"]) == (True, 1001)
            datagram, (host, port) = device.recvfrom(65536)
            assert (host, port) == (gateway.address, 9200)
            push = wsp.decode(datagram)
            assert (push.content_type, push.application_id, push.body) == (media_type, 7, body)


def test_a_wrong_password_and_an_address_that_kannel_does_not_know(gateway: Kannel) -> None:
    with pytest.raises(TransportFailed, match="refuses the credentials of 'bench'"):
        send(gateway, "+15551230000", password="guessed")
    # For a while it takes nothing from this user now, and says so by 401 as well.
    with pytest.raises((TransportFailed, PartBroke)):
        send(gateway, "+15551230000", gateway=gateway.gateway + "/elsewhere")


def test_a_notification_goes_through_kannel_and_its_modem_to_the_device_as_sms(tmp_path: Path) -> None:
    """dmrig → PAP → Kannel → AT → virtual modem and its service centre → SMS → the device's modem: the digest is
    right, a session opens. The second one is too long for one SMS."""
    require("kannel")
    (tmp_path / "kannel").mkdir()
    with two_modems() as (kannels, devices):
        config = AT.format(device=kannels.path)
        with Kannel(tmp_path / "kannel", config, ready="AT SMSC successfully opened") as kannel:
            modem = f"{{kind: serial, port: {devices.path}}}"
            result = run(tmp_path, pap(kannel, NUMBER), modem, "simulated")
            assert result.passed, (result.message, result.broken, kannel.log("bearerbox"))
        assert len(kannels.smsc.submitted) == 3
