"""What a card that knows both classes tells of its files in class A0, as a SIM."""

from __future__ import annotations

from hil.card.dump.found import FoundFile
from hil.card.dump.language import SimLanguage
from simulator.bootstrap.apdu import Dialogue
from simulator.codes.apdu import MF


def headers(mf: FoundFile) -> Dialogue[bool]:
    """Ask for the headers of all files below the MF; False when the card does not know the class.

    The card has been reset: it chooses its language by the first command (TS 102 221 §5).
    """
    language = SimLanguage()
    selection = yield from language.select(MF)
    if selection.description is None:
        return False
    mf.header = selection.description.raw
    yield from _below(language, (), mf)
    return True


def _below(language: SimLanguage, way: tuple[int, ...], directory: FoundFile) -> Dialogue[None]:
    for file in directory.files:
        for fid in (MF, *way):
            yield from language.select(fid)
        selection = yield from language.select(file.fid or 0)
        if selection.description is not None:
            file.header = selection.description.raw
        yield from _below(language, (*way, file.fid or 0), file)
