"""What makes masking quick hides exactly what masking at length does."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from hil.trace.forms import Form, forms
from hil.trace.jsonl import JsonlTrace
from hil.trace.mask import HEX_RUN, MOST_MASKED, SHORT, Masker, _fewest
from hil.trace.record import Json, Record
from hil.trace.structure import PLACES, hide_places, quiet, without_gaps

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


@given(st.lists(PIECES | st.text(max_size=4), max_size=12).map("".join))
@example("→8988211000000430010")
@example("→12345678")
@example("\u0661" * 15)
@example("7FFF/6431 12345678")
@example("de:ad be:ef 01 02 03 04 05 06 07 08")
def test_what_passes_for_quiet_has_neither_a_place_nor_a_run_of_hex(text: str) -> None:
    if quiet(text):
        assert all(pattern.search(text) is None for pattern, _ in PLACES)
        assert HEX_RUN.search(text) is None


SECRETS = ("hello", "1234", "a→b", "s\u00e9cret=", "8988211000000430010")


def spelt(form: Form) -> list[str]:
    """As it may stand in a text: hex in either case, with gaps or without."""
    if not form.in_hex:
        return [form.needle, form.octets.decode()]
    pairs = [form.needle[at : at + 2] for at in range(0, len(form.needle), 2)]
    return [form.needle, form.needle.upper(), " ".join(pairs), ":".join(pairs).upper()]


SPELT = st.sampled_from([text for secret in SECRETS for form in forms(secret) for text in spelt(form)])


@given(st.lists(SPELT | PIECES | st.text(max_size=2), max_size=5).map("".join))
@example("a→b")
@example("68 65 6c 6C 6f")
@example("say 31 32 33 34")
def test_no_secret_is_passed_over(text: str) -> None:
    masker = Masker()
    for secret in SECRETS:
        masker.add(secret)
    at_length, compact = text, without_gaps(text)
    for known in masker._known:
        at_length = known.hide(at_length, compact)
    at_length = hide_places(HEX_RUN.sub(masker._hex_run, at_length))
    assert masker.text(text) == at_length
    assert not masker.leaves(["before", text, "behind"]) or at_length == text


@given(st.lists(st.text("ab", min_size=1, max_size=5), max_size=9))
def test_a_needle_that_has_another_in_it_is_not_looked_for(words: list[str]) -> None:
    """In whatever order they become known."""
    fewest: tuple[str, ...] = ()
    for word in words:
        fewest = _fewest(fewest, [word])
    assert sorted(fewest) == sorted(
        word for word in set(words) if not any(other in word for other in words if other != word)
    )


NAMES = st.sampled_from(["what", "sw", "data", "value", "pin", "imsi", "Target", "Cred", "hello", "a/nonce"])
VALUES = PIECES | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False) | st.text(max_size=9)
VALUES |= st.sampled_from(["hello", "he", "6431", "./DMAcc/x/AAuth1/AAuthSecret", "→ hello\u2028", "1234"])
FIELDS = st.dictionaries(NAMES, VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(NAMES, VALUES), max_size=5)


@given(st.lists(st.tuples(PIECES | st.just("say hello, 6431 → 1234"), FIELDS) | st.just("learn"), max_size=8))
@example([("say hello, 1234", {"what": "hello"}), "learn", ("say hello, 1234", {"what": "hello", "hello": "1"})])
@example([("x", {"what": "abc"}), ("x", {"Target": "./AAuth1/AAuthSecret", "data": "abc", "what": "abc"})])
@example([("x", {"what": 1}), ("x", {"what": True}), ("x", {"what": 1.0})])
def test_a_line_is_what_its_record_is_at_length(said: list[tuple[str, dict[str, Json]] | str]) -> None:
    """Whatever went before it, and was remembered."""
    secrets = iter(["hello", "1234", "8988211000000430010", "6431"])
    known: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        masker = Masker()
        trace = JsonlTrace(Path(folder) / "trace.jsonl", masker)
        for seq, each in enumerate(said):
            if isinstance(each, str):
                known += [secret for secret in [next(secrets, None)] if secret]
                masker.add(known[-1])
                continue
            text, fields = each
            trace(Record(seq, datetime(2026, 1, 1, tzinfo=UTC), "card", "apdu", "out", text, b"", fields))
            fresh = Masker()
            for secret in known:
                fresh.add(secret)
            written = trace.path.read_text(encoding="utf-8").splitlines()[-1]
            assert json.loads(written) == {
                "seq": seq,
                "at": "2026-01-01T00:00:00.000000+00:00",
                "part": "card",
                "kind": "apdu",
                "way": "out",
                "text": fresh.text(text),
                "fields": fresh.fields(fields),
            }
            # 1 and true are the same to Python
            assert repr(json.loads(written)["fields"]) == repr(fresh.fields(fields))
        trace.close()


@given(st.lists(PIECES | st.text(max_size=4), max_size=8).map("".join), st.integers(0, 40), st.integers(0, 40))
def test_a_part_of_a_text_is_masked_as_if_it_came_alone(text: str, start: int, end: int) -> None:
    masker, fresh = Masker(), Masker()
    for each in (masker, fresh):
        each.add("abc1")
        each.add("1234")
    masker.text(text)
    assert masker.text(text[start:end]) == fresh.text(text[start:end])


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
