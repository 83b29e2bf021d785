"""The virtual UICC, command by command (TS 102 221; class A0: TS 51.011)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.uicc.fcp import fcp
from hil.card.uicc.files import Ef, Reference, master_file
from hil.card.uicc.pins import Pins
from hil.card.uicc.rules import ALWAYS, Rules
from hil.card.uicc.state import Removed

MESSAGE = b"\x02" + bytes(range(256)) + b"\x01"
SELECT_PKCS15 = "00A404040CA000000063504B43532D313500"


def card(**layout: object) -> Uicc:
    return build(
        CardImage.model_validate(
            {
                "iccid": "8988211000000430010",
                "imsi": "001010123456789",
                "bootstrap": {"message": MESSAGE.hex()},
                "layout": {"padding": "none", "application": "df", **layout},
            }
        )
    )


def protected() -> Uicc:
    return build(CardImage(imsi="001010123456789", pin="1234"))


def talk(uicc: Uicc, *commands: str) -> list[str]:
    return [uicc.process(bytes.fromhex(command)).hex().upper() for command in commands]


def last(uicc: Uicc, *commands: str) -> str:
    return talk(uicc, *commands)[-1]


def test_select_by_identifier_path_and_name() -> None:
    uicc = card()
    assert last(uicc, "00A4000C023F00") == "9000"
    assert last(uicc, "00A4000C022FE2", "00B000000A") == "988812010000400310F09000"
    assert last(uicc, "00A4080C047F505031") == "9000"
    assert last(uicc, "00A4000C027F50", "00A4090C026430") == "9000"
    assert last(uicc, "00A4040C07A0000000871002", "00A4000C026F07") == "9000"
    assert last(uicc, "00A4080C047FFF6F07") == "9000"
    assert last(uicc, "00A4000C021234") == "6A82"
    assert last(uicc, "00A4040C05A0000000FF") == "6A82"


def test_a_partial_name_and_the_next_occurrence() -> None:
    uicc = card()
    first = last(uicc, "00A4040404A000000000")
    second = last(uicc, "00A4040604A000000000")
    assert first.endswith("9000")
    assert second.endswith("9000")
    assert first != second
    assert last(uicc, "00A4040604A000000000") == "6A82"


def test_an_identifier_is_looked_for_only_nearby() -> None:
    uicc = card()
    assert last(uicc, "00A4000C026431") == "6A82"
    assert last(uicc, "00A4000C027F50", "00A4000C026431") == "9000"
    # A sibling directory, the parent, the MF; but no file of the parent.
    assert last(uicc, "00A4000C027F20", "00A4000C026F07") == "9000"
    assert last(uicc, "00A4000C022FE2") == "6A82"


def test_fcp_is_what_the_standard_draws() -> None:
    ef = Ef(0x5031, bytearray(0x20), attributes=Reference(0x2F06, 1))
    assert fcp(ef, Pins()).hex().upper() == "621682024121830250318A01058B032F0601800200208800"


def test_select_answers_with_fcp_and_get_response() -> None:
    uicc = card()
    direct = last(uicc, "00A40004022F0000")
    assert direct.startswith("62")
    waiting = last(uicc, "00A40004022F00")
    assert waiting == f"61{len(direct) // 2 - 2:02X}"
    assert last(uicc, f"00C00000{waiting[2:]}") == direct
    assert last(uicc, "00C0000010") == "6985"
    assert last(card(answers="61xx"), "00A40004022F0000").startswith("61")


@pytest.mark.parametrize(
    ("over_read", "le", "answer"),
    [
        ("short", "80", MESSAGE[200:].hex().upper() + "9000"),
        ("6282", "80", MESSAGE[200:].hex().upper() + "6282"),
        ("6cxx", "80", f"6C{len(MESSAGE) - 200:02X}"),
        ("6cxx", "3A", MESSAGE[200:].hex().upper() + "9000"),
    ],
)
def test_reading_past_the_end(over_read: str, le: str, answer: str) -> None:
    uicc = card(over_read=over_read)
    assert last(uicc, "00A4080C047F506431", f"00B000C8{le}") == answer


def test_read_binary_beyond_the_file() -> None:
    uicc = card()
    assert last(uicc, "00A4080C047F506431", "00B001020A") == "6B00"
    assert last(uicc, "00A4080C022F00", "00B000000A") == "6981"
    assert last(uicc, "00A4000C023F00", "00B000000A") == "6986"


def test_records_and_short_file_identifiers() -> None:
    uicc = card()
    talk(uicc, "00A4000C022F00")
    first, second = last(uicc, "00B2010430"), last(uicc, "00B2020430")
    assert first.startswith("61")
    assert second.startswith("61")
    assert last(uicc, "00B2030430") == "6A83"
    assert last(uicc, "00B2010410") == "6C30"
    assert talk(uicc, "00A4000C022F00", "00B2000230", "00B2000230", "00B2000230")[1:] == [first, second, "6A83"]
    assert last(uicc, "00A4000C023F00", "00B201F430") == first
    assert last(uicc, "00A4000C023F00", "00B082000A") == "988812010000400310F09000"


def test_pin_protects_and_is_blocked_after_three_wrong_tries() -> None:
    uicc = protected()
    read = ("00A4040C07A0000000871002", "00A4000C026F07", "00B0000009")
    assert last(uicc, *read) == "6982"
    assert last(uicc, "0020000108" + "31323334FFFFFFFF") == "9000"
    assert last(uicc, "00B0000009") == "0809101010325476989000"
    uicc.reset()
    assert last(uicc, *read) == "6982"
    wrong = "002000010839393939FFFFFFFF"
    assert talk(uicc, wrong, "00200001", wrong, wrong, wrong) == ["63C2", "63C2", "63C1", "6983", "6983"]
    assert last(uicc, "0020000108" + "31323334FFFFFFFF") == "6983"


def test_logical_channels() -> None:
    uicc = card()
    assert talk(uicc, "0070000001", "0070000001", "0070000001", "0070000001") == [
        "019000",
        "029000",
        "039000",
        "6A81",
    ]
    # Each has its own selection.
    assert last(uicc, "01A4080C047F505031", "01B0000001") == "A79000"
    assert last(uicc, "02B0000001") == "6986"
    assert last(uicc, "00708001") == "9000"
    assert last(uicc, "01B0000001") == "6881"
    assert last(uicc, "0070000001") == "019000"
    uicc.reset()
    assert last(uicc, "02A4000C023F00") == "6881"
    assert last(card(channels=0), "0070000001") == "6881"


def test_changing_files_needs_rights() -> None:
    uicc = card()
    assert last(uicc, "00A4080C047F506431", "00D6000001FF") == "6982"
    mf = master_file()
    mf.add(Ef(0x6F01, bytearray(4), rules=Rules(update=ALWAYS)))
    open_card = Uicc(mf)
    assert talk(open_card, "00A4000C026F01", "00D6000102AABB", "00B0000004", "00D6000302AABB")[1:] == [
        "9000",
        "00AABB009000",
        "6B00",
    ]


def test_status_tells_the_current_directory() -> None:
    uicc = card()
    talk(uicc, "00A4040C0CA000000063504B43532D3135")
    assert last(uicc, "80F2000100") == "840CA000000063504B43532D31359000"
    assert last(uicc, "80F2000C") == "9000"


def test_class_a0() -> None:
    uicc = card(mode="dual")
    assert last(uicc, "A0A40000022FE2") == "9F0F"
    header = last(uicc, "A0C000000F")
    assert header[4:8] == "000A"
    assert header[12:14] == "04"
    assert last(uicc, "A0B000000A") == "988812010000400310F09000"
    assert last(uicc, "A0A40000022F00", "A0B2010430").endswith("9000")
    assert last(uicc, "A0A4000002ABCD") == "9404"
    assert last(uicc, "A0A40000023F00", "A0B000000A") == "9400"
    assert last(uicc, "00A4000C023F00") == "9000"


def test_a_card_knows_its_classes() -> None:
    assert last(card(mode="uicc"), "A0A40000023F00") == "6E00"
    assert last(card(mode="sim"), "00A40000023F00") == "6E00"
    assert last(card(), "00EE0000") == "6D00"
    assert last(card(), "0CA4000C023F00") == "6E00"


def test_removed_after() -> None:
    uicc = build(CardImage.model_validate({"faults": {"removed_after": 2}}))
    talk(uicc, "00A4000C023F00", "00A4000C023F00")
    with pytest.raises(Removed):
        uicc.process(bytes.fromhex("00A4000C023F00"))


@given(st.lists(st.binary(max_size=270), max_size=12))
@settings(max_examples=150)
def test_arbitrary_commands_get_a_status_word(commands: list[bytes]) -> None:
    uicc = card(mode="dual")
    for command in commands:
        assert len(uicc.process(command)) >= 2


HEADS = st.sampled_from([0x00, 0x01, 0x80, 0xA0])
KNOWN = st.sampled_from([0xA4, 0xB0, 0xB2, 0xD6, 0xDC, 0x20, 0x70, 0xC0, 0xF2])


@given(
    st.lists(
        st.tuples(
            HEADS, KNOWN, st.sampled_from([0, 1, 4, 8, 9, 0x80, 0xFF]), st.integers(0, 255), st.binary(max_size=20)
        ),
        max_size=15,
    )
)
@settings(max_examples=150)
def test_known_commands_with_arbitrary_parameters(commands: list[tuple[int, int, int, int, bytes]]) -> None:
    uicc = card(mode="dual")
    for cla, ins, p1, p2, data in commands:
        body = bytes([len(data)]) + data if data else b"\x10"
        assert len(uicc.process(bytes([cla, ins, p1, p2]) + body)) >= 2
