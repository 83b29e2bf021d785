"""What a card has and does not hand over is not gone: the accounts that it brought stay (DM Bootstrap §5.5.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hil.bench import Bench
from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.virtual import VirtualReader
from hil.device.card import CardHabits, CardUse
from hil.errors import CardGone
from hil.trace.recorder import Recorder
from simulator.bootstrap import message as bootstraps
from simulator.bootstrap.card import CardBootstrap
from simulator.bootstrap.policy import CardPolicy
from simulator.device import AccountAdded, AccountRemoved, Device
from simulator.device.origins import UNTOLD
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ICCID = "8988211000000430010"
CARD, OTHER = f"card:{ICCID}", "card:8988211000000430044"
URI = "./DMAcc/dm.example.com"
MESSAGE = bootstraps.build(dmacc.AccountData("dm.example.com", "http://dm.example.com/dm", "Operator"))

ODF, DODF, FILE = "5031", "6430", "6431"
PINNED: dict[str, Any] = {"layout": {"read": "pin"}, "pins": [{"key": "01", "value": "1234"}]}
BLOCKED: dict[str, Any] = {"layout": {"read": "pin"}, "pins": [{"key": "01", "value": "1234", "left": 0}]}

Answer = Callable[[bytes], bytes | None]


def card(**words: Any) -> Uicc:
    said = {"iccid": ICCID, "imsi": "001010123456789", "bootstrap": [{"message": MESSAGE.hex()}], **words}
    return build(CardImage.model_validate(said))


class WrongReader(VirtualReader):
    """A reader whose card answers something else, now and then."""

    def __init__(self, uicc: Uicc, wrong: Answer) -> None:
        super().__init__()
        self._wrong = wrong
        self.insert(uicc)

    def transmit(self, apdu: bytes) -> bytes:
        answer = super().transmit(apdu)
        wrong = self._wrong(apdu)
        return answer if wrong is None else wrong


def never(apdu: bytes) -> None:
    """A card with which nothing is wrong."""


def refusing(fid: str, sw: int) -> Answer:
    """SELECTs of that file, by whatever path, are refused."""
    return lambda apdu: sw.to_bytes(2, "big") if apdu[1] == 0xA4 and fid in apdu[5:].hex() else None


def use(
    uicc: Uicc, wrong: Answer = never, habits: Mapping[str, Any] | None = None
) -> tuple[str | None, CardBootstrap]:
    """What a device has of its card."""
    reader = WrongReader(uicc, wrong)
    part = SimpleNamespace(reader=lambda: reader, without_waiting=nullcontext)
    bench = SimpleNamespace(recorder=Recorder(lambda: NOW), part=lambda role, contract: part)
    habit = CardHabits.model_validate(habits or {})
    return CardUse(habit, cast(Bench, bench)).read(lambda text: None, lambda what, why: None)


def device() -> Device:
    """One with the account of the card; the server has gone on with the nonce."""
    dev = Device(standard.model(DevInfo("IMEI:1", "dmrig", "generic", "1.3", "en")), random=bytes)
    assert isinstance(dev.power_on(CARD, [MESSAGE], NOW)[0], AccountAdded)
    dev.tree.replace(f"{URI}/Name", "as the server left it")
    return dev


def take(dev: Device, origin: str | None, found: CardBootstrap) -> list[object]:
    return list(dev.power_on(origin, found.messages, NOW, whole=not found.unread))


UNREAD: dict[str, tuple[Callable[[], Uicc], Answer]] = {
    "a PIN that nobody enters": (lambda: card(**PINNED), never),
    "a PIN that is blocked": (lambda: card(**BLOCKED), never),
    "files that are deactivated": (lambda: card(faults={"deactivated": True}), never),
    "EF(ODF) that is refused": (card, refusing(ODF, 0x6F00)),
    "EF(DODF) that is refused": (card, refusing(DODF, 0x6985)),
    "a message that is refused": (card, refusing(FILE, 0x6581)),
    "a message that breaks off, of a size that is not told": (
        lambda: card(layout={"sizes": False, "padding_size": 600}),
        lambda apdu: b"\x6f\x00" if apdu[1:4] == b"\xb0\x00\xff" else None,
    ),
    "a message that is refused, on a SIM": (
        lambda: card(layout={"mode": "sim", "application": "df"}),
        refusing(FILE, 0x9240),
    ),
    "the application refused": (card, refusing("a000000063", 0x6F00)),
    "EF(DIR) and the application refused": (
        card,
        lambda apdu: refusing("2f00", 0x6F00)(apdu) or refusing("a000000063", 0x6A82)(apdu),
    ),
    "EF(ODF) that is damaged": (card, lambda apdu: b"\xa7\x7f\x30\x90\x00" if at_first_file(apdu) else None),
    "EF(ODF) that ends early": (card, lambda apdu: b"\x62\x82" if at_first_file(apdu) else None),
    "EF(ODF) that is a directory": (
        card,
        lambda apdu: b"\x62\x04\x82\x02\x78\x21\x90\x00" if refusing(ODF, 1)(apdu) else None,
    ),
    "the ICCID refused": (card, refusing("2fe2", 0x6F00)),
    "half an ICCID": (card, lambda apdu: b"\x98\x88\x12\x62\x82" if apdu.hex() == "00b000000a" else None),
    "an ICCID that is none": (card, lambda apdu: b"\xaa" * 10 + b"\x90\0" if apdu.hex() == "00b000000a" else None),
    "nonsense": (card, lambda apdu: b"\x90" if apdu[:2] == b"\x01\xb0" else None),
    "nonsense from the beginning": (card, lambda apdu: b"\x61\x10"),
}


def at_first_file(apdu: bytes) -> bool:
    """The first READ BINARY on the channel of the bootstrap is EF(ODF)'s."""
    return apdu[:4] == b"\x01\xb0\0\0" and apdu[4] < 0x40


@pytest.mark.parametrize("row", UNREAD)
def test_what_is_not_read_is_not_gone(row: str) -> None:
    uicc, wrong = UNREAD[row]
    origin, found = use(uicc(), wrong)
    assert origin in (CARD, UNTOLD)
    assert found.unread
    dev = device()
    assert [event for event in take(dev, origin, found) if isinstance(event, AccountRemoved | AccountAdded)] == []
    assert dev.tree.value(f"{URI}/Name") == "as the server left it"
    # The next time it reads well, and nothing has changed.
    assert take(dev, *use(card())) == []
    assert dev.tree.value(f"{URI}/Name") == "as the server left it"


GONE: dict[str, tuple[Callable[[], Uicc], Answer]] = {
    "no application": (lambda: card(layout={"application": "none"}), never),
    "no application on a SIM": (lambda: card(layout={"application": "none", "mode": "sim"}), never),
    "no EF(ODF)": (card, refusing(ODF, 0x6A82)),
    "no EF(DODF)": (card, refusing(DODF, 0x6A82)),
    "no file": (card, refusing(FILE, 0x6A82)),
    "no file, and paths are not understood": (
        card,
        lambda apdu: refusing(FILE, 0x6A86 if apdu[2] == 0x08 else 0x6A82)(apdu),
    ),
    "no message": (lambda: card(bootstrap=[]), never),
    "an erased file": (lambda: card(faults={"truncated": 9999}), never),
    "another card that is not read": (lambda: card(iccid=OTHER[5:], **PINNED), never),
    "another card that answers nonsense": (
        lambda: card(iccid=OTHER[5:]),
        lambda apdu: b"\x90" if apdu[:2] == b"\x01\xb0" else None,
    ),
    "a card without an ICCID": (lambda: card(iccid=None, layout={"application": "none"}), never),
}


@pytest.mark.parametrize("row", GONE)
def test_what_is_not_there_is_gone(row: str) -> None:
    uicc, wrong = GONE[row]
    dev = device()
    assert take(dev, *use(uicc(), wrong)) == [AccountRemoved("dm.example.com", URI, CARD)]


def test_a_way_that_is_not_understood_says_less_than_a_refusal() -> None:
    _, found = use(card(), lambda apdu: refusing(FILE, 0x6A82 if apdu[2] == 0x08 else 0x6F00)(apdu))
    assert found.unread == ["EF(DM_Bootstrap) 6431"]
    assert "6F00" in found.notes[-1]


def test_the_other_messages_of_the_card_are_taken() -> None:
    """The file that can be read brings its account, whatever is wrong with its neighbour."""
    second = bootstraps.build(dmacc.AccountData("two.example.com", "http://two.example.com/dm"))
    uicc = card(bootstrap=[{"message": MESSAGE.hex()}, {"message": second.hex()}])
    dev = device()
    events = take(dev, *use(uicc, refusing(FILE, 0x6F00)))
    assert isinstance(events[0], AccountAdded)
    assert sorted(a.server_id for a in dmacc.accounts(dev.tree)) == ["dm.example.com", "two.example.com"]


def silent(uicc: Uicc, *, pulled: bool) -> Answer:
    """It stops in the midst of the bootstrap's application; ``pulled``: because it is out of the reader."""

    def answer(apdu: bytes) -> None:
        if apdu[:2] == b"\x01\xb0":
            if pulled:
                uicc.behaviour = card(faults={"removed_after": 0}).behaviour
                return
            raise CardGone("the card does not answer")

    return answer


def test_a_card_that_falls_silent_is_there_as_long_as_it_is_in_the_reader() -> None:
    uicc = card()
    dev = device()
    origin, found = use(uicc, silent(uicc, pulled=False))
    assert (origin, found.messages) == (CARD, [])
    assert take(dev, origin, found) == []
    origin, found = use(uicc, silent(uicc, pulled=True))
    assert origin is None
    assert take(dev, origin, found) == [AccountRemoved("dm.example.com", URI, CARD)]


@pytest.mark.parametrize(
    ("lock", "iccid", "origin"),
    [
        ({"lock_imsi": "00101"}, ICCID, CARD),
        ({"lock_imsi": "00101", "lock_iccid": "89882110000004300"}, OTHER[5:], OTHER),
        ({"lock_imsi": "00101", "lock_iccid": "8911"}, ICCID, None),
    ],
)
def test_a_lock_that_cannot_read_the_identity_costs_no_account(
    lock: dict[str, str], iccid: str, origin: str | None
) -> None:
    """The IMSI wants a PIN: the card is not used, and may be the right one, unless its ICCID says otherwise."""
    seen, found = use(card(iccid=iccid, **PINNED), habits=lock)
    assert found.rejected is not None
    assert (seen, found.messages) == (origin, [])
    removed = take(device(), seen, found)
    assert removed == ([] if seen == CARD else [AccountRemoved("dm.example.com", URI, CARD)])


def test_an_identity_that_is_another_networks_is_no_doubt() -> None:
    policy = CardPolicy(imsi=("00101",), iccid=("8911",))
    assert policy.mismatch(ICCID, None) == policy.refusal(ICCID, None) is not None
    assert policy.mismatch(None, None) is None


def test_a_pin_that_was_right_is_right_though_the_card_breaks_then() -> None:
    uicc = card(**PINNED)
    reader = WrongReader(uicc, lambda apdu: b"\x90" if breaks and apdu[:2] == b"\x01\xb0" else None)
    part = SimpleNamespace(reader=lambda: reader, without_waiting=nullcontext)
    bench = SimpleNamespace(recorder=Recorder(lambda: NOW), part=lambda role, contract: part)
    cards = CardUse(CardHabits.model_validate({"pin": "1234"}), cast(Bench, bench))
    breaks = True
    assert cards.read(lambda text: None, lambda what, why: None)[1].messages == []
    breaks = False
    assert cards.read(lambda text: None, lambda what, why: None)[1].messages == [MESSAGE]


def test_a_card_that_could_not_say_who_it_is_brings_an_account_once() -> None:
    dev = Device(standard.model(DevInfo("IMEI:1", "dmrig", "generic", "1.3", "en")), random=bytes)
    origin, found = use(card(), refusing("2fe2", 0x6F00))
    assert origin == UNTOLD
    assert isinstance(take(dev, origin, found)[0], AccountAdded)
    assert take(dev, origin, found) == []
    # It has said it: what it brought is its own now.
    events = take(dev, *use(card()))
    assert [type(event) for event in events[:2]] == [AccountRemoved, AccountAdded]
    assert take(dev, *use(card())) == []


@pytest.mark.parametrize("sizes", [True, False])
def test_a_message_behind_what_can_be_reached(sizes: bool) -> None:
    """READ BINARY has fifteen bits for the offset (TS 102 221 §11.1.3): what begins behind them is not empty."""
    big = bootstraps.build(dmacc.AccountData("dm.example.com", "http://dm.example.com/" + "d" * 0x4000))
    entries = [{"message": each.hex()} for each in (big, MESSAGE)]
    _, found = use(card(bootstrap=entries, layout={"extent": "index", "sizes": sizes}))
    begins = f"EF(DM_Bootstrap) 6431: the path to it begins at byte {len(big)}"
    assert found.notes[-1] == f"{begins}, and READ BINARY reaches no further than 32768 bytes"
    assert "is empty" not in "; ".join(found.notes)
    assert found.unread == ["EF(DM_Bootstrap) 6431"]
