"""A full bootstrap read through pyscard, pcscd and vpcd, beside a bare pyscard loop that sends the same APDUs.

python benchmarks/card.py

Needs pcscd, vsmartcard-vpcd and pyscard; starts a pcscd of its own. Connecting is not counted; our side has the
trace on, the one that a run has: every exchange told in words, written to the trace file and to the private
octets, counted in the timeline and kept for the capture.

The typical read is the median of many, the two sides taking turns: the best of many reads is one of luck, in which
four processes were woken at once, and says less from one call of this program to the next. It is printed behind.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from common.report import heading, note, row

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from hil.account import Account  # noqa: E402
from hil.card.dialogue import run  # noqa: E402
from hil.card.image import load_image  # noqa: E402
from hil.card.recording import Event, Exchanged, RecordingReader  # noqa: E402
from hil.card.uicc.build import build  # noqa: E402
from hil.card.uicc.card import Uicc  # noqa: E402
from hil.card.vpcd import VpcdReader  # noqa: E402
from hil.cli.card.options import ADDRESSES  # noqa: E402
from hil.scenario.one import Shown, traced  # noqa: E402
from hil.trace.mask import Masker  # noqa: E402
from hil.trace.outlet import Outlet  # noqa: E402
from hil.trace.recorder import Recorder  # noqa: E402
from simulator.bootstrap.card import read_bootstrap  # noqa: E402
from tests.pcscd import shared  # noqa: E402

AIM = 1.5
ROUNDS = 200


def main() -> None:
    heading("microseconds of one read")
    reader = VpcdReader(port=shared().port)
    for name in ("operator-sim", "three-servers-sim"):
        reader.insert(card(name))
        apdus = recorded(reader)
        ours, theirs = turns(partial(ours_of, reader), partial(bare, reader.name, apdus))
        what = f"{name}: read_bootstrap with trace / bare loop of {len(apdus)} APDUs"
        row(what, statistics.median(ours) * 1e6, statistics.median(theirs) * 1e6, AIM)
        note(f"the best of each: {min(ours) * 1e6:,.0f} / {min(theirs) * 1e6:,.0f}, {min(ours) / min(theirs):.3f}")
        reader.remove()
    note(f"wall-clock time, {ROUNDS} rounds; the card and pcscd take their share of both")


def card(name: str) -> Uicc:
    return build(load_image(name).substituted(Account().variables() | ADDRESSES))


def recorded(reader: VpcdReader) -> list[bytes]:
    """The commands of one read."""
    heard: list[Event] = []
    recording = RecordingReader(reader, heard.append)
    recording.connect()
    run(read_bootstrap(), recording)
    recording.disconnect()
    return [event.command for event in heard if isinstance(event, Exchanged)]


def turns(*sides: Callable[[], float]) -> list[list[float]]:
    """Seconds of each side's rounds."""
    rounds = [[side() for side in sides] for _ in range(ROUNDS)]
    return [list(column) for column in zip(*rounds, strict=True)]


def ours_of(reader: VpcdReader) -> float:
    recorder = Recorder(lambda: datetime.now(UTC), Masker())
    for secret in ("8988211000000430010", "001010123456789"):
        recorder.masker.add(secret)
    outlet = Outlet(io.StringIO())
    with tempfile.TemporaryDirectory() as folder, traced(Path(folder), outlet, Shown.TIMELINE) as attach:
        attach(recorder)
        reader.connect()
        began = time.perf_counter()
        found = run(read_bootstrap(), reader, recorder)
        seconds = time.perf_counter() - began
        reader.disconnect()
    assert found.messages
    return seconds


def bare(name: str, apdus: list[bytes]) -> float:
    """What somebody writes who only has pyscard."""
    from smartcard.System import readers

    connection = next(each for each in readers() if str(each) == name).createConnection()
    connection.connect()
    commands = [list(apdu) for apdu in apdus]
    began = time.perf_counter()
    for command in commands:
        connection.transmit(command)
    seconds = time.perf_counter() - began
    connection.disconnect()
    return seconds


if __name__ == "__main__":
    main()
