"""One walk through a card, step by step: each call is one thing that a person asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from hil.card.dialogue import run
from hil.card.dump.found import Description
from hil.card.dump.language import Content, Selection, enter
from hil.card.keys import Counters, count, octets, show
from hil.card.reader import Reader
from hil.errors import UsageError
from hil.explore.places import ROOT, Names, Step, Way, names_at
from hil.explore.places import shown as shown_way
from simulator.bootstrap import pkcs15
from simulator.bootstrap.apdu import Answer, Dialogue, exchange
from simulator.codes.apdu import EF_DIR, EF_ODF, meaning
from simulator.errors import CodecError

T = TypeVar("T")

MAX_APPLICATIONS = 32


class Refused(UsageError):
    """The card has no such file, or does not open it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that is there."""

    fid: int | None
    name: str
    description: Description
    aid: bytes = b""
    label: str = ""

    @property
    def directory(self) -> bool:
        return self.description.kind == "directory"


class Explorer:
    """The reader is connected. Every call begins where it is, whatever was selected in between.

    Raises `Refused` for what the card refuses, `PartBroke` when it goes, and `CardError`.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._language, _ = self._lead(enter())
        self.way: Way = ROOT
        self.applications = self._read_dir()
        """AID and label, as EF(DIR) has them."""

    @property
    def prompt(self) -> str:
        return shown_way(self.way)

    def names(self) -> Names:
        """What may be here."""
        return names_at(self.way)

    def listing(self) -> Iterator[Entry]:
        """The known files that are here, and those that EF(ODF) and EF(DODF) lead to."""
        names = self.names()
        waiting = list(names.files)
        tried: set[int] = set()
        self._go(self.way)
        while waiting:
            fid = waiting.pop(0)
            if fid in tried:
                continue
            tried.add(fid)
            selection = self._select(fid)
            description = selection.description
            if description is None or description.kind == "directory" or description.fid not in (None, fid):
                if description is not None:
                    self._go(self.way)
                continue
            yield Entry(fid, names.name(fid), description)
            if fid == EF_ODF or "DODF" in names.name(fid):
                for each, name in self._leads(fid, description):
                    names.files.setdefault(each, name)
                    waiting.append(each)
        for fid in names.directories:
            self._go(self.way)
            description = self._select(fid).description
            if description is not None and description.kind == "directory":
                yield Entry(fid, names.name(fid), description)
        if self.way == ROOT:
            yield from self._application_entries()

    def change(self, path: str) -> None:
        """Go to a directory. Raises `Refused`, and stays then."""
        way = self.resolve(path)
        selection = self._go(way)
        if selection.description is not None and selection.description.kind != "directory":
            raise Refused(f"{path} is a file, no directory", hint=f"cat {path} shows what it holds")
        self.way = way

    def resolve(self, path: str) -> Way:
        """The way that a path means: ``..``, ``/``, ``USIM/AD``, ``7F10/6F3A``. Raises `Refused`."""
        way = ROOT if path.startswith("/") else self.way
        for part in filter(None, path.split("/")):
            if part == "..":
                way = way[:-1] or ROOT
            elif part.upper() == "MF":
                way = ROOT
            elif part != ".":
                way = (*way, self._step(way, part)) if not self._application(part) else (*ROOT, *self._named(part))
        return way

    def describe(self, path: str) -> Description:
        """What the card tells of a file or directory."""
        way = self.resolve(path)
        selection = self._go(way)
        if selection.description is None:
            raise Refused(f"the card does not tell what {shown_way(way)} is: {selection.damage}")
        return selection.description

    def read(self, path: str) -> tuple[str, Description, Content]:
        """A file's name, description and contents."""
        description = self.describe(path)
        if description.kind == "directory":
            raise Refused(f"{path} is a directory", hint=f"cd {path}, then ls")
        way = self.resolve(path)
        fid = way[-1].fid or 0
        name = names_at(way[:-1]).name(fid) or self._lead_name(way, fid)
        self._go(way)
        return name, description, self._lead(self._language.read(description))

    def counters(self, key: int) -> Counters:
        """How many tries a PIN has left; nothing is tried."""
        self._go(self.way)
        return self._lead(count(self._language.cla, key))

    def verify(self, key: int, value: str, left: int | None, *, last_try: bool = False) -> None:
        """Show the card a PIN or key, once. Raises `hil.card.keys.Refusal`."""
        self._go(self.way)
        self._lead(show(self._language.cla, key, octets(key, value), left, last_try=last_try))

    def exchange(self, apdu: bytes) -> Answer:
        """One command, and all that belongs to it."""
        return self._lead(exchange(apdu))

    def _step(self, way: Way, part: str) -> Step:
        fid = names_at(way).fid(part)
        if fid is None:
            known = sorted(filter(None, names_at(way).files.values()))
            known += [Step(aid=aid).name for aid, _ in self.applications]
            hint = f"known names here: {', '.join(known)}" if known else "name it by its four hex digits"
            raise Refused(f"{part!r} is no file's name here", hint=hint)
        return Step(fid)

    def _application(self, part: str) -> bool:
        return bool(self._named(part))

    def _named(self, part: str) -> Way:
        """The application of a name or AID, if the card has one of it."""
        for aid, label in self.applications:
            step = Step(aid=aid)
            if _plain(part) in (_plain(step.name), _plain(label), aid.hex()):
                return (step,)
        if len(part) >= 10 and len(part) % 2 == 0:
            try:
                return (Step(aid=bytes.fromhex(part)),)
            except ValueError:
                pass
        return ()

    def _go(self, way: Way) -> Selection:
        """Select step by step. Raises `Refused` with the status word in words."""
        selection = Selection(None, 0x9000)
        for at, step in enumerate(way):
            if step.aid:
                selection = self._lead(self._language.select_application(step.aid))
            else:
                selection = self._select(step.fid or 0)
            if selection.description is None and not selection.damage:
                where = shown_way(way[: at + 1])
                raise Refused(f"{where}: the card answers {selection.sw:04X} ({meaning(selection.sw)})")
        return selection

    def _select(self, fid: int) -> Selection:
        return self._lead(self._language.select(fid))

    def _application_entries(self) -> Iterator[Entry]:
        for aid, label in self.applications:
            selection = self._lead(self._language.select_application(aid))
            if selection.description is not None:
                name = Step(aid=aid).name
                yield Entry(selection.description.fid, name, selection.description, aid, label)

    def _read_dir(self) -> list[tuple[bytes, str]]:
        found: list[tuple[bytes, str]] = []
        description = self._select(EF_DIR).description
        if description is not None and description.kind != "directory":
            for record in self._lead(self._language.read(description)).records:
                try:
                    found += [(each.aid, each.label) for each in pkcs15.read_dir_record(record or b"")]
                except CodecError:
                    continue
        return found[:MAX_APPLICATIONS]

    def _leads(self, fid: int, description: Description) -> list[tuple[int, str]]:
        """Files in the same directory that EF(ODF) or an EF(DODF), which is selected, names."""
        content = self._lead(self._language.read(description)).content
        try:
            if fid == EF_ODF:
                return [(_last(path.fids), "DODF") for path in pkcs15.read_odf(content)]
            entries = pkcs15.read_dodf(content)
        except CodecError:
            return []
        return [
            (_last(each.path.fids), "DM_Bootstrap" if each.oid == pkcs15.OID_DM_BOOTSTRAP else each.label)
            for each in entries
            if each.path is not None
        ]

    def _lead_name(self, way: Way, fid: int) -> str:
        """The name of a file that only EF(ODF) and EF(DODF) know."""
        here, self.way = self.way, way[:-1]
        try:
            return next((entry.name for entry in self.listing() if entry.fid == fid), "")
        finally:
            self.way = here

    def _lead(self, dialogue: Dialogue[T]) -> T:
        return run(dialogue, self._reader)


def _plain(name: str) -> str:
    """A name as people type it: ``pkcs15`` is PKCS#15, ``#`` being trouble in a shell."""
    return "".join(filter(str.isalnum, name)).casefold()


def _last(fids: bytes) -> int:
    return int.from_bytes(fids[-2:], "big")
