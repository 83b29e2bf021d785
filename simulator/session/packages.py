"""Where both sides are in their packages: whose turn it is to close one, and what goes into the next message.

A package may take several messages, and only its last one has Final; the side that is listening meanwhile
answers with Alert 1222, and may not close its own package before the other one has (DM Protocol §7.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.codes.alert import AlertCode
from simulator.session.outbox import Frame, Outbox, Packed, Unit
from simulator.session.plain import alert_code
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Alert, Command, Status, SyncHdr

IDLE_MESSAGES = 5
"""Messages without a command that a server may send in a row before it closes its package."""


class Packages:
    """The client's outgoing package, and what it knows of the server's."""

    def __init__(self, *, chunks: bool = False) -> None:
        """``chunks``: the client sends large objects."""
        self.msg_id = 0
        """Of the latest message sent."""
        self.limit: int | None = None
        """The server's MaxMsgSize in octets; None: it named none."""
        self.object_limit: int | None = None
        """The server's MaxObjSize in octets; None: it named none."""
        self.head: list[Command] = []
        """What the next message begins with: the Status for the server's header."""
        self.idle = 0
        """Messages in a row with which the server neither asked for anything nor got anything."""
        self.sent: list[Command] = []
        """The commands of the latest message."""
        self.chunks = chunks
        self.ver_proto = ""
        """Of the latest message."""
        self._outbox = Outbox()
        self._server_closed = True
        """So that the client may close its own package. At first it is the client's turn."""
        self._open = False
        """A message of the client's package went out that was not its last."""
        self._units: list[Unit] = []
        self._sent_final = False
        self._tags: dict[tuple[str, str], object] = {}

    # -- incoming

    def came(self, commands: list[Command], *, final: bool) -> None:
        """A message of the server. Its answers to messages of ours that were not the last have no Final, and
        begin no package either."""
        self._server_closed = self._server_closed or final
        asked = not all(map(is_next_message, commands))
        self.idle = 0 if asked or self._outbox else self.idle + 1

    def answered(self, status: Status) -> object:
        """The tag of what a Status of the server answers; None when there is none, or none any more."""
        return self._tags.pop((status.msg_ref.strip(), status.cmd_ref.strip()), None)

    @property
    def nothing_to_say(self) -> bool:
        """An answer to a message without commands would be nothing but the header's Status: it is not sent."""
        return self._server_closed and not self._outbox and not self._open

    @property
    def waiting(self) -> int:
        """Octets of the results that are still to be sent."""
        return self._outbox.waiting

    def endless(self, most: int) -> str | None:
        """Why a server that keeps sending is not listened to any longer; ``most`` messages are a session."""
        if self.msg_id >= most:
            return f"the session went on for {self.msg_id} messages"
        if self.idle > IDLE_MESSAGES:
            return f"the server sent {self.idle} messages in a row without a command or an end"
        return None

    @property
    def unfinished(self) -> bool:
        """It is the client's turn, and its package goes on: the server may only ask for its next message."""
        return self._open and self._server_closed

    # -- outgoing

    def put(self, command: Command, answers: Iterable[Unit]) -> None:
        """Queue the answers to a command.

        Those to Alert 1222 are not queued: they go with the header's Status, because a package in small
        messages would otherwise grow by one Status with every message.
        """
        if is_next_message(command):
            self.head += [answer for unit in answers for answer in unit.commands]
        else:
            self._outbox.put(answers)

    def say(self, commands: Iterable[Command], *, tag: object = None) -> None:
        """Queue commands of the client's own."""
        self._outbox.put(Unit([command], tag) for command in commands)

    def say_again(self) -> None:
        """What the last message said comes first in the next one."""
        self._outbox.put_back(unit.copy() for unit in self._units)
        self._server_closed = self._server_closed or self._sent_final

    def abort(self) -> None:
        """Say nothing but Alert 1223; what was still to be said goes unsaid (DM Protocol §6.1)."""
        self._outbox = Outbox()
        self.head.append(Alert("", data=str(int(AlertCode.SESSION_ABORT))))
        self._server_closed = True

    def fit(self, units: list[Unit], header: SyncHdr, encoding: Encoding) -> bool:
        """Whether one message takes all of these."""
        frame = self._frame(header, encoding)
        return frame.takes(frame.pack(units, last=True, close=False))

    def pack(self, header: SyncHdr, encoding: Encoding) -> Packed:
        """The next message, as long as the server takes it. ``header.msg_id`` is set here.

        Raises `SessionError` when it takes none.
        """
        self.msg_id += 1
        header.msg_id = str(self.msg_id)
        packed = self._outbox.pack(self._frame(header, encoding), close=self._server_closed)
        self._units, self._sent_final = packed.units, packed.message.sync_body.final
        self._open = not self._sent_final
        if self._sent_final:
            self._server_closed = False
        self.ver_proto = header.ver_proto
        self.sent = packed.message.sync_body.commands
        for unit in packed.units:
            if unit.tag is not None:
                self._tags[header.msg_id, unit.commands[-1].cmd_id] = unit.tag
        return packed

    def _frame(self, header: SyncHdr, encoding: Encoding) -> Frame:
        return Frame(header, self.head, encoding, self.limit, self.chunks)


def is_next_message(command: Command) -> bool:
    return alert_code(command) == AlertCode.NEXT_MESSAGE
