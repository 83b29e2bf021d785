"""What makes masking quick hides exactly what masking at length does."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from hil.trace.mask import MOST_MASKED, SHORT, Masker
from hil.trace.structure import PLACES, hide_places

PIECES = st.sampled_from(
    [
        "password", "NextNonce", "PIN", "secret", "=", ":", " ", "'", "<NextNonce>", "<Cred>", "<Data>", "<",
        "Authorization", "Basic", "+CPIN=", "+CPWD=", "+CLCK=", ",", '"1234"', "00200001083132333435363738",
        "00 20 00 01 08", "31 32 33 34", "FF FF FF FF", "0024000110", "123456789012345", "8988211000000430010",
        "+4477850160", "READ BINARY", "abc", "0",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=4), max_size=12).map("".join))
@example("00 2c 00 01 10 " + "31 " * 16)
@example("0x00200001083132333435363738")
def test_no_place_is_passed_over(text: str) -> None:
    at_length = text
    for pattern, hide in PLACES:
        at_length = pattern.sub(hide, at_length)
    assert hide_places(text) == at_length


def test_a_text_that_was_shown_before_a_secret_was_known_is_masked_from_then_on() -> None:
    masker = Masker()
    assert masker.text("Operator says hello") == "Operator says hello"
    masker.add("hello")
    assert masker.text("Operator says hello") == "Operator says •••"
    assert masker.fields({"hello": "hello"}) == {"•••": "•••"}


def test_what_is_remembered_has_a_bound() -> None:
    masker = Masker()
    for number in range(MOST_MASKED + 10):
        masker.text(f"text {number}")
    masker.text("x" * (SHORT + 1))
    assert len(masker._masked) <= MOST_MASKED
    assert all(len(text) <= SHORT for text in masker._masked)
