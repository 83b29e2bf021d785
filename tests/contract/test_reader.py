"""What every reader does: virtual, through PC/SC, in a modem in three ways, and recorded."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from hil.card.dialogue import run
from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.watch import SlotEvent, Watch, Watchable
from hil.errors import CannotDo, PartBroke, PartError, PartMissing
from simulator.bootstrap.apdu import exchange
from simulator.bootstrap.card import read_bootstrap
from tests.card_slots import KINDS, Kind, ModemSlot, RecordingSlot, Slot

MESSAGE = bytes(range(256)) * 2
SELECT_MF = bytes.fromhex("00A4000C023F00")

Card = Callable[..., Uicc]


def card(removed_after: int | None = None, **layout: object) -> Uicc:
    return build(
        CardImage.model_validate(
            {
                "iccid": "8988211000000430010",
                "imsi": "001010123456789",
                "bootstrap": {"message": MESSAGE.hex()},
                "layout": layout,
                "faults": {"removed_after": removed_after},
            }
        )
    )


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.pcsc if name == "vpcd" else ()) for name in KINDS])
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def make(kind: Kind) -> Card:
    """Makes a card whose bootstrap this kind of reader can reach."""
    return lambda **wanted: card(**{**kind.layout, **wanted})


@pytest.fixture
def slot(request: pytest.FixtureRequest, kind: Kind, make: Card) -> Iterator[Slot]:
    made = kind.make()
    if isinstance(made, RecordingSlot):
        # The same test once before, to have something to play back to it.
        given = {"slot": made, "kind": kind, "make": make}
        request.function(**{name: given[name] for name in inspect.signature(request.function).parameters})
        made = made.replay() if made.events else made
    yield made
    made.disconnect()
    made.remove()
    if isinstance(made, ModemSlot):
        made.close()


def test_no_card(slot: Slot) -> None:
    with pytest.raises(PartMissing, match="card") as caught:
        slot.connect()
    assert "insert" in (caught.value.hint or "")


def test_connect_gives_the_atr(slot: Slot, kind: Kind, make: Card) -> None:
    uicc = make()
    atr = uicc.atr if kind.atr else b""
    slot.insert(uicc)
    assert slot.connect() == atr
    assert slot.connect() == atr
    assert slot.reset() == atr


def test_an_answer_comes_as_the_card_gives_it(slot: Slot, kind: Kind, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    assert slot.transmit(bytes.fromhex("00A4000C022FE2")) == b"\x90\x00"
    assert slot.transmit(bytes.fromhex("00B000000A")).hex() == "988812010000400310f09000"
    assert slot.transmit(bytes.fromhex("00A4000C021234")) == b"\x6a\x82"
    # Without Le the data waits behind 61xx, which nobody resolves on the way.
    described = slot.transmit(bytes.fromhex("00A40004023F00"))
    assert described[0] == (0x61 if kind.raw else 0x62)


def test_a_reset_closes_channels(slot: Slot, kind: Kind, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    opened = slot.transmit(bytes.fromhex("0070000001"))
    if not kind.channels:
        assert opened == b"\x68\x81"
        return
    assert opened[1:] == b"\x90\x00"
    select = opened[:1] + SELECT_MF[1:]
    assert slot.transmit(select) == b"\x90\x00"
    slot.reset()
    assert slot.transmit(select) == b"\x68\x81"
    assert slot.transmit(SELECT_MF) == b"\x90\x00"


def test_a_channel_is_closed_again(slot: Slot, kind: Kind, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    for _ in range(6 if kind.channels else 0):
        number = slot.transmit(bytes.fromhex("0070000001"))[:1]
        assert slot.transmit(number + SELECT_MF[1:]) == b"\x90\x00"
        assert slot.transmit(bytes.fromhex("007080") + number) == b"\x90\x00"
        assert slot.transmit(number + SELECT_MF[1:]) == b"\x68\x81"


def test_what_is_selected_on_one_channel_stays_on_another(slot: Slot, kind: Kind, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    assert slot.transmit(bytes.fromhex("00A4000C022FE2")) == b"\x90\x00"
    if kind.channels:
        number = slot.transmit(bytes.fromhex("0070000001"))[:1]
        pkcs15 = number + bytes.fromhex("A4040C0CA000000063504B43532D3135")
        assert slot.transmit(pkcs15) == b"\x90\x00"
        assert slot.transmit(number + bytes.fromhex("A4000C025031")) == b"\x90\x00"
        assert slot.transmit(number + bytes.fromhex("B0000001")) == b"\xa7\x90\x00"
    assert slot.transmit(bytes.fromhex("00B000000A")).hex() == "988812010000400310f09000"


def test_an_application_that_is_not_there(slot: Slot, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    assert slot.transmit(bytes.fromhex("00A4040C0CA000000063504B43532D3136")) == b"\x6a\x82"
    assert slot.transmit(bytes.fromhex("00A4040007A000000087100200"))[-2:-1] in (b"\x90", b"\x61", b"\x6a")


def test_a_bootstrap_is_read(slot: Slot, kind: Kind, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    found = run(read_bootstrap(), slot)
    assert found.iccid == "8988211000000430010"
    assert found.imsi == ("001010123456789" if kind.imsi else None)
    assert found.messages == [MESSAGE + b"\xff" * 32]


def test_a_card_that_goes_while_it_is_read(slot: Slot, make: Card) -> None:
    slot.insert(make(removed_after=9))
    slot.connect()
    with pytest.raises(PartBroke, match="removed") as caught:
        run(read_bootstrap(), slot)
    assert caught.value.hint


def test_a_card_pulled_out_by_hand_and_another_inserted(slot: Slot, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    slot.remove()
    with pytest.raises(PartBroke, match="removed"):
        slot.transmit(SELECT_MF)
    slot.disconnect()
    with pytest.raises(PartMissing):
        slot.connect()
    slot.insert(make())
    slot.connect()
    assert run(read_bootstrap(), slot).iccid == "8988211000000430010"


def test_a_new_card_is_not_the_old_one(slot: Slot, kind: Kind, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    slot.remove()
    slot.insert(make())
    if not kind.notices:
        slot.transmit(SELECT_MF)
        return
    with pytest.raises(PartBroke, match=r"removed|reset|let go|not there any more"):
        slot.transmit(SELECT_MF)


def test_after_disconnect_there_is_nothing_to_talk_to(slot: Slot, make: Card) -> None:
    slot.insert(make())
    slot.connect()
    slot.disconnect()
    slot.disconnect()
    with pytest.raises(PartError):
        slot.transmit(SELECT_MF)


def test_an_extended_command_and_its_long_answer(slot: Slot, kind: Kind, make: Card) -> None:
    """ISO/IEC 7816-3 §12.1.3, cases 2E, 3E and 4E."""
    slot.insert(make())
    slot.connect()
    if not kind.extended:
        with pytest.raises(CannotDo, match="extended"):
            slot.transmit(bytes.fromhex("00B00000000200"))
        return
    slot.transmit(bytes.fromhex("00A404000CA000000063504B43532D3135"))
    assert slot.transmit(bytes.fromhex("00A4000C026431")) == b"\x90\x00"
    assert slot.transmit(bytes.fromhex("00B00000000200")) == MESSAGE + b"\x90\x00"
    # Nobody may write here, and the card has to have understood the command to say so.
    assert slot.transmit(bytes.fromhex("00D6000000012C") + bytes(300)) == b"\x69\x82"
    found = run(exchange(bytes.fromhex("00A400040000023F000000")), slot)
    assert found.ok
    assert found.data[0] == 0x62


def test_61xx_and_6cxx_are_followed_above_the_seam(slot: Slot, kind: Kind, make: Card) -> None:
    slot.insert(make(over_read="6cxx", answers="61xx"))
    slot.connect()
    select, read = bytes.fromhex("00A40004022FE200"), bytes.fromhex("00B0000000")
    if kind.raw:
        assert slot.transmit(select)[0] == 0x61
        assert slot.transmit(read) == b"\x6c\x0a"
    assert run(exchange(select), slot).data[0] == 0x62
    read_all = run(exchange(read), slot)
    assert read_all.data.hex() == "988812010000400310f0" or read_all.sw == 0x670A
    assert run(exchange(read[:4] + b"\x0a"), slot).data.hex() == "988812010000400310f0"


def seen(watch: Watch, count: int) -> list[SlotEvent]:
    """What a watch tells, until ``count`` things have happened."""
    events: list[SlotEvent] = []
    deadline = time.monotonic() + 10
    while len(events) < count and time.monotonic() < deadline:
        events += watch.next(1.0)
    return events


def test_insertion_and_removal_are_seen_as_they_happen(slot: Slot, kind: Kind, make: Card) -> None:
    if not kind.watched:
        assert not hasattr(slot, "watch")
        return
    watch = cast("Watchable", slot).watch()
    try:
        assert watch.next(0) == []
        uicc = make()
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


def test_a_command_takes_no_40_milliseconds(slot: Slot, make: Card) -> None:
    """Two hundred commands would take 8 s where TCP waits for acknowledgements."""
    slot.insert(make())
    slot.connect()
    began = time.monotonic()
    for _ in range(200):
        slot.transmit(bytes.fromhex("80F2000C"))
    assert time.monotonic() - began < 3
