"""The virtual UICC's commands that change something: PINs, records, life cycle; and long APDUs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.card.image import CardImage, load_image
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.uicc.state import Removed

PIN, PUK, NEW = (each.encode().ljust(8, b"\xff").hex() for each in ("1234", "12345678", "4711"))
WRONG = "39" * 8


def card(*, mode: str = "uicc", enabled: bool = True) -> Uicc:
    files: list[dict[str, object]] = [
        {"fid": "6F01", "hex": "00" * 600, "read": "pin", "update": "pin", "sfi": 1},
        {"fid": "6F02", "kind": "linear", "records": ["AABB01", "CCBB02", "AADD03"], "update": "always", "sfi": 2},
        {"fid": "6F03", "kind": "cyclic", "records": ["01", "02", "03"], "update": "always"},
        {"fid": "6F04", "hex": "00", "deactivate": "pin", "activate": "always"},
    ]
    pins: list[dict[str, object]] = [
        {"key": "01", "value": "1234", "puk": "12345678", "enabled": enabled},
        {"key": "81", "value": "5678", "left": 1},
        {"key": "0A", "hex": "00112233445566778899AABBCCDDEEFF"},
    ]
    return build(CardImage.model_validate({"files": files, "pins": pins, "layout": {"mode": mode}}))


def talk(uicc: Uicc, *commands: str) -> list[str]:
    return [uicc.process(bytes.fromhex(command)).hex().upper() for command in commands]


def test_a_pin_is_changed_disabled_and_enabled() -> None:
    uicc = card()
    assert talk(uicc, f"0024000110{PIN}{NEW}", f"0020000108{PIN}", f"0020000108{NEW}") == ["9000", "63C2", "9000"]
    assert talk(uicc, f"0026000108{NEW}", f"0020000108{NEW}", f"0028000108{NEW}") == ["9000", "6984", "9000"]
    uicc.reset()
    assert talk(uicc, "00A4000C026F01", "00B0000001") == ["9000", "6982"]
    assert talk(uicc, f"0028000108{NEW}") == ["6985"]
    assert talk(uicc, f"0026000108{NEW}", "00B0000001") == ["9000", "009000"]


def test_a_blocked_pin_is_unblocked() -> None:
    uicc = card()
    assert talk(uicc, *[f"0020000108{WRONG}"] * 3, "002C0001") == ["63C2", "63C1", "6983", "63CA"]
    assert talk(uicc, f"0024000110{PIN}{NEW}", f"0026000108{PIN}") == ["6983", "6983"]
    assert talk(uicc, f"002C000110{WRONG}{NEW}", f"002C000110{PUK}{NEW}") == ["63C9", "9000"]
    assert talk(uicc, "00200001", f"0020000108{NEW}") == ["63C3", "9000"]


def test_a_puk_is_blocked_as_well() -> None:
    uicc = card()
    assert talk(uicc, *[f"002C000110{WRONG}{NEW}"] * 10)[-1] == "6983"
    assert talk(uicc, f"002C000110{PUK}{NEW}") == ["6983"]
    assert talk(uicc, f"0020000108{PIN}") == ["9000"]


def test_every_key_has_tries_of_its_own() -> None:
    uicc = card()
    assert talk(uicc, f"0020008108{WRONG}", "00200081", "00200001", "00200002") == ["6983", "6983", "63C3", "6A88"]
    assert talk(uicc, "0020000A1000112233445566778899AABBCCDDEEFF") == ["9000"]
    assert talk(uicc, f"0020000A08{WRONG}", "0020000A03393939") == ["63C2", "6700"]
    assert talk(uicc, "0020010108" + PIN) == ["6A86"]


def test_records_are_searched() -> None:
    uicc = card()
    talk(uicc, "00A4000C026F02")
    assert talk(uicc, "00A2010402AABB00", "00A2010401BB00", "00A2010401FF00") == ["019000", "01029000", "6282"]
    assert talk(uicc, "00A2020401AA00", "00A2030501AA00", "00A2020501AA00") == ["039000", "03019000", "019000"]
    # Without Le the numbers wait; with a short file identifier the file is selected.
    assert talk(uicc, "00A4000C023F00", "00A2011401AA", "00C0000002") == ["9000", "6102", "01039000"]
    assert talk(uicc, "00A2010601AA00", "00A2040401AA00", "00A201040400000000") == ["6A86", "6A83", "6700"]


def test_a_cyclic_file_turns() -> None:
    uicc = card()
    assert "8205462100 0103".replace(" ", "") in talk(uicc, "00A40004026F0300")[0]
    assert talk(uicc, "00DC000301AA", "00B2010401", "00B2020401", "00B2030401") == [
        "9000",
        "AA9000",
        "019000",
        "029000",
    ]
    assert talk(uicc, "00DC010401BB", "00DC000201BB") == ["6A86", "6A86"]
    talk(uicc, "00A4000C026F03")
    assert talk(uicc, *["00B2000201"] * 4) == ["AA9000", "019000", "029000", "AA9000"]
    assert talk(uicc, "00B2000301") == ["029000"]


def test_a_file_is_deactivated_and_activated() -> None:
    uicc = card()
    talk(uicc, "00A4000C026F04")
    assert talk(uicc, "00040000", f"0020000108{PIN}", "00040000", "00B0000001") == ["6982", "9000", "9000", "6984"]
    assert talk(uicc, "00A40004026F0400")[0].endswith("6283")
    assert talk(uicc, "0044000002 6F04", "00B0000001") == ["9000", "009000"]
    assert talk(uicc, "00A4000C023F00", "00440000", "0004000002ABCD", "00040001") == [
        "9000",
        "6982",
        "6A82",
        "6A86",
    ]


def test_short_file_identifiers_of_every_command() -> None:
    uicc = card()
    talk(uicc, f"0020000108{PIN}")
    assert talk(uicc, "00D6810002AABB", "00B0810002", "00B0E10002") == ["9000", "AABB9000", "6A86"]
    assert talk(uicc, "00DC021403 010203", "00B2021403", "00B29F1403") == ["9000", "0102039000", "6A83"]
    assert talk(uicc, "00B09E0001") == ["6A82"]


def test_long_apdus() -> None:
    uicc = card()
    body = bytes(range(256)) * 2
    update = "00D6000000" + f"{len(body):04X}" + body.hex()
    assert talk(uicc, f"0020000108{PIN}", "00A4000C026F01", update) == ["9000", "9000", "9000"]
    assert talk(uicc, "00B00000000200") == [body.hex().upper() + "9000"]
    assert len(uicc.process(bytes.fromhex("00B00000000000"))) == 602
    # Case 4 with long lengths: data, and a Le of two bytes.
    assert talk(uicc, "00A40004 000002 6F01 0000")[0].startswith("62")
    short = build(CardImage.model_validate({"layout": {"extended": False}}))
    assert talk(short, "00B00000000200") == ["6700"]
    assert talk(uicc, "00B000000000", "00D60000 000003 AABB", "00D60000 000000") == ["6700", "6700", "6700"]


def test_a_wrong_select_selects_nothing() -> None:
    uicc = card()
    talk(uicc, f"0020000108{PIN}", "00A4000C026F01")
    assert talk(uicc, "00A40008026F02", "00B0000001") == ["6A86", "009000"]
    assert talk(uicc, "00A4000C021234", "00B0000001") == ["6A82", "009000"]


def test_the_directory_of_a_file_selected_by_path_becomes_the_current_one() -> None:
    uicc = build(load_image("test-usim"))
    talk(uicc, "00A4080C047F106F3A")
    assert talk(uicc, "00A4000C025F3A") == ["9000"]


def test_class_a0_changes_pins_and_files() -> None:
    uicc = card(mode="sim")
    assert talk(uicc, "A0A40000026F01", f"A020000108{WRONG}", f"A020000108{PIN}") == ["9F0F", "9804", "9000"]
    assert talk(uicc, "A0D6000002AABB", "A0B0000002") == ["9000", "AABB9000"]
    assert talk(uicc, f"A024000110{PIN}{NEW}", f"A026000108{NEW}", f"A026000108{NEW}") == ["9000", "9000", "9808"]
    assert talk(uicc, f"A028000108{NEW}", f"A020000208{WRONG}", f"A020000208{WRONG}") == ["9000", "9840", "9840"]
    assert talk(uicc, *[f"A020000108{WRONG}"] * 3)[-1] == "9840"
    assert talk(uicc, f"A02C000010{PUK}{PIN}", f"A020000108{PIN}", "A02000010431323334") == [
        "9000",
        "9000",
        "6708",
    ]
    assert talk(uicc, "A0A40000026F02", "A0A2000001CC", "A0B2000403") == ["9F0F", "9000", "CCBB029000"]
    assert talk(uicc, "A0A2001002AABB", "A0C0000001", "A0A20000029999") == ["9F01", "019000", "9404"]
    assert talk(uicc, "A0DC010403999999", "A0B2010403") == ["9000", "9999999000"]
    assert talk(uicc, "A0A40000026F04", "A0040000", "A0B0000001", "A0440000", "A0B0000001") == [
        "9F0F",
        "9000",
        "9810",
        "9000",
        "009000",
    ]
    assert talk(uicc, "A088000010" + "00" * 16) == ["6D00"]


def test_the_authentication_algorithms_are_not_there() -> None:
    assert talk(card(), "0088008110" + "00" * 16) == ["6D00"]


INSTRUCTIONS = st.sampled_from(
    [0xA4, 0xF2, 0xB0, 0xD6, 0xB2, 0xDC, 0xA2, 0x20, 0x24, 0x26, 0x28, 0x2C, 0x04, 0x44, 0x70, 0xC0, 0x10, 0xAA]
)
BODIES = st.one_of(
    st.sampled_from([b"", b"\x00", b"\x10"]),
    st.binary(min_size=1, max_size=40).map(lambda data: bytes([len(data)]) + data),
    st.sampled_from([0x6F01, 0x6F02, 0x6F03, 0x6F04, 0x3F00, 0x7FFF]).map(
        lambda fid: b"\x02" + fid.to_bytes(2, "big")
    ),
    st.sampled_from([PIN, NEW, PIN + NEW, PUK + PIN]).map(
        lambda octets: bytes([len(octets) // 2]) + bytes.fromhex(octets)
    ),
    st.integers(0, 65535).map(lambda le: b"\x00" + le.to_bytes(2, "big")),
    st.binary(min_size=1, max_size=600).map(lambda data: b"\x00" + len(data).to_bytes(2, "big") + data),
)
PARAMETERS = st.sampled_from([0, 1, 2, 3, 4, 5, 8, 9, 0x0C, 0x14, 0x80, 0x81, 0x0A, 0xFF])


@given(st.lists(st.tuples(st.sampled_from([0, 1, 0x80, 0xA0]), INSTRUCTIONS, PARAMETERS, PARAMETERS, BODIES)))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_the_card_stays_a_card(commands: list[tuple[int, int, int, int, bytes]]) -> None:
    """Each command gets a status word; sizes, counters and structures stay what they may be."""
    uicc = card(mode="dual")
    sizes = {fid: file.size for fid, file in uicc.mf.files.items() if hasattr(file, "size")}
    for cla, ins, p1, p2, body in commands:
        answer = uicc.process(bytes([cla, ins, p1, p2]) + body)
        assert 2 <= len(answer) <= 65538
        assert answer[-2] & 0xF0 in (0x60, 0x90)
    assert {fid: file.size for fid, file in uicc.mf.files.items() if hasattr(file, "size")} == sizes
    assert all(0 <= pin.left <= pin.tries and 0 <= pin.unblock.left <= 10 for _, pin in uicc.pins.items())
    assert 0 in uicc.channels


@given(st.binary(max_size=30), st.integers(0, 5))
def test_a_card_that_is_pulled_out_ends_only_then(command: bytes, after: int) -> None:
    uicc = build(CardImage.model_validate({"faults": {"removed_after": after}}))
    for _ in range(after):
        uicc.process(command)
    with pytest.raises(Removed):
        uicc.process(command)
