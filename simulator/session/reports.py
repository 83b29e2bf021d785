"""The device's own alerts in a session: said once, and done with when the server has answered them."""

from __future__ import annotations

from simulator.session.alerts import AlertQueue, Waiting
from simulator.session.events import Noted, Reported
from simulator.session.outbox import Unit
from simulator.session.packages import Packages
from simulator.session.reading import CREDENTIAL_CODES
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import SyncHdr


class Reports:
    """Of the alerts that wait, those for one server."""

    def __init__(self, queue: AlertQueue, server_id: str) -> None:
        self._queue = queue
        self._server_id = server_id
        self._said: list[Waiting] = []
        self._answered: list[tuple[Waiting, int]] = []
        """Answered, by someone who may yet turn out not to be the server."""
        self._reported: list[Reported] = []

    @property
    def news(self) -> bool:
        """Something came up that was not said in this session."""
        return any(waiting not in self._said for waiting in self._queue.of(self._server_id))

    def say(self, packages: Packages, header: SyncHdr, encoding: Encoding) -> list[Noted]:
        """Put what is new into the next message. What no message can carry is given up, with a note."""
        notes: list[Noted] = []
        for waiting in self._queue.of(self._server_id):
            if waiting in self._said:
                continue
            self._said.append(waiting)
            command = waiting.alert.command(encoding)
            if packages.chunks or packages.fit([Unit([command])], header, encoding):
                packages.say([command], tag=waiting)
            else:
                self._queue.remove(waiting)
                notes.append(Noted(f"Alert {int(waiting.alert.code)} is too long for the server and is given up"))
        return notes

    def answered(self, tag: object, code: int | None) -> None:
        """The server's Status for something that was said. Refused credentials are no answer: it is said again."""
        if isinstance(tag, Waiting) and code is not None and code not in CREDENTIAL_CODES:
            self._answered.append((tag, code))

    def settle(self) -> None:
        """Who answered can be believed."""
        for waiting, code in self._answered:
            self._queue.remove(waiting)
            self._reported.append(Reported(waiting.alert, code))
        self._answered.clear()

    def take_answered(self) -> list[Reported]:
        """What was settled since the last time."""
        taken, self._reported = self._reported, []
        return taken
