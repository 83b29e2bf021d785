"""A recording in the place of a card: replayed, where a rig has no card and no image of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, cast

from hil.bench import Bench
from hil.card.part import IMAGE, INSERT, REMOVE, CardPart
from hil.card.reader import Reader
from hil.card.recording import RecordedReader, load
from hil.errors import PartMissing
from hil.part import PartSettings, part_kind


class RecordingSettings(PartSettings):
    file: Path
    """A run's directory, or a text file of commands and answers."""


@part_kind("card", "recording")
class RecordedCard(CardPart):
    """Plays back what crossed a card's seam in an earlier run. What the hand did is in the recording already."""

    Settings = RecordingSettings
    capabilities: ClassVar[frozenset[str]] = frozenset({INSERT, REMOVE, IMAGE})

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._file = cast("RecordingSettings", settings).file
        self._reader: RecordedReader | None = None

    def start(self) -> None:
        self._reader = RecordedReader(load(self._file), f"the recording {self._file}")

    def stop(self) -> None:
        self._reader = None

    def reader(self) -> Reader:
        if self._reader is None:
            raise PartMissing(f"the recording {self._file} has not been started")
        return self._reader

    def insert(self, image: str, *, changes: Mapping[str, object] | None = None) -> None:
        self.bench.recorder.note(f"card inserted, as recorded: {image}", part="card", image=image)

    def remove(self) -> None:
        self.bench.recorder.note("card removed, as recorded", part="card")

    def identity(self) -> dict[str, str]:
        return {"reader": f"the recording {self._file}"}
