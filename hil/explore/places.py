"""Where one can be on a card, and what may be there: the known files of a directory, by name and identifier."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.codes.apdu import MF, application_name
from simulator.codes.cardfiles import BELOW_DF, BELOW_MF, DIRECTORIES, files_of_application


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way: a file identifier, or the AID of an application."""

    fid: int | None = None
    aid: bytes = b""

    @property
    def name(self) -> str:
        if self.aid:
            return application_name(self.aid)
        assert self.fid is not None
        return DIRECTORIES[self.fid][0] if self.fid in DIRECTORIES else f"{self.fid:04X}"


Way = tuple[Step, ...]

ROOT: Way = (Step(MF),)


def shown(way: Way) -> str:
    return "/".join(step.name for step in way)


@dataclass(slots=True)
class Names:
    """What may be in one directory, and what those who looked found to be there besides."""

    files: dict[int, str] = field(default_factory=dict)
    directories: dict[int, str] = field(default_factory=dict)

    def fid(self, text: str) -> int | None:
        """Of a name, whatever its case: ``ICCID``, ``EF(ICCID)``, ``2FE2``."""
        wanted = text.casefold().removeprefix("ef(").removeprefix("df(").removesuffix(")")
        for fid, name in (*self.files.items(), *self.directories.items()):
            if wanted in (name.casefold(), f"{fid:04x}"):
                return fid
        try:
            return int(wanted, 16) if len(wanted) == 4 else None
        except ValueError:
            return None

    def name(self, fid: int) -> str:
        return self.files.get(fid) or self.directories.get(fid) or ""


def names_at(way: Way) -> Names:
    last = way[-1]
    below = BELOW_MF if last.fid == MF else BELOW_DF if len(way) <= 2 else ()
    directories = {fid: DIRECTORIES[fid][0] for fid in below}
    if last.aid:
        return Names(dict(files_of_application(last.aid)), directories)
    return Names(dict(DIRECTORIES[last.fid][1]) if last.fid in DIRECTORIES else {}, directories)
