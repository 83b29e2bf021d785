"""How a card answers where the standards leave a choice, found out without changing anything on it."""

from __future__ import annotations

from collections.abc import Iterator

from hil.card.dump.found import FoundCard, FoundFile, Habits
from hil.card.dump.language import UiccLanguage
from hil.card.uicc.state import MAX_CHANNELS
from simulator.bootstrap.apdu import Dialogue, command, exchange
from simulator.codes.apdu import MF, Ins


def habits_of(language: UiccLanguage, found: FoundCard) -> Dialogue[Habits]:
    if language.cla == 0xA0:
        return Habits("sim")
    answers = yield from _answers()
    over_read = yield from _over_read(language, found)
    channels = yield from _channels()
    return Habits(language.mode, answers, over_read, _sizes(found), channels)


def _answers() -> Dialogue[str]:
    """Whether a SELECT with Le gets its data at once. Over T=0 no card can, since Le is not sent."""
    response = yield command(0x00, Ins.SELECT, 0x00, 0x04, MF.to_bytes(2, "big"), le=256)
    return "61xx" if response[-2:-1] == b"\x61" else "direct"


def _over_read(language: UiccLanguage, found: FoundCard) -> Dialogue[str]:
    """What a READ BINARY for one byte more than there is gets."""
    small = next((file for file in found.mf.files if file.content and len(file.content) < 254), None)
    ways: list[tuple[bytes | int, FoundFile]] = [(MF, small)] if small is not None else []
    for application in found.applications:
        ways += [(application.description.aid, file) for file in _small(application)]
    for way, file in ways[:1]:
        if isinstance(way, bytes):
            yield from language.select_application(way)
        else:
            yield from language.select(way)
        yield from language.select(file.fid or 0)
        response = yield command(0x00, Ins.READ_BINARY, 0, 0, le=len(file.content) + 1)
        if response[:1] == b"\x6c" and len(response) == 2:
            return "6cxx"
        if response[-2:] == b"\x62\x82":
            return "6282"
    return "short"


def _sizes(found: FoundCard) -> bool:
    """Whether the card tells how large its transparent files are, if only of one of them."""
    files = [each for each in found.everything() if each.description.kind == "transparent"]
    return not files or any(each.description.size is not None for each in files)


def _small(directory: FoundFile) -> Iterator[FoundFile]:
    return (file for file in directory.files if file.content and len(file.content) < 254)


def _channels() -> Dialogue[int]:
    """Open as many logical channels as the card and an image have, and close them again."""
    opened: list[int] = []
    while len(opened) < MAX_CHANNELS:
        answer = yield from exchange(command(0x00, Ins.MANAGE_CHANNEL, 0x00, 0x00, le=1))
        if not answer.ok or len(answer.data) != 1 or not 1 <= answer.data[0] <= 19:
            break
        opened.append(answer.data[0])
    for channel in opened:
        yield from exchange(command(0x00, Ins.MANAGE_CHANNEL, 0x80, channel))
    return len(opened)
