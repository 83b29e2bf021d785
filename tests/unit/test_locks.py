"""Locks on hardware: who has what, across processes, and whatever becomes of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hil.errors import PartInUse, PartMissing
from hil.locks import Locks, directory, holder

THING = "port /dev/ttyUSB2"
HOLD = f"""
import sys
from hil.locks import Locks
Locks("another scenario").take({THING!r})
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def test_another_run_is_told_who_has_it_and_gets_it_when_it_is_free() -> None:
    mine, other = Locks("quickstart"), Locks("another")
    mine.take(THING)
    mine.take(THING)
    with pytest.raises(PartInUse, match=rf"{THING} is in use by quickstart \(pid {os.getpid()}\) since 20\d\d-"):
        other.take(THING)
    other.take("port /dev/ttyUSB3")
    assert other.held == ("port /dev/ttyUSB3",)
    mine.drop_all()
    mine.drop_all()
    assert holder(THING) is None
    other.take(THING)


def test_a_killed_process_leaves_no_lock(runtime: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    with process.stdout, process.stdin:
        assert process.stdout.readline() == "held\n"
        found = holder(THING)
        assert found is not None
        assert (found.pid, found.what) == (process.pid, "another scenario")
        with pytest.raises(PartInUse, match="another scenario"):
            Locks("mine").take(THING)
        process.kill()
        process.wait()
    # what it had said of itself is still there, and nobody believes it
    assert any(b"another scenario" in path.read_bytes() for path in (runtime / "dmrig").iterdir())
    assert holder(THING) is None
    Locks("mine").take(THING)


def test_names_of_any_length_and_letters_are_things_of_their_own(runtime: Path) -> None:
    locks, other = Locks("one"), Locks("other")
    for thing in ("card reader ../../etc/passwd", "card reader .. .. etc passwd", "x" * 5000, "x" * 5001):
        locks.take(thing)
        with pytest.raises(PartInUse):
            other.take(thing)
    assert len(list((runtime / "dmrig").iterdir())) == 4


def test_what_a_lock_file_holds_is_not_believed(runtime: Path) -> None:
    locks = Locks("mine")
    locks.take(THING)
    (path,) = (runtime / "dmrig").iterdir()
    for said in (b"", b"[" * 5000, b"[]", b'{"pid": "x"}', b"\xff" * 10_000):
        path.write_bytes(said)
        with pytest.raises(PartInUse, match="by another run"):
            Locks("other").take(THING)


def test_without_a_runtime_directory_there_is_one_in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = directory()
    assert made.parent == tmp_path
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o777)
    with pytest.raises(PartMissing, match="not this user's own directory"):
        Locks("mine").take(THING)
    made.rmdir()
    (tmp_path / "elsewhere").mkdir()
    made.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PartMissing, match="not this user's own directory"):
        Locks("mine").take(THING)
