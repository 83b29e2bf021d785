"""What issuers do and what goes wrong with cards, one row each: words of an image, and what a device does then.

A device reads each as at its first power-on, and once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from hil.card.dialogue import run
from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.virtual import VirtualReader
from hil.errors import PartBroke
from simulator.bootstrap.card import CardBootstrap, read_bootstrap
from simulator.device import AccountAdded, BootstrapRefused, Device
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ICCID = "8988211000000430010"


def account(name: str) -> dict[str, Any]:
    return {
        "account": {"server_id": f"{name}.example.com", "address": f"http://{name}.example.com/dm", "name": name}
    }


ONE, TWO = account("one"), account("two")


@dataclass(frozen=True)
class Row:
    name: str
    layout: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    servers: tuple[str, ...] = ("one.example.com",)
    """Of the accounts that the device then has."""
    refused: int = 0
    note: str = ""
    """What is told, if anything has to be."""


SIM = {"application": "df", "mode": "sim"}
BOTH = {"bootstrap": [ONE, TWO]}
TWO_SERVERS = ("one.example.com", "two.example.com")
BIG = {"padding_size": 40_000}
PIN = {"pins": [{"key": "01", "value": "1234"}]}
BLOCKED = {"pins": [{"key": "01", "value": "1234", "left": 0}]}

ROWS = [
    Row("no EF(DIR)", {"dir": "none"}, note="EF(DIR) is not readable"),
    Row("no EF(DIR), and the issuer's AID", {"dir": "none", "aid_suffix": "0101"}),
    Row("EF(DIR) without path", {"dir": "without path"}),
    Row("EF(DIR) without path, of a DF", {"dir": "without path", "application": "df"}),
    Row("a SIM without EF(DIR)", {"dir": "none", **SIM}),
    Row("an AID longer than 12 bytes", {"aid_suffix": "01020304"}),
    Row("an AID longer than 12 bytes, of a DF", {"aid_suffix": "01020304", "application": "df"}),
    Row("foreign DODFs first", {"foreign_dodf": True}),
    Row("opaqueDO", {"shape": "opaque"}),
    Row("oidDO", {"shape": "oid"}),
    Row("a double-encoded OID, opaqueDO", {"shape": "opaque"}, {"double_encoded_oid": True}, note="encoded twice"),
    Row("a double-encoded OID, oidDO", {"shape": "oid"}, {"double_encoded_oid": True}, note="encoded twice"),
    Row("other OMA OIDs next to ours", {"foreign_objects": True}),
    *(Row(f"{paths} paths", {"paths": paths}) for paths in ("absolute", "relative", "3FFF", "7FFF")),
    *(
        Row(f"{paths} paths of a SIM", {"paths": paths, **SIM})
        for paths in ("absolute", "relative", "3FFF", "7FFF")
    ),
    Row(
        "index and length",
        {"extent": "index"},
        more=BOTH,
        servers=TWO_SERVERS,
    ),
    Row("a file of more than 256 bytes", {"padding_size": 600}),
    Row("a file of more than 32 KiB", BIG, note="no more than 32768 bytes are read of a file"),
    Row(
        "a file of more than 32 KiB on a SIM",
        {**BIG, "application": "df", "mode": "sim"},
        note="32768 bytes are read",
    ),
    *(Row(f"padding: {padding}", {"padding": padding}) for padding in ("none", "FF", "00")),
    Row("garbage as padding", {"padding": "garbage"}, note="that are no padding follow the message"),
    Row("direct data", {"answers": "direct"}),
    Row("61xx", {"answers": "61xx"}),
    *(
        Row(
            f"READ BINARY beyond the end: {word}",
            {"over_read": word, "sizes": False},
            more=BOTH,
            servers=TWO_SERVERS,
        )
        for word in ("short", "6cxx", "6282")
    ),
    Row("a PIN is required", {"read": "pin"}, more=PIN, servers=(), note="the card wants PIN 1, 3 tries left"),
    Row("a PIN is blocked", {"read": "pin"}, more=BLOCKED, servers=(), note="PIN 1 is blocked"),
    Row("a PIN is required on a SIM", {"read": "pin", **SIM}, more=PIN, servers=()),
    Row("a deactivated file", faults={"deactivated": True}, servers=(), note="is deactivated"),
    Row("no logical channel", {"channels": 0}, note="6881"),
    Row("a slow card", faults={"slow": 3}),
    Row(
        "two messages, the second malformed",
        faults={"malformed": 2},
        more=BOTH,
        refused=1,
        note="no whole message",
    ),
    Row(
        "two messages, the first malformed",
        faults={"malformed": [1]},
        more=BOTH,
        servers=("two.example.com",),
        refused=1,
    ),
    Row(
        "another Source/LocURI",
        faults={"source": "http://elsewhere.example.com/dm"},
        servers=(),
        refused=1,
    ),
    Row(
        "a length before the message",
        faults={"length_header": True},
        servers=(),
        refused=1,
        note="two octets stand before a message",
    ),
]


def image(row: Row) -> CardImage:
    said: dict[str, Any] = {"iccid": ICCID, "imsi": "001010123456789", "bootstrap": [ONE], **row.more}
    return CardImage.model_validate({**said, "layout": row.layout, "faults": row.faults})


def read(card: CardImage, passed: list[float] | None = None) -> CardBootstrap:
    reader = VirtualReader()
    uicc = build(card)
    uicc.pause = (passed if passed is not None else []).append
    reader.insert(uicc)
    reader.connect()
    return run(read_bootstrap(), reader)


def device() -> Device:
    return Device(standard.model(DevInfo("IMEI:1", "dmrig", "generic", "1.3", "en")), random=bytes)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(row: Row) -> None:
    """The device has the accounts of the messages that are good, all of them and whole; again, nothing changes."""
    found = read(image(row))
    dev = device()
    events = dev.power_on(f"card:{ICCID}", found.messages, NOW)
    assert tuple(sorted(a.server_id for a in dmacc.accounts(dev.tree))) == row.servers
    assert sum(isinstance(event, BootstrapRefused) for event in events) == row.refused
    assert sum(isinstance(event, AccountAdded) for event in events) == len(row.servers)
    assert row.note in "; ".join(found.notes)
    again = dev.power_on(f"card:{ICCID}", read(image(row)).messages, NOW)
    assert all(isinstance(event, BootstrapRefused) for event in again)
    assert tuple(sorted(a.server_id for a in dmacc.accounts(dev.tree))) == row.servers


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({"answers": "61xx"}, "61"),
        ({"over_read": "short", "sizes": False}, "6B00"),
        ({"over_read": "6cxx", "sizes": False}, "6C"),
        ({"over_read": "6282", "sizes": False}, "6282"),
        ({"channels": 0}, "6881"),
        (SIM, "9F"),
    ],
    ids=str,
)
def test_the_device_meets_the_status_word(layout: Mapping[str, Any], said: str) -> None:
    """The rows about status words are about something: the device gets them to hear, and finds the same."""
    words: set[str] = set()

    class Overheard(VirtualReader):
        def transmit(self, apdu: bytes) -> bytes:
            answer = super().transmit(apdu)
            words.add(answer[-2:].hex().upper())
            return answer

    reader = Overheard()
    reader.insert(build(image(Row("", layout))))
    reader.connect()
    found = run(read_bootstrap(), reader)
    assert any(word.startswith(said) for word in words)
    assert found.messages == read(image(Row(""))).messages


def test_a_slow_card_takes_its_time() -> None:
    passed: list[float] = []
    read(image(Row("", faults={"slow": 3})), passed)
    assert set(passed) == {3}
    assert len(passed) > 10


def test_a_card_pulled_out_while_it_is_read() -> None:
    with pytest.raises(PartBroke, match="removed while it was in use"):
        read(image(Row("", faults={"removed_after": 15})))


def test_a_card_swapped_between_two_power_ons() -> None:
    """The old account goes with its card, the new one comes with its own."""
    dev = device()
    dev.power_on("card:1", read(image(Row(""))).messages, NOW)
    dev.power_on("card:2", read(image(Row("", more={"bootstrap": [TWO]}))).messages, NOW)
    assert [a.server_id for a in dmacc.accounts(dev.tree)] == ["two.example.com"]
    dev.power_on("card:3", read(image(Row("", {"application": "none"}))).messages, NOW)
    assert dmacc.accounts(dev.tree) == []


def test_the_same_card_with_one_message_less() -> None:
    dev = device()
    dev.power_on("card:1", read(image(Row("", more={"bootstrap": [ONE, TWO]}))).messages, NOW)
    dev.power_on("card:1", read(image(Row("", more={"bootstrap": [TWO]}))).messages, NOW)
    assert [a.server_id for a in dmacc.accounts(dev.tree)] == ["two.example.com"]


def test_a_card_that_the_device_does_not_care_about_takes_nothing_away() -> None:
    dev = device()
    dev.power_on("card:1", read(image(Row(""))).messages, NOW)
    assert dev.power_on(None, [], NOW, cards=False) == []
    assert [a.server_id for a in dmacc.accounts(dev.tree)] == ["one.example.com"]
