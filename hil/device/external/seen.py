"""A device's sessions as its server saw them, in the words of the expectations."""

from __future__ import annotations

from collections.abc import Iterator

from hil.server.events import SessionRecord
from hil.server.transitions import Outcome as Seen
from simulator.codes.alert import AlertCode
from simulator.errors import CodecError, TreeError
from simulator.session.commands.interact import read
from simulator.session.events import Outcome
from simulator.session.interaction import Interaction
from simulator.syncml import message as dm
from simulator.syncml.encoding import decode

OUTCOMES: dict[Seen, str] = {
    Seen.FINISHED: Outcome.COMPLETED,
    Seen.ABORTED_BY_DEVICE: Outcome.ABORTED_BY_CLIENT,
    Seen.ABORTED_BY_SERVER: Outcome.ABORTED_BY_SERVER,
    Seen.DEVICE_NOT_AUTHENTICATED: Outcome.CLIENT_REFUSED,
    Seen.SERVER_NOT_AUTHENTICATED: Outcome.SERVER_REFUSED,
    Seen.VERSION_NOT_SUPPORTED: Outcome.REJECTED,
    Seen.REFUSED_BY_DEVICE: Outcome.REJECTED,
    Seen.ABANDONED: "abandoned",
}
"""What the device itself would call it."""

FOR_THE_USER = range(AlertCode.DISPLAY, AlertCode.MULTIPLE_CHOICE + 1)


class SeenSession:
    """A `hil.device.log.Session`, which follows the server's record while the session lasts."""

    def __init__(self, record: SessionRecord, server_id: str) -> None:
        self._record = record
        self.server_id = server_id

    @property
    def session_id(self) -> str:
        return self._record.session_id

    @property
    def alert(self) -> int | None:
        return self._record.alert

    @property
    def sent(self) -> list[dm.SyncML]:
        return self._of("device")

    @property
    def received(self) -> list[dm.SyncML]:
        return self._of("server")

    @property
    def outcome(self) -> str | None:
        return None if self._record.outcome is None else str(OUTCOMES[self._record.outcome])

    @property
    def reason(self) -> str:
        return "" if self._record.outcome is None else self._record.outcome.value

    def _of(self, who: str) -> list[dm.SyncML]:
        return [seen.message for seen in self._record.log if seen.who == who and seen.message is not None]


def questions(body: bytes, content_type: str) -> Iterator[Interaction]:
    """What a message of the server's shows to the device's user or asks (Alerts 1100 to 1104)."""
    try:
        message, _ = decode(body, content_type)
    except CodecError:
        return
    for command in dm.walk(message.sync_body.commands):
        code = dm.text(command.data).strip() if isinstance(command, dm.Alert) else ""
        if code.isascii() and code.isdigit() and int(code) in FOR_THE_USER:
            try:
                yield read(command, AlertCode(int(code)))  # type: ignore[arg-type]
            except TreeError:
                continue
