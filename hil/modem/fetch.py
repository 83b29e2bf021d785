"""Fetching messages that the modem has stored and announced with +CMTI: read, hand over, delete, one at a time.

Only what was announced during the run is read and deleted; a SIM's older messages stay where they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from hil.modem.at.parser import Command, Response
from hil.modem.at.values import number, split_values

MAX_ANNOUNCED = 1000
"""More than any memory holds."""

Take = Callable[[str | None, int | None], None]
"""Gets the PDU's hex digits and the TPDU's length, as the modem gave them."""


def tpdu_length(header: str) -> int | None:
    """The number of TPDU octets, which stands last in every header."""
    return number(header.rpartition(",")[2].rpartition(":")[2].strip())


class Fetcher:
    def __init__(
        self,
        send: Callable[[Command, Callable[[Response | None], None]], None],
        take: Take,
        note: Callable[[str], object],
    ) -> None:
        self._send = send
        self._take = take
        self._note = note
        self._announced: deque[tuple[str, int]] = deque()
        self._fetching = False
        self._memory: str | None = None
        """The memory that +CPMS has chosen for reading, as far as known."""

    def announced(self, text: str) -> None:
        """The modem said ``+CMTI: "SM",3``."""
        values = split_values(text.partition(":")[2].strip())
        index = number(values[1]) if len(values) > 1 else None
        if index is None or not values[0].isalnum():
            self._note(f"the modem announced a message without saying where: {text}")
        elif len(self._announced) >= MAX_ANNOUNCED:
            self._note(f"too many messages are announced at once, this one stays in the modem: {text}")
        else:
            self._announced.append((values[0], index))
            self._next()

    def restarted(self) -> None:
        """The modem has forgotten which memory was chosen."""
        self._memory = None

    def _next(self) -> None:
        if self._fetching or not self._announced:
            return
        self._fetching = True
        memory, index = self._announced.popleft()
        if memory == self._memory:
            self._read(index)
            return

        def chosen(response: Response | None) -> None:
            if response is not None and response.ok:
                self._memory = memory
                self._read(index)
            else:
                # Another memory has another message under this index: hands off.
                self._give_up(
                    f"the modem refused to read its memory {memory}, message {index} stays there", response
                )

        self._send(Command(f'AT+CPMS="{memory}"'), chosen)

    def _read(self, index: int) -> None:
        def read(response: Response | None) -> None:
            header = response.value() if response is not None and response.ok else None
            if response is None or header is None:
                self._give_up(f"message {index} was announced, but cannot be read", response)
                return
            place = next(at for at, line in enumerate(response.lines) if line.upper().startswith("+CMGR:"))
            after = response.lines[place + 1 :]
            self._take(after[0] if after else None, tpdu_length(header))
            self._delete(index)

        self._send(Command(f"AT+CMGR={index}"), read)

    def _delete(self, index: int) -> None:
        def deleted(response: Response | None) -> None:
            if response is not None and response.ok:
                self._fetching = False
                self._next()
            else:
                self._give_up(f"message {index} cannot be deleted", response)

        self._send(Command(f"AT+CMGD={index}"), deleted)

    def _give_up(self, what: str, response: Response | None) -> None:
        self._note(f"{what}: {response.final if response is not None else 'no answer'}")
        self._fetching = False
        self._next()
