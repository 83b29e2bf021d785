"""Fetching messages that the modem has stored: read, hand over, delete, one at a time.

What is announced (+CMTI, +CDSI) is fetched. What came in while nobody could hear the announcement is found in a
listing: the unread messages after a restart, everything when the memory is full, because then nothing more comes
in. A SIM's older messages stay where they are as long as there is room beside them.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hil.modem.at.parser import Command, Response
from hil.modem.at.values import number, split_values
from hil.modem.conversation import Dialogue, Pause
from hil.modem.sms import pdu
from hil.modem.sms.tpdu import Deliver, decode
from simulator.errors import CodecError

MEMORY = re.compile(r"[A-Za-z0-9_]{1,20}")
"""The name of a memory: ``SM``, ``ME``, ``SM_P``."""

MAX_ANNOUNCED = 1000
"""More than any memory holds."""

SECOND_TRY = 1.0
"""Seconds: some modems announce a message before it can be read."""

UNREAD, ALL = 0, 4
"""<stat> of +CMGL."""

Take = Callable[[str | None, int | None], None]
"""Gets the PDU's hex digits and the TPDU's length, as the modem gave them."""


class Play(Protocol):
    def __call__(self, dialogue: Dialogue[bool], then: Callable[[bool | None], None]) -> None:
        """Carry the dialogue out; ``then`` gets what it comes to, None when the modem went away meanwhile."""
        ...


def tpdu_length(header: str) -> int | None:
    """The number of TPDU octets, which stands last in every header."""
    return number(header.rpartition(",")[2].rpartition(":")[2].strip())


@dataclass(slots=True)
class Place:
    memory: str
    index: int
    handed_over: str | None = None
    """The digits that have been handed over, and not been deleted yet."""


class Fetcher:
    def __init__(self, play: Play, take: Take, note: Callable[[str], object]) -> None:
        self._play = play
        self._take = take
        self._note = note
        self._places: deque[Place] = deque()
        self._current: Place | None = None
        self._list: tuple[str, int] | None = None
        """A memory, and the <stat> of the messages in it that are to be listed."""
        self._fetching = False
        self._memory: str | None = None
        """The memory that +CPMS has chosen for reading, as far as known."""

    def announced(self, text: str) -> None:
        """The modem said ``+CMTI: "SM",3``."""
        values = split_values(text.partition(":")[2].strip())
        index = number(values[1]) if len(values) > 1 else None
        if index is None or not MEMORY.fullmatch(values[0]):
            self._note(f"the modem announced a message without saying where: {text}")
        elif len(self._places) >= MAX_ANNOUNCED:
            self._note(f"too many messages are announced at once, this one stays in the modem: {text}")
        else:
            self._places.append(Place(values[0], index))
            self._next()

    def list_unread(self, memory: str) -> None:
        """Messages may have come unheard: fetch those that nobody has read."""
        if memory:
            self._list = self._list or (memory, UNREAD)
            self._next()

    def empty(self, memory: str) -> None:
        """The memory is full: fetch everything, so that there is room again."""
        if memory and self._list != (memory, ALL):
            self._note(f"the modem's memory {memory} is full: all messages in it are read, and deleted")
            self._list = (memory, ALL)
            self._next()

    def restarted(self) -> None:
        """The modem can be asked again, and has forgotten which memory was chosen."""
        self._memory = None
        self._next()

    def left_over(self) -> Dialogue[list[str]]:
        """Delete what was announced and nobody got to: of these, what a run may have been sent, which are data for
        a port; people's messages stay. Says what could not be done. Only when nothing is being fetched."""
        places, undone = list(self._places), []
        self._places.clear()
        for place in places:
            if not (yield from self._choose(place.memory)):
                continue
            if place.handed_over is None:
                read = yield Command(f"AT+CMGR={place.index}")
                header = _header(read)
                after = read.lines[read.lines.index(header) + 1 :] if read is not None and header else ()
                if not after or not _is_for_a_port(after[0], tpdu_length(header)):
                    continue
            deleted = yield Command(f"AT+CMGD={place.index}")
            if deleted is None or not deleted.ok:
                undone.append(f"message {place.index} in {place.memory} cannot be deleted")
        return undone

    def _next(self) -> None:
        if not self._fetching and (self._places or self._list):
            self._fetching = True
            self._play(self._fetch(), self._fetched)

    def _fetched(self, finished: bool | None) -> None:
        self._fetching = False
        if finished is None:
            if self._current is not None:
                self._places.appendleft(self._current)
                self._current = None
            return
        self._next()

    def _fetch(self) -> Dialogue[bool]:
        while self._places or self._list:
            if self._list:
                yield from self._look_through(*self._list)
            else:
                self._current = self._places.popleft()
                yield from self._fetch_one(self._current)
                self._current = None
        return True

    def _look_through(self, memory: str, stat: int) -> Dialogue[None]:
        answer = None
        if (yield from self._choose(memory)):
            answer = yield Command(f"AT+CMGL={stat}")
        self._list = None
        if answer is None or not answer.ok:
            self._give_up(f"the messages in memory {memory} cannot be listed", answer)
            return
        known = {place.index for place in self._places if place.memory == memory}
        for line in answer.lines:
            if line.upper().startswith("+CMGL:"):
                index = number(line.partition(":")[2].partition(",")[0].strip())
                if index is not None and index not in known and len(self._places) < MAX_ANNOUNCED:
                    self._places.append(Place(memory, index))

    def _fetch_one(self, place: Place) -> Dialogue[None]:
        index = place.index
        if not (yield from self._choose(place.memory)):
            # Another memory has another message under this index: hands off.
            return
        read = yield Command(f"AT+CMGR={index}")
        if not _header(read):
            yield Pause(SECOND_TRY)
            read = yield Command(f"AT+CMGR={index}")
        header = _header(read)
        if read is None or not header:
            if place.handed_over is None:
                self._give_up(f"message {index} was announced, but cannot be read", read)
            return
        after = read.lines[read.lines.index(header) + 1 :]
        digits = after[0] if after else None
        # After an interruption it may be the one that was handed over, or another that has taken its place.
        if digits is None or digits != place.handed_over:
            self._take(digits, tpdu_length(header))
            place.handed_over = digits
        deleted = yield Command(f"AT+CMGD={index}")
        if deleted is None or not deleted.ok:
            self._give_up(f"message {index} cannot be deleted", deleted)

    def _choose(self, memory: str) -> Dialogue[bool]:
        if memory == self._memory:
            return True
        answer = None
        # Some modems want the memories to write to and to receive into as well.
        for names in (f'"{memory}"', f'"{memory}","{memory}"', f'"{memory}","{memory}","{memory}"'):
            answer = yield Command(f"AT+CPMS={names}")
            if answer is not None and answer.ok:
                self._memory = memory
                return True
        self._give_up(f"the modem refused to read its memory {memory}, its messages stay there", answer)
        return False

    def _give_up(self, what: str, response: Response | None) -> None:
        self._note(f"{what}: {response.final if response is not None else 'no answer'}")


def _is_for_a_port(digits: str, length: int | None) -> bool:
    try:
        message = decode(pdu.decode(digits, length)[1], "in")
    except CodecError:
        return False
    return isinstance(message, Deliver) and message.header is not None and message.header.ports is not None


def _header(response: Response | None) -> str:
    if response is None or not response.ok:
        return ""
    return next((line for line in response.lines if line.upper().startswith("+CMGR:")), "")
