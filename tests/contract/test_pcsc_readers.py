"""Several readers of one pcscd, and several programs at one card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hil.card.image import load_image
from hil.card.pcsc import PcscReader
from hil.card.pcsc_context import ReaderState, matching
from hil.card.pcsc_watch import changes
from hil.card.uicc.build import build
from hil.card.vpcd import VpcdReader
from hil.errors import PartBroke, PartMissing, UsageError
from tests import pcscd
from tests.peers import require

SELECT_MF = bytes.fromhex("00A4000C023F00")


@pytest.fixture
def hands() -> Iterator[tuple[VpcdReader, VpcdReader]]:
    """Two virtual slots, empty."""
    require("pcscd", "vpcd", "pyscard")
    port = pcscd.shared().port
    first, second = VpcdReader(port=port), VpcdReader("Virtual PCD ?? 01", port=port + 1)
    yield first, second
    for hand in (first, second):
        hand.disconnect()
        hand.remove()


@pytest.mark.pcsc
def test_of_several_readers_the_one_with_a_card_is_taken(hands: tuple[VpcdReader, VpcdReader]) -> None:
    _, second = hands
    reader = PcscReader("virtual*", 0)
    assert len(reader.find()) == 2
    with pytest.raises(PartMissing, match="no card"):
        reader.connect()
    second.insert(build(load_image("bare-sim")))
    reader.connect()
    assert reader.name == "Virtual PCD 00 01"
    reader.disconnect()


@pytest.mark.pcsc
def test_two_that_match_and_have_cards_are_listed(hands: tuple[VpcdReader, VpcdReader]) -> None:
    for hand in hands:
        hand.insert(build(load_image("bare-sim")))
    with pytest.raises(UsageError) as caught:
        PcscReader("Virtual*", 0).connect()
    assert "Virtual PCD 00 00, Virtual PCD 00 01" in str(caught.value)
    exact = PcscReader("Virtual PCD 00 01", 0)
    exact.connect()
    assert exact.name == "Virtual PCD 00 01"
    exact.disconnect()


@pytest.mark.pcsc
def test_a_card_that_one_has_to_itself_is_refused_to_others(hands: tuple[VpcdReader, VpcdReader]) -> None:
    first, _ = hands
    first.insert(build(load_image("bare-sim")))
    other, own = PcscReader(first.name, 0), PcscReader(first.name, 0, exclusive=True)
    other.connect()
    with pytest.raises(PartBroke, match="another program holds the card"):
        own.connect()
    other.disconnect()
    own.connect()
    own.reset()
    with pytest.raises(PartBroke, match="another program holds the card"):
        other.connect()
    assert own.transmit(SELECT_MF) == b"\x90\x00"
    own.disconnect()
    other.connect()
    assert other.transmit(SELECT_MF) == b"\x90\x00"
    other.disconnect()


def states(*names: str) -> list[ReaderState]:
    return [ReaderState(name, False, b"") for name in names]


@pytest.mark.parametrize(
    ("pattern", "means"),
    [
        ("*", ["Gemalto PC [CCID] 00 00", "ACS ACR38U 00 00"]),
        ("gemalto*", ["Gemalto PC [CCID] 00 00"]),
        ("Gemalto PC [CCID] 00 0?", ["Gemalto PC [CCID] 00 00"]),
        ("ACS ACR38U 00 00", ["ACS ACR38U 00 00"]),
        ("ACR38", []),
    ],
)
def test_a_pattern(pattern: str, means: list[str]) -> None:
    known = states("Gemalto PC [CCID] 00 00", "ACS ACR38U 00 00")
    assert [state.name for state in matching(pattern, known)] == means


def test_what_led_from_one_state_to_the_other() -> None:
    def told(before: list[ReaderState], after: list[ReaderState]) -> list[str]:
        return [f"{event.reader} {event.what}" for event in changes(before, after)]

    empty, full = ReaderState("A", False, b"", 1), ReaderState("A", True, b"\x3b", 2)
    assert told([empty], [full]) == ["A inserted"]
    assert told([full], [ReaderState("A", False, b"", 3)]) == ["A removed"]
    assert told([full], [full]) == []
    # Pulled out and put back between two looks: only the count tells.
    assert told([full], [ReaderState("A", True, b"\x3b", 4)]) == ["A removed", "A inserted"]
    assert told([full], []) == ["A removed", "A detached"]
    assert told([], [full]) == ["A attached", "A inserted"]
