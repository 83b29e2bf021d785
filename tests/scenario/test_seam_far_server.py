"""A server known by its URL has faults on the way to it as the built-in one has: the device's side asks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from hil.account import Account
from hil.errors import ExitCode
from hil.faults import Way, What
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.check import obstacles
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from hil.server.config import account_of
from hil.server.engine import DmServer
from hil.server.front import Exchange, Front
from hil.server.settings import ANY_DEVICE, ServerSettings
from hil.server.store import MemoryStore
from hil.trace.record import Record

RIG = "server: {{kind: url, url: '{url}'}}\ncard: virtual\nmodem: virtual\npush: sms\ndevice: simulated\n"

SESSION = (
    "name: x\nsteps:\n  - card.insert: operator-sim\n  - fault: {fault}\n"
    "  - device.power_on\n  - expect.session: {{alert: 1201, within: 5 s}}\n"
)

MESSAGES = 1
"""Of a session without commands, in which the device's first credentials are right."""


class FarServer:
    """One with an account of the same words, of which the rig knows nothing else."""

    def __init__(self) -> None:
        engine = DmServer(
            ServerSettings(), MemoryStore({ANY_DEVICE: account_of(Account())}), random=random.Random(1).randbytes
        )
        self.errors: list[Exception] = []
        self.heard: list[bytes] = []
        self.said: list[bytes] = []
        self.front = Front(engine, now=lambda: datetime.now(UTC), failed=self.errors.append)
        self.front.watched = self._note

    def _note(self, exchange: Exchange) -> None:
        self.heard.append(exchange.body)
        self.said.append(exchange.reply.body)


@pytest.fixture
def far() -> Iterator[FarServer]:
    far = FarServer()
    far.front.host.start()
    yield far
    far.front.host.stop()
    assert not far.errors


CELLS: dict[tuple[What, Way], tuple[str, int, str]] = {
    (What.DROP, Way.REQUEST): ("", 0, "the connection was dropped"),
    (What.DROP, Way.ANSWER): ("", 1, "the connection was dropped"),
    (What.RESET, Way.REQUEST): ("", 0, "the connection was dropped (Connection reset by peer)"),
    (What.RESET, Way.ANSWER): ("", 1, "the connection was dropped (Connection reset by peer)"),
    (What.TRUNCATE, Way.REQUEST): ("keep: 9", 1, "the server answered HTTP 400"),
    (What.TRUNCATE, Way.ANSWER): ("keep: 9", 1, "the connection ended in the middle of the answer"),
    (What.DELAY, Way.REQUEST): ("by: 20 ms", MESSAGES, ""),
    (What.DELAY, Way.ANSWER): ("by: 20 ms", MESSAGES, ""),
    # The credentials of the second one are old, which takes a message more.
    (What.DUPLICATE, Way.REQUEST): ("", MESSAGES + 2, ""),
    (What.DUPLICATE, Way.ANSWER): ("", MESSAGES + 2, ""),
}
"""What is said besides, how many requests the server gets, and what the scenario comes to; empty: all is well."""


def play(tmp_path: Path, far: FarServer, what: What, way: Way, more: str = "") -> tuple[RunResult, list[Record]]:
    (tmp_path / "rig.yaml").write_text(RIG.format(url=far.front.host.url))
    fault = f"{{part: server, what: {what}, way: {way}{', ' * bool(more)}{more}}}"
    (tmp_path / "s.yaml").write_text(SESSION.format(fault=fault))
    records: list[Record] = []
    result = run_scenario(
        load_scenario(tmp_path / "s.yaml"),
        load_rig(str(tmp_path / "rig.yaml")),
        lambda recorder: recorder.subscribe(records.append),
    )
    told = [(record.part, record.text) for record in records if record.text.endswith("as it was asked for")]
    assert told == [("server", f"{what} of the {way}, as it was asked for")]
    return result, records


@pytest.mark.parametrize(("what", "way"), [cell for cell in product(What, Way) if cell[0] is not What.CORRUPT])
def test_every_fault_on_the_way_to_a_server_elsewhere(
    tmp_path: Path, far: FarServer, what: What, way: Way
) -> None:
    more, requests, says = CELLS[what, way]
    result, _ = play(tmp_path, far, what, way, more)
    assert len(far.heard) == requests
    assert result.passed == (not says), result.broken
    if result.broken is not None:
        assert result.broken.exit_code is ExitCode.EXPECTATION_FAILED
        assert says in result.broken.message


@pytest.mark.parametrize("way", list(Way))
def test_one_octet_is_another_one_on_the_way_to_a_server_elsewhere(
    tmp_path: Path, far: FarServer, way: Way
) -> None:
    """The trace has what the device said and what it heard: what comes of it is for the octet to say."""
    _, records = play(tmp_path, far, What.CORRUPT, way)
    crossed = [record.data for record in records if (record.part, record.kind) == ("server", "http")]
    assert octets_apart(crossed[0], far.heard[0]) == (way is Way.REQUEST)
    assert octets_apart(far.said[0], crossed[1]) == (way is Way.ANSWER)


def octets_apart(one: bytes, other: bytes) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def test_a_client_of_another_make_has_no_seam_to_a_server_elsewhere(tmp_path: Path) -> None:
    """The built-in server has it at its door, whoever comes."""
    (tmp_path / "s.yaml").write_text("name: x\nsteps:\n  - fault: {part: server, what: drop}\n")
    found = []
    for server in ("{kind: url, url: 'http://127.0.0.1:9/dm'}", "builtin"):
        (tmp_path / "rig.yaml").write_text(
            f"server: {server}\ncard: virtual\nmodem: virtual\npush: udp\n"
            "device: {kind: external, trigger: 'true', listen: {udp: '127.0.0.1:0'}}\n"
        )
        found.append(obstacles(load_scenario(tmp_path / "s.yaml"), load_rig(str(tmp_path / "rig.yaml"))))
    assert [["server.seam" in text for text in texts] for texts in found] == [[True], []]
