"""Wireshark reads a whole exchange of the toolkit as it was meant: profile, commands, responses, events."""

from __future__ import annotations

import http.client
import subprocess
from pathlib import Path

import pytest

from hil.card.gateway.gateway import BipGateway
from hil.card.gateway.settings import ANY_PORTS, GatewaySettings
from hil.card.gateway.terminal import ABILITIES
from hil.card.virtual import VirtualReader
from hil.clock import JumpingClock
from hil.trace.mask import Masker
from hil.trace.pcapng import write_pcapng
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from simulator.codes.cat import Ability
from tests.peers import require
from tests.scws import MESSAGE, PATH, card

pytestmark = pytest.mark.tshark

NAMES = {
    Ability.PROFILE_DOWNLOAD: "Profile Download",
    Ability.EVENT_DATA_AVAILABLE: "Event: Data Available",
    Ability.EVENT_CHANNEL_STATUS: "Event: Channel Status",
    Ability.TCP_SERVER: "TCP server mode",
}
"""Wireshark's; the others are called after the proactive command."""


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """One GET over plain HTTP, which Wireshark can see into."""
    kept: list[Record] = []
    recorder = Recorder(JumpingClock().now)
    recorder.subscribe(kept.append)
    slot = VirtualReader()
    slot.insert(card(plain="served"))
    with BipGateway(slot, GatewaySettings(ANY_PORTS), recorder) as gateway:
        address = gateway.address(3516)
        assert address is not None
        client = http.client.HTTPConnection(*address, timeout=10)
        client.request("GET", PATH)
        assert client.getresponse().read() == MESSAGE
        client.close()
    return kept


def dissected(path: Path, records: list[Record], masker: Masker) -> list[list[str]]:
    """What Wireshark says of the card's exchanges: one list of lines for each."""
    require("tshark")
    write_pcapng(path, records, masker)
    command = ["tshark", "-r", str(path), "-V", "-Y", "gsm_sim"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    packets: list[list[str]] = []
    for line in done.stdout.splitlines():
        if line.startswith("Frame "):
            packets.append([])
        if packets:  # a comment of the first one comes before it
            packets[-1].append(line.strip())
    return packets


def test_the_terminal_profile(tmp_path: Path, records: list[Record]) -> None:
    profile = dissected(tmp_path / "x.pcapng", records, Masker())[0]
    supported = {line.partition(" = ")[2] for line in profile if line.endswith(": Supported")}
    names = [NAMES.get(each, f"Proactive SIM: {each.name.replace('_', ' ')}") for each in ABILITIES]
    expected = {f"{name}: Supported" for name in names}
    assert supported == expected
    assert any(line.endswith("Number of Channels: 7") for line in profile)


def test_every_exchange(tmp_path: Path, records: list[Record]) -> None:
    told = [record for record in records if record.fields.get("toolkit") and record.kind == "apdu"][1:]
    packets = dissected(tmp_path / "x.pcapng", records, Masker())[1:]
    assert len(packets) == len(told) > 15
    for record, packet in zip(told, packets, strict=True):
        text = "\n".join(packet)
        assert "Malformed" not in text
        said = record.fields["toolkit"]
        assert isinstance(said, dict)
        if "command" in said:
            assert f"Command Type: {said['command']} (" in text
        else:
            assert f"Event: {str(said['event']).capitalize()} (" in text
        if "result" in said:
            assert "Result: Command performed successfully (0x00)" in text
    opened = "\n".join(packets[2])
    for line in (
        "Transport protocol type: TCP, UICC in server mode (0x03)",
        "Transport port: 4116",
        "Buffer Size: 1500",
    ):
        assert line in opened


def channel_data(packets: list[list[str]]) -> bytes:
    """What the card sent, as Wireshark has it."""
    sent = b""
    for packet in packets:
        if any(line.startswith("Command Type: SEND DATA") for line in packet):
            for line in packet:
                if line.startswith("Channel data: "):
                    sent += bytes.fromhex(line.removeprefix("Channel data: ").removesuffix("…"))
    return sent


def test_what_was_sent_is_hidden_unless_the_user_asks(tmp_path: Path, records: list[Record]) -> None:
    hidden = channel_data(dissected(tmp_path / "x.pcapng", records, Masker()))
    assert hidden
    assert set(hidden) == {0xFF}
    shown = channel_data(dissected(tmp_path / "y.pcapng", records, Masker(show_all=True)))
    assert shown.startswith(b"HTTP/1.1 200")
