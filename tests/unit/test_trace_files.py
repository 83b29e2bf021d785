"""What a run leaves on disk: a masked timeline for programs, the raw bytes apart, nothing written over."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil.errors import UsageError
from hil.trace.jsonl import JsonlTrace
from hil.trace.private import PrivateTrace
from hil.trace.recorder import Recorder
from hil.trace.rundir import create_run_directory

NOW = datetime(2026, 11, 22, 12, 30, 5, tzinfo=UTC)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_line_is_one_json_object_as_soon_as_it_happens(tmp_path: Path) -> None:
    recorder = Recorder(lambda: NOW)
    trace = JsonlTrace(tmp_path / "trace.jsonl", recorder.masker)
    recorder.subscribe(trace)
    recorder.record(
        "card", "apdu", "out", "SELECT\n\u2028EF(DIR)", b"\x00\xa4", file="2F00", deep={"list": [1, None, "é"]}
    )
    assert lines(trace.path) == [
        {
            "seq": 1,
            "at": "2026-11-22T12:30:05.000000+00:00",
            "part": "card",
            "kind": "apdu",
            "way": "out",
            "text": "SELECT\n\u2028EF(DIR)",
            "fields": {"file": "2F00", "deep": {"list": [1, None, "é"]}},
        }
    ]
    recorder.note("lone \ud800 surrogate")
    trace.close()
    trace.close()
    trace(recorder.note("after the end"))
    assert [entry["seq"] for entry in lines(trace.path)] == [1, 2]
    assert mode(trace.path) == 0o600


def test_a_secret_learnt_later_is_hidden_in_what_was_written_before(tmp_path: Path) -> None:
    recorder = Recorder(lambda: NOW)
    trace = JsonlTrace(tmp_path / "trace.jsonl", recorder.masker)
    recorder.subscribe(trace)
    recorder.note("the card says hunter22", nested=[{"text": "hunter22"}])
    recorder.masker.add("hunter22")
    recorder.note("and again hunter22")
    trace.close()
    assert "hunter22" not in trace.path.read_text(encoding="utf-8")
    assert len(lines(trace.path)) == 2
    assert list(tmp_path.iterdir()) == [trace.path]


def test_raw_bytes_lie_apart_where_only_their_owner_reads(tmp_path: Path) -> None:
    recorder = Recorder(lambda: NOW)
    private = PrivateTrace(tmp_path)
    trace = JsonlTrace(tmp_path / "trace.jsonl", recorder.masker)
    recorder.subscribe(private)
    recorder.subscribe(trace)
    recorder.note("no bytes")
    recorder.record("card", "apdu", "out", "VERIFY", bytes.fromhex("002000010831323334ffffffff"))
    private.close()
    private(recorder.record("card", "apdu", "in", "late", b"\x90\x00"))
    trace.close()
    assert lines(tmp_path / "private" / "raw.jsonl") == [{"seq": 2, "hex": "002000010831323334ffffffff"}]
    assert mode(tmp_path / "private") == 0o700
    assert mode(private.path) == 0o600
    assert "31323334" not in trace.path.read_text()


def test_a_run_directory_is_new_private_and_named_after_time_and_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = create_run_directory("quickstart", now=NOW)
    second = create_run_directory("quickstart", now=NOW)
    odd = create_run_directory("../so me/../thing…", now=NOW)
    assert [first, second, odd] == [
        Path("runs/20261122T123005Z-quickstart"),
        Path("runs/20261122T123005Z-quickstart-2"),
        Path("runs/20261122T123005Z-so-me-..-thing"),
    ]
    assert all(mode(each) == 0o700 for each in (first, second, odd))


def test_a_given_directory_is_used_when_it_is_empty_and_never_written_over(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    assert create_run_directory("any", out) == out
    assert mode(out) == 0o700
    assert create_run_directory("any", out) == out
    (out / "trace.jsonl").touch()
    with pytest.raises(UsageError, match="not empty"):
        create_run_directory("any", out)
    with pytest.raises(UsageError, match="cannot make"):
        create_run_directory("any", out / "trace.jsonl" / "below")
    with pytest.raises(UsageError, match="cannot make"):
        create_run_directory("any", out / "trace.jsonl")
