"""What every card part does whose cards are images: in process, and behind pcscd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.account import Account
from hil.bench import Bench
from hil.card import report
from hil.card.part import ImagePart
from hil.clock import JumpingClock
from hil.errors import PartBroke, PartMissing
from hil.part import kinds_of
from hil.rig import kinds
from hil.scheduler import Scheduler
from hil.trace.recorder import Recorder
from tests import pcscd
from tests.peers import require

VARIABLES = {**Account().variables(), "server.url": "http://127.0.0.1:4711/dm"}


def bench(folder: Path) -> Bench:
    clock = JumpingClock()
    return Bench(Scheduler(clock), Recorder(clock.now), 1, Account(), "generic", folder)


@pytest.fixture(params=["virtual", pytest.param("vpcd", marks=pytest.mark.pcsc)])
def part(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ImagePart]:
    settings: dict[str, object] = {}
    if request.param == "vpcd":
        require("pcscd", "vpcd", "pyscard")
        settings["port"] = pcscd.shared().port
    kinds.load("card", request.param)
    cls = kinds_of("card")[request.param]
    made = cls(cls.Settings.model_validate(settings), bench(tmp_path))
    assert isinstance(made, ImagePart)
    made.start()
    yield made
    made.remove()
    made.stop()
    made.stop()


def test_insert_read_swap_remove(part: ImagePart) -> None:
    assert {"card.insert", "card.remove"} <= part.capabilities
    assert part.jumps
    part.insert("operator-sim", VARIABLES)
    found = report.read_card(part.reader())
    assert [account["server"] for each in found.messages for account in each.accounts] == ["dm.example.com"]
    assert part.identity()["image"] == "operator-sim"
    part.insert("bare-sim")
    assert report.read_card(part.reader()).iccid == "8988211000000430028"
    assert part.quiet()


def test_removed_while_in_use(part: ImagePart) -> None:
    part.insert("bare-sim")
    part.reader().connect()
    part.remove()
    with pytest.raises(PartBroke):
        part.reader().transmit(bytes.fromhex("00A4000C023F00"))
    part.reader().disconnect()


@pytest.mark.pcsc
def test_the_pcsc_part_reads_what_is_in_the_reader(tmp_path: Path) -> None:
    require("pcscd", "vpcd", "pyscard")
    from hil.card.pcsc import PcscCard, PcscSettings
    from hil.card.vpcd import VpcdReader

    port = pcscd.shared().port
    with pytest.raises(PartMissing, match="'Gemalto"):
        PcscCard(PcscSettings(reader="Gemalto*"), bench(tmp_path)).start()
    part = PcscCard(PcscSettings.model_validate({"reader": "Virtual*", "wait": "1 s"}), bench(tmp_path))
    assert not part.jumps
    assert "card.insert" not in part.capabilities
    part.start()
    hand = VpcdReader(port=port)
    from hil.card.image import load_image
    from hil.card.uicc.build import build

    hand.insert(build(load_image("bare-sim")))
    try:
        assert report.read_card(part.reader()).iccid == "8988211000000430028"
        assert part.identity() == {"reader": "Virtual PCD 00 00"}
    finally:
        part.stop()
        hand.remove()
