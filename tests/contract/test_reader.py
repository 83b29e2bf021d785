"""What every reader does: the virtual one, and PC/SC with a virtual card behind pcscd and vpcd."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

import pytest

from hil.card.dialogue import run
from hil.card.image import CardImage
from hil.card.reader import Reader
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.virtual import VirtualReader
from hil.card.watch import SlotEvent, Watch, Watchable
from hil.errors import PartBroke, PartError, PartMissing
from simulator.bootstrap.apdu import exchange
from simulator.bootstrap.card import read_bootstrap
from tests import pcscd
from tests.peers import require

MESSAGE = bytes(range(256)) * 2


def card(removed_after: int | None = None, **layout: object) -> Uicc:
    return build(
        CardImage.model_validate(
            {
                "iccid": "8988211000000430010",
                "bootstrap": {"message": MESSAGE.hex()},
                "layout": layout,
                "faults": {"removed_after": removed_after},
            }
        )
    )


class Slot(Reader, Watchable, Protocol):
    def insert(self, uicc: Uicc) -> None: ...

    def remove(self) -> None: ...


@pytest.fixture(params=["virtual", pytest.param("vpcd", marks=pytest.mark.pcsc)])
def slot(request: pytest.FixtureRequest) -> Iterator[Slot]:
    made: Slot
    if request.param == "virtual":
        made = VirtualReader()
    else:
        require("pcscd", "vpcd", "pyscard")
        from hil.card.vpcd import VpcdReader

        made = VpcdReader(port=pcscd.shared().port)
    yield made
    made.disconnect()
    made.remove()


def test_no_card(slot: Slot) -> None:
    with pytest.raises(PartMissing, match="card") as caught:
        slot.connect()
    assert "insert" in (caught.value.hint or "")


def test_connect_gives_the_atr(slot: Slot) -> None:
    uicc = card()
    slot.insert(uicc)
    assert slot.connect() == uicc.atr
    assert slot.connect() == uicc.atr
    assert slot.reset() == uicc.atr


def test_an_answer_comes_as_the_card_gives_it(slot: Slot) -> None:
    slot.insert(card())
    slot.connect()
    assert slot.transmit(bytes.fromhex("00A4000C022FE2")) == b"\x90\x00"
    assert slot.transmit(bytes.fromhex("00B000000A")).hex() == "988812010000400310f09000"
    assert slot.transmit(bytes.fromhex("00A4000C021234")) == b"\x6a\x82"
    # Without Le the data waits behind 61xx, which nobody resolves on the way.
    assert slot.transmit(bytes.fromhex("00A40004023F00"))[0] == 0x61


def test_a_reset_closes_channels(slot: Slot) -> None:
    slot.insert(card())
    slot.connect()
    assert slot.transmit(bytes.fromhex("0070000001")) == b"\x01\x90\x00"
    assert slot.transmit(bytes.fromhex("01A4000C023F00")) == b"\x90\x00"
    slot.reset()
    assert slot.transmit(bytes.fromhex("01A4000C023F00")) == b"\x68\x81"


def test_a_bootstrap_is_read(slot: Slot) -> None:
    slot.insert(card())
    slot.connect()
    found = run(read_bootstrap(), slot)
    assert found.iccid == "8988211000000430010"
    assert found.messages == [MESSAGE + b"\xff" * 32]


def test_a_card_that_goes_while_it_is_read(slot: Slot) -> None:
    slot.insert(card(removed_after=9))
    slot.connect()
    with pytest.raises(PartBroke, match="removed") as caught:
        run(read_bootstrap(), slot)
    assert caught.value.hint


def test_a_card_pulled_out_by_hand_and_another_inserted(slot: Slot) -> None:
    slot.insert(card())
    slot.connect()
    slot.remove()
    with pytest.raises(PartBroke, match="removed"):
        slot.transmit(bytes.fromhex("00A4000C023F00"))
    slot.disconnect()
    with pytest.raises(PartMissing):
        slot.connect()
    slot.insert(card())
    slot.connect()
    assert run(read_bootstrap(), slot).iccid == "8988211000000430010"


def test_a_new_card_is_not_the_old_one(slot: Slot) -> None:
    slot.insert(card())
    slot.connect()
    slot.remove()
    slot.insert(card())
    with pytest.raises(PartBroke, match=r"removed|reset|let go"):
        slot.transmit(bytes.fromhex("00A4000C023F00"))


def test_after_disconnect_there_is_nothing_to_talk_to(slot: Slot) -> None:
    slot.insert(card())
    slot.connect()
    slot.disconnect()
    slot.disconnect()
    with pytest.raises(PartError):
        slot.transmit(bytes.fromhex("00A4000C023F00"))


def test_an_extended_command_and_its_long_answer(slot: Slot) -> None:
    """ISO/IEC 7816-3 §12.1.3, cases 2E, 3E and 4E."""
    slot.insert(card())
    slot.connect()
    slot.transmit(bytes.fromhex("00A404000CA000000063504B43532D3135"))
    assert slot.transmit(bytes.fromhex("00A4000C026431")) == b"\x90\x00"
    assert slot.transmit(bytes.fromhex("00B00000000200")) == MESSAGE + b"\x90\x00"
    # Nobody may write here, and the card has to have understood the command to say so.
    assert slot.transmit(bytes.fromhex("00D6000000012C") + bytes(300)) == b"\x69\x82"
    found = run(exchange(bytes.fromhex("00A400040000023F000000")), slot)
    assert found.ok
    assert found.data[0] == 0x62


def test_61xx_and_6cxx_are_followed_above_the_seam(slot: Slot) -> None:
    slot.insert(card(over_read="6cxx", answers="61xx"))
    slot.connect()
    select, read = bytes.fromhex("00A40004022FE200"), bytes.fromhex("00B0000000")
    assert slot.transmit(select)[0] == 0x61
    assert slot.transmit(read) == b"\x6c\x0a"
    assert run(exchange(select), slot).data[0] == 0x62
    assert run(exchange(read), slot).data.hex() == "988812010000400310f0"


def seen(watch: Watch, count: int) -> list[SlotEvent]:
    """What a watch tells, until ``count`` things have happened."""
    events: list[SlotEvent] = []
    deadline = time.monotonic() + 10
    while len(events) < count and time.monotonic() < deadline:
        events += watch.next(1.0)
    return events


def test_insertion_and_removal_are_seen_as_they_happen(slot: Slot) -> None:
    watch = slot.watch()
    try:
        assert watch.next(0) == []
        uicc = card()
        slot.insert(uicc)
        assert [(event.what, event.atr) for event in seen(watch, 1)] == [("inserted", uicc.atr)]
        assert watch.next(0.05) == []
        slot.remove()
        assert [(event.what, event.reader) for event in seen(watch, 1)] == [("removed", slot.name)]
        slot.insert(uicc)
        slot.remove()
        slot.insert(uicc)
        told = seen(watch, 1) + watch.next(0)
        assert [event.what for event in told][-1] == "inserted"
    finally:
        watch.close()
        watch.close()
    assert watch.next(0) == []


def test_a_command_takes_no_40_milliseconds(slot: Slot) -> None:
    """Two hundred commands would take 8 s where TCP waits for acknowledgements."""
    slot.insert(card())
    slot.connect()
    began = time.monotonic()
    for _ in range(200):
        slot.transmit(bytes.fromhex("80F2000C"))
    assert time.monotonic() - began < 3
