"""PINs of cards: asked for when a file wants one, once, with the tries that are left; and cards turned down."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.card.dialogue import run
from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.virtual import VirtualReader
from hil.cli.main import cli
from simulator.bootstrap.card import CardBootstrap, read_bootstrap
from simulator.bootstrap.pin import PinRequest, reading_keys
from simulator.bootstrap.policy import CardPolicy
from simulator.errors import CardError
from tests.unit.test_card_bootstrap import ICCID, IMSI, MESSAGE, image, lead

PROTECTED = {"read": "pin"}
SIM = {"mode": "sim", "application": "df", "read": "pin"}


class Asked:
    """Whoever is asked: gives the same PIN each time, and remembers what was asked."""

    def __init__(self, pin: str | None = "1234") -> None:
        self.pin = pin
        self.requests: list[PinRequest] = []

    def __call__(self, request: PinRequest) -> str | None:
        self.requests.append(request)
        return self.pin


def read(card: CardImage | Uicc, asked: Asked | None = None, policy: CardPolicy | None = None) -> CardBootstrap:
    reader = VirtualReader()
    reader.insert(build(card) if isinstance(card, CardImage) else card)
    reader.connect()
    return run(read_bootstrap(asked, policy or CardPolicy()), reader)


def with_pins(*pins: Mapping[str, object], layout: Mapping[str, object] = PROTECTED) -> CardImage:
    return image(layout=layout, pins=list(pins))


@pytest.mark.parametrize("layout", [PROTECTED, SIM], ids=["UICC", "SIM"])
def test_a_pin_opens_everything_and_is_asked_for_once(layout: Mapping[str, object]) -> None:
    asked = Asked()
    found = read(image(layout=layout, pin="1234"), asked)
    assert (found.iccid, found.imsi, found.messages) == (ICCID, IMSI, [MESSAGE])
    assert asked.requests == [PinRequest(1, 3, ICCID)]
    assert found.notes == ["the card wants PIN 1, 3 tries left"]


def test_a_file_that_wants_none_is_no_reason_to_ask() -> None:
    asked = Asked()
    assert read(image(layout={"application": "none"}).model_copy(update={"imsi": None}), asked).messages == []
    assert read(image(), asked).imsi == IMSI  # the PIN is disabled
    assert asked.requests == []


@pytest.mark.parametrize("layout", [PROTECTED, SIM], ids=["UICC", "SIM"])
def test_a_wrong_pin_costs_one_try_and_no_more(layout: Mapping[str, object]) -> None:
    card, asked = build(image(layout=layout, pin="1234")), Asked("9999")
    found = read(card, asked)
    assert (found.messages, found.imsi) == ([], None)
    assert len(asked.requests) == 1
    assert card.pins[1].left == 2
    assert any(note.startswith("PIN 1 was wrong") and note.endswith("2 tries left") for note in found.notes)


@pytest.mark.parametrize("layout", [PROTECTED, SIM], ids=["UICC", "SIM"])
@pytest.mark.parametrize("left", [0, 1])
def test_the_counter_is_told_before_anything_is_tried(layout: Mapping[str, object], left: int) -> None:
    card, asked = build(with_pins({"key": "01", "value": "1234", "left": left}, layout=layout)), Asked(None)
    found = read(card, asked)
    assert found.messages == []
    assert asked.requests == ([PinRequest(1, 1, ICCID)] if left else [])
    assert card.pins[1].left == left
    said = "PIN 1, 1 try left" if left else "PIN 1 is blocked"
    assert any(said in note for note in found.notes)


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "１２３４"])
def test_what_is_no_pin_is_not_tried(pin: str) -> None:
    card = build(image(layout=PROTECTED, pin="1234"))
    assert "what was given is no PIN (4 to 8 digits), and was not tried" in read(card, Asked(pin)).notes
    assert card.pins[1].left == 3


FILES = [
    ("pin2", 0x81, "local PIN 1"),
    ("universal pin", 0x11, "the universal PIN"),
    ("pin 03", 0x03, "PIN 3"),
    ("adm or pin2", 0x81, "local PIN 1"),
]


@pytest.mark.parametrize("attributes", ["referenced", "expanded"])
@pytest.mark.parametrize(("rule", "key", "name"), FILES)
def test_the_file_says_which_pin_it_wants(rule: str, key: int, name: str, attributes: str) -> None:
    """By the rule in EF(ARR), or in its FCP."""
    card = build(protected(rule, attributes, {"key": f"{key:02X}", "value": "4321"}, {"key": "0A"}))
    asked = Asked("4321")
    found = read(card, asked)
    assert found.messages == [MESSAGE]
    assert asked.requests == [PinRequest(key, 3, ICCID)]
    assert found.notes[-1] == f"the card wants {name}, 3 tries left"


@pytest.mark.parametrize(
    ("rule", "told"), [("adm", "the issuer's key 0A"), ("never", "what its access rule does not name")]
)
def test_no_pin_is_asked_for_where_none_would_help(rule: str, told: str) -> None:
    asked = Asked()
    found = read(build(protected(rule, "referenced", {"key": "0A"})), asked)
    assert (found.messages, asked.requests) == ([], [])
    assert f"a file wants {told}: no PIN opens it" in found.notes


def protected(rule: str, attributes: str, *pins: Mapping[str, object]) -> CardImage:
    """A card whose bootstrap file has this access rule."""
    plain = build(image().model_copy(update={"imsi": None}))
    adf = next(iter(plain.mf.named()))
    files = [
        {
            "fid": f"{file.fid:04X}",
            "hex": bytes(file.content).hex(),  # type: ignore[union-attr]
            **({"read": rule, "attributes": attributes} if file.fid == 0x6431 else {}),
        }
        for file in adf.files.values()
        if file.fid in (0x5031, 0x6430, 0x6431)
    ]
    application = {"aid": adf.aid.hex(), "label": "PKCS#15", "files": files}
    return CardImage.model_validate({"iccid": ICCID, "applications": [application], "pins": list(pins)})


@given(st.binary(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_access_rule_names_keys_or_none(record: bytes) -> None:
    assert all(0 <= key <= 0xFF for key in reading_keys(record))


def test_access_rules() -> None:
    assert reading_keys(bytes.fromhex("800101 9000 800102 A406 83010A 950108 FFFF")) == []
    assert reading_keys(bytes.fromhex("800101 A406 830101 950108 800102 A406 83010A 950108")) == [1]
    assert reading_keys(bytes.fromhex("800101 A010 A406 83010A 950108 A406 830181 950108")) == [0x0A, 0x81]
    assert reading_keys(bytes.fromhex("800101 9700")) == []


# -- cards that are turned down


def test_a_card_that_is_turned_down_is_not_looked_into() -> None:
    card = build(image())
    for policy, why in (
        (CardPolicy(imsi=("26201", "26202")), "whose IMSI begins with 26201 or 26202"),
        (CardPolicy(iccid=("8949",)), "whose ICCID begins with 8949"),
    ):
        before = card.served
        found = read(card, policy=policy)
        assert found.messages == []
        assert found.rejected is not None
        assert why in found.rejected
        assert (found.iccid, found.imsi) == (ICCID, IMSI)
        assert card.served - before < 20
    assert read(card, policy=CardPolicy(imsi=("26201", "00101"), iccid=("8988",))).messages == [MESSAGE]


def test_a_lock_and_an_identity_that_is_not_readable() -> None:
    found = read(image(pin="1234"), policy=CardPolicy(imsi=("00101",)))
    assert found.messages == []
    assert found.rejected is not None
    assert "not readable" in found.rejected
    assert read(image(pin="1234"), Asked(), CardPolicy(imsi=("00101",))).messages == [MESSAGE]


def test_the_function_switched_off() -> None:
    found = read(image(), policy=CardPolicy(use=False))
    assert (found.iccid, found.imsi, found.messages, found.rejected) == (ICCID, IMSI, [], None)


# -- dmrig card read --pin


def on_the_command_line(tmp_path: Path, left: int, typed: str, *options: str) -> Result:
    path = tmp_path / "card.yaml"
    path.write_text(
        f"iccid: '{ICCID}'\nlayout: {{read: pin}}\npins: [{{key: '01', value: '1234', left: {left}}}]\n"
        f"bootstrap: {{message: '{MESSAGE.hex()}'}}\n"
    )
    return CliRunner().invoke(cli, ["card", "read", "--image", str(path), *options], input=typed)


def test_the_command_asks_when_a_file_wants_a_pin_and_tells_the_tries(tmp_path: Path) -> None:
    result = on_the_command_line(tmp_path, 1, "1234\n", "--pin")
    assert result.exit_code == 0
    assert result.stderr.count("PIN 1, 1 try left. Enter it") == 1
    assert f"message 1, {len(MESSAGE)} bytes" in result.stdout
    assert "1234" not in result.output


def test_the_command_tries_nothing_that_was_not_typed(tmp_path: Path) -> None:
    for typed, options in (("\n", ("--pin",)), ("", ())):
        result = on_the_command_line(tmp_path, 3, typed, *options)
        assert result.exit_code == 0
        assert "PIN 1, 3 tries left" in result.stdout
        assert "was wrong" not in result.output
    assert "2 tries left" in on_the_command_line(tmp_path, 3, "9999\n", "--pin").stdout


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_a_card_answers_no_pin_is_tried_twice_or_uncounted(data: st.DataObject) -> None:
    commands: list[bytes] = []
    words = st.sampled_from([0x9000, 0x9000, 0x6982, 0x9804, 0x63C2, 0x6983, 0x6E00, 0x6A82, 0x9F16])
    asked = Asked()

    def answer(command: bytes) -> bytes:
        commands.append(command)
        if len(commands) > 300:
            return b"\x6f\x00"
        return data.draw(st.binary(max_size=30)) + data.draw(words).to_bytes(2, "big")

    with contextlib.suppress(CardError):
        lead(read_bootstrap(asked), answer)
    tried = [(at, command) for at, command in enumerate(commands) if command[1] == 0x20 and len(command) > 5]
    assert len({command[3] for _, command in tried}) == len(tried)
    assert len(tried) <= len(asked.requests) == len({request.key for request in asked.requests})
    for at, command in tried:
        # A UICC was asked for the counter before, a SIM told it with its MF.
        assert command[0] == 0xA0 or command[:4] in commands[:at]
        assert command[0] != 0xA0 or b"\xa0\xa4\0\0\2\x3f\0" in commands[:at]
