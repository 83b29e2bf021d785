"""Walks over a card: the files that there are, of those that cards are known to have (TS 102 221 §8, §13).

A UICC tells nobody what is in a directory. So known identifiers are tried, in each directory those that belong
there; EF(DIR), EF(ODF), EF(DODF) and the references to EF(ARR) lead to more. No PIN is tried that was not given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from hil.card.dump.found import Description, FoundCard, FoundFile, FoundPin
from hil.card.dump.habits import habits_of
from hil.card.dump.language import Selection, UiccLanguage, enter
from hil.card.keys import count, key_name, octets, show, verify_line
from hil.card.uicc.rules import PIN1, PIN2, is_adm
from simulator.bootstrap import pkcs15
from simulator.bootstrap.apdu import Dialogue
from simulator.codes.apdu import CURRENT_ADF, EF_DIR, EF_ODF, MF, application_name, meaning
from simulator.codes.cardfiles import APPLICATION_FILES, BELOW_DF, BELOW_MF, DIRECTORIES, files_of_application
from simulator.errors import CardError, CodecError

Tell = Callable[[str], None]

Way = tuple[int | bytes, ...]
"""From the MF to a directory: file identifiers, or the AID of an application."""

MAX_APPLICATIONS = 32

AID_OCTETS = 5, 16
"""Of an AID, at least and at most (ISO/IEC 7816-4 §8.2.1.2)."""

THOROUGH = {"mf": range(0x2F00, 0x3000), "df": (*range(0x6F00, 0x7000), *range(0x4F00, 0x5000))}
THOROUGH_DIRECTORIES = {"mf": range(0x7F00, 0x7FFF), "df": range(0x5F00, 0x6000)}


class Walk:
    """One walk over one card. ``tell`` hears how far it is."""

    def __init__(
        self,
        tell: Tell,
        *,
        thorough: bool = False,
        keys: Mapping[int, str] | None = None,
        last_try: bool = False,
    ) -> None:
        """``keys``: PINs and issuer's keys by reference; each is shown to the card once, before the walk."""
        self._tell = tell
        self._keys = dict(keys or {})
        self._last_try = last_try
        self._thorough = thorough
        self._language = UiccLanguage()
        self._pins: dict[int, FoundPin] = {}
        self._refused: list[str] = []

    def card(self) -> Dialogue[FoundCard]:
        """All that is found. Raises `CardError` for a card without an MF, or one that breaks the protocol."""
        self._language, selection = yield from enter()
        if selection.description is None:
            why = selection.damage or meaning(selection.sw)
            raise CardError(f"the card's MF cannot be selected: {selection.sw:04X}, {why}", sw=selection.sw)
        mf = FoundFile(selection.description, MF, "MF")
        found = FoundCard(mf)
        yield from self._present(mf.description)
        yield from self._pins_of(mf)
        yield from self._directory(mf, (MF,), DIRECTORIES[MF][1], BELOW_MF, "mf")
        found.labels = _labels(mf)
        yield from self._applications(found)
        found.pins = list(self._pins.values())
        found.refused = self._refused
        found.habits = yield from habits_of(self._language, found)
        return found

    def _applications(self, found: FoundCard) -> Dialogue[None]:
        seen: set[bytes] = set()
        for aid in [*found.labels, *(yield from self._unlisted())]:
            if aid in seen or len(seen) == MAX_APPLICATIONS:
                continue
            selection = yield from self._language.select_application(aid)
            description = selection.description
            if description is None:
                self._refuse(f"application {aid.hex().upper()}", selection)
                continue
            aid = description.aid or aid
            if aid in seen or not AID_OCTETS[0] <= len(aid) <= AID_OCTETS[1]:
                continue
            seen.add(aid)
            # A directory with an identifier can be found by its name as well.
            if any(each.fid == description.fid for each in found.mf.files if description.fid is not None):
                continue
            # Some cards give an ADF an identifier too, by which it cannot be selected.
            fid = None if description.fid is None or (yield from self._is_adf(aid)) else description.fid
            file = FoundFile(replace(description, aid=aid), fid, application_name(aid))
            yield from self._pins_of(file)
            yield from self._directory(file, (aid,), files_of_application(aid), BELOW_DF, "df")
            (found.applications if file.fid is None else found.mf.files).append(file)

    def _is_adf(self, aid: bytes) -> Dialogue[bool]:
        """Whether 7FFF means the application that is selected, which it is again afterwards."""
        selection = yield from self._language.select(CURRENT_ADF)
        yield from self._language.select_application(aid)
        return selection.description is not None and selection.description.aid == aid

    def _unlisted(self) -> Dialogue[list[bytes]]:
        """AIDs that begin as known ones do, whether EF(DIR) names them or not."""
        found: list[bytes] = []
        for prefix in APPLICATION_FILES:
            following = False
            while len(found) < MAX_APPLICATIONS:
                selection = yield from self._language.select_application(prefix, following=following)
                aid = b"" if selection.description is None else selection.description.aid
                if not aid or aid in found:
                    break
                found.append(aid)
                following = True
        return found

    def _directory(
        self,
        home: FoundFile,
        way: Way,
        known: dict[int, str],
        below: Iterable[int],
        level: str,
    ) -> Dialogue[None]:
        """Fill a directory that is selected. ``way`` leads to it again, when another has been selected."""
        names = dict(known)
        waiting = list(known)
        if self._thorough:
            waiting += [fid for fid in THOROUGH[level] if fid not in names]
        tried: set[int] = set()
        while waiting:
            fid = waiting.pop(0)
            if fid in tried:
                continue
            tried.add(fid)
            file = yield from self._file(fid, names.get(fid, ""), way)
            if file is not None:
                home.files.append(file)
                waiting += [each for each in _leads(file) if each not in tried]
        self._tell(f"{_shown(way, home)}: {len(home.files)} files")
        children = [*below, *(THOROUGH_DIRECTORIES[level] if self._thorough and below else ())]
        for fid in dict.fromkeys(children):
            yield from self._child(home, way, fid)

    def _file(self, fid: int, name: str, way: Way) -> Dialogue[FoundFile | None]:
        selection = yield from self._language.select(fid)
        description = selection.description
        if description is None:
            self._refuse(_path(way, fid), selection)
            if selection.damage:
                yield from self._return(way)
            return None
        if description.kind == "directory":
            # Not meant, and left again at once: what comes next is looked for where we were.
            yield from self._return(way)
            return None
        if description.fid not in (None, fid):
            return None
        content = yield from self._language.read(description)
        return FoundFile(description, fid, name, content.content, content.records, content.trouble)

    def _child(self, home: FoundFile, way: Way, fid: int) -> Dialogue[None]:
        selection = yield from self._language.select(fid)
        description = selection.description
        if description is None:
            self._refuse(_path(way, fid), selection)
            if selection.damage:
                yield from self._return(way)
            return
        if description.kind == "directory" and description.fid in (None, fid):
            name, known = DIRECTORIES.get(fid, ("", {}))
            child = FoundFile(description, fid, name)
            yield from self._pins_of(child)
            below = BELOW_DF if way == (MF,) else ()
            yield from self._directory(child, (*way, fid), known, below, "df")
            home.files.append(child)
        yield from self._return(way)

    def _return(self, way: Way) -> Dialogue[None]:
        for step in way:
            if isinstance(step, bytes):
                yield from self._language.select_application(step)
            else:
                yield from self._language.select(step)

    def _pins_of(self, directory: FoundFile) -> Dialogue[None]:
        """Counters of the PINs that a directory, which is selected, names."""
        for key, enabled in directory.description.pins:
            if key in self._pins:
                continue
            left, puk_left = yield from self._counters(directory.description, key)
            # The issuer's keys are no part of a copy, even when they are known.
            value = None if is_adm(key) else self._keys.get(key)
            self._pins[key] = FoundPin(key, enabled, left, puk_left, value)

    def _counters(self, directory: Description, key: int) -> Dialogue[tuple[int | None, int | None]]:
        if self._language.cla == 0xA0:
            return _chv_counters(directory.raw, key)
        counters = yield from count(self._language.cla, key)
        return counters.left, counters.puk_left

    def _present(self, mf: Description) -> Dialogue[None]:
        for key, value in self._keys.items():
            left, _ = yield from self._counters(mf, key)
            self._tell(f"{key_name(key)}: {'unknown how many' if left is None else left} tries left")
            self._tell(f"> {verify_line(self._language.cla, key, octets(key, value))}")
            yield from show(self._language.cla, key, octets(key, value), left, last_try=self._last_try)

    def _refuse(self, what: str, selection: Selection) -> None:
        if not selection.absent:
            why = selection.damage or f"{selection.sw:04X}, {meaning(selection.sw)}"
            self._refused.append(f"{what}: {why}")


def _chv_counters(header: bytes, key: int) -> tuple[int | None, int | None]:
    """A SIM tells them of its two CHVs with its MF (TS 51.011 §9.2.1)."""
    at = {PIN1: 18, PIN2: 20}.get(key)
    if at is None or len(header) <= at + 1:
        return None, None
    return header[at] & 0xF, header[at + 1] & 0xF


def _labels(mf: FoundFile) -> dict[bytes, str]:
    ef = next((file for file in mf.files if file.fid == EF_DIR), None)
    found: dict[bytes, str] = {}
    for record in ef.records if ef is not None else []:
        try:
            applications = pkcs15.read_dir_record(record or b"")
        except CodecError:
            continue
        found |= {each.aid: each.label for each in applications}
    return found


def _leads(file: FoundFile) -> Iterator[int]:
    """Files of the same directory that this one leads to."""
    if file.description.reference is not None:
        yield file.description.reference.fid
    try:
        if file.fid == EF_ODF:
            paths: list[pkcs15.Path | None] = [*pkcs15.read_odf(file.content)]
        elif file.name.startswith("DODF") or not file.name:
            paths = [each.path for each in pkcs15.read_dodf(file.content)]
        else:
            return
    except CodecError as error:
        partial = error.partial if isinstance(error.partial, list) else []
        paths = [each.path if isinstance(each, pkcs15.DataObject) else each for each in partial]
    for path in paths:
        if isinstance(path, pkcs15.Path):
            yield int.from_bytes(path.fids[-2:], "big")


def _path(way: Way, fid: int) -> str:
    steps = [step.hex().upper() if isinstance(step, bytes) else f"{step:04X}" for step in (*way, fid)]
    return "/".join(steps)


def _shown(way: Way, home: FoundFile) -> str:
    fids = "/".join(f"{step:04X}" for step in way if isinstance(step, int))
    return f"{home.name} {fids}".strip() if fids else home.name
