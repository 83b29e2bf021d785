"""What the modem says on the line, and when: answers, unsolicited results and prompts (V.250 §5.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Payload = Callable[[str], list[str]]
"""Gets what was typed at the prompt and returns the lines before OK."""


class Output:
    def __init__(self) -> None:
        self._out = bytearray()
        self._payload: Payload | None = None
        self._told: list[str] = []
        """Unsolicited results that wait until the command under way has been answered."""
        self._after: list[Callable[[], None]] = []
        self._busy = False
        self.elsewhere = False
        """Unsolicited results go to another port of the modem."""

    def take(self) -> bytes:
        """Everything said since the last call."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def echo(self, byte: int) -> None:
        self._out.append(byte)

    def say(self, text: str) -> None:
        # one character an octet: in text mode a message may be anything
        self._out += f"\r\n{text}\r\n".encode("latin-1", "replace")

    def noise(self, octets: bytes) -> None:
        """What the line itself brings."""
        self._out += octets

    def tell(self, text: str) -> None:
        """An unsolicited result: at once, or after the answer to the command under way."""
        if self.elsewhere:
            return
        if self._busy or self._payload is not None:
            self._told.append(text)
        else:
            self.say(text)

    def after_answer(self, action: Callable[[], None]) -> None:
        """Do it when the command under way has been answered; at once, when there is none."""
        if self._busy or self._payload is not None:
            self._after.append(action)
        else:
            action()

    def prompt(self, payload: Payload) -> None:
        """Ask for a PDU; ``payload`` gets it."""
        self._out += b"\r\n> "
        self._payload = payload

    def prompt_again(self) -> None:
        """The next line of a text."""
        self._out += b"\r\n> "

    @property
    def prompting(self) -> bool:
        return self._payload is not None

    def take_payload(self) -> Payload | None:
        """What waits at the prompt, which is closed with this."""
        payload, self._payload = self._payload, None
        return payload

    def hang_up_prompt(self) -> None:
        """The modem restarts: whatever was being typed is lost, and what waited is not said."""
        self._payload = None
        self._told.clear()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Around the answer to a command: what is told meanwhile comes after it, or after the prompt it opens."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False
        if self._payload is None:
            self._catch_up()

    def _catch_up(self) -> None:
        told, self._told = self._told, []
        for text in told:
            self.say(text)
        after, self._after = self._after, []
        for action in after:
            action()
