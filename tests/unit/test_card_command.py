"""C-APDUs taken apart, against the one that puts them together."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.card.command import channel_of, of_hex, on_channel, parse
from hil.card.names import Narrator
from simulator.bootstrap.apdu import command, exchange

headers = st.tuples(*[st.integers(0, 255)] * 4)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(headers, st.integers(0, 300) | st.integers(65530, 65535), st.none() | st.integers(1, 65536))
def test_what_is_put_together_comes_apart(header: tuple[int, ...], size: int, le: int | None) -> None:
    data = bytes(size)
    cla, ins, p1, p2 = header
    apdu = parse(command(cla, ins, p1, p2, data, le))
    assert (apdu.cla, apdu.ins, apdu.p1, apdu.p2, apdu.data, apdu.le) == (cla, ins, p1, p2, data, le)
    assert apdu.extended == (len(data) > 255 or (le or 0) > 256)


@given(st.binary(max_size=300))
def test_octets_of_any_kind_are_refused_or_told(octets: bytes) -> None:
    with contextlib.suppress(ValueError):
        apdu = parse(octets)
        assert len(octets) >= 4 + len(apdu.data)
        assert octets.count(apdu.data)
    assert Narrator().tell(octets, b"\x90\x00")[0].endswith("9000")


@pytest.mark.parametrize(
    "octets", ["", "00A400", "00A40000023F", "00A40000003F", "00A40000023F000000", "00A4000000000000"]
)
def test_no_command(octets: str) -> None:
    with pytest.raises(ValueError, match="octets"):
        parse(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("apdu", "again"),
    [
        ("00B00000", "00B0000010"),
        ("00B0000000", "00B0000010"),
        ("00B00000000400", "00B0000010"),
        ("00A40004023F0000", "00A40004023F0010"),
        ("00A40004023F00", "00A40004023F0010"),
        ("00A400040000023F000000", "00A400040000023F000010"),
        ("00A400040000023F00", "00A400040000023F000010"),
    ],
)
def test_6cxx_asks_again_in_the_same_form(apdu: str, again: str) -> None:
    dialogue = exchange(bytes.fromhex(apdu))
    next(dialogue)
    assert dialogue.send(b"\x6c\x10").hex().upper() == again
    assert parse(bytes.fromhex(again)).le == 16


@given(st.integers(0, 19), st.integers(0, 19), st.booleans())
def test_a_class_byte_moves_to_any_channel(first: int, second: int, own: bool) -> None:
    cla = on_channel(0x80 if own else 0x00, first)
    assert channel_of(cla) == first
    moved = on_channel(cla, second)
    assert (channel_of(moved), moved & 0x80) == (second, 0x80 if own else 0)
    assert on_channel(0xA0, second) == 0xA0
    assert channel_of(0xA0) == 0


@pytest.mark.parametrize("text", ["", "00", "02", "04", "00A400", "zz", "00A4000", "00" * 65545])
def test_what_no_driver_may_get(text: str) -> None:
    """A single 00, 01, 02 or 04 is a control code to vpcd's driver, which waits for ever for its answer."""
    with pytest.raises(ValueError):
        of_hex(text)
    assert of_hex("00 a4\t0000 ff") == bytes.fromhex("00A40000FF"), "a body may be malformed"
