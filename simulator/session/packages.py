"""Where both sides are in their packages: whose turn it is to close one, and what goes into the next message.

A package may take several messages, and only its last one has Final; the side that is listening meanwhile
answers with Alert 1222, and may not close its own package before the other one has (DM Protocol §7.2).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from simulator.codes.alert import AlertCode
from simulator.session.outbox import Outbox, Packed, Unit
from simulator.session.plain import plain
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Alert, Command, SyncHdr


class Packages:
    """The client's outgoing package, and what it knows of the server's."""

    def __init__(self) -> None:
        self.msg_id = 0
        """Of the latest message sent."""
        self.limit: int | None = None
        """The server's MaxMsgSize in octets; None: it named none."""
        self.head: list[Command] = []
        """What the next message begins with: the Status for the server's header."""
        self.idle = 0
        """Messages in a row with which the server neither asked for anything nor got anything."""
        self._outbox = Outbox()
        self._server_closed = True
        """So that the client may close its own package. At first it is the client's turn."""
        self._open = False
        """A message of the client's package went out that was not its last."""
        self._sent: list[Unit] = []
        self._sent_final = False

    # -- incoming

    def came(self, commands: list[Command], *, final: bool) -> None:
        """A message of the server. Its answers to messages of ours that were not the last have no Final, and
        begin no package either."""
        self._server_closed = self._server_closed or final
        asked = not all(map(is_next_message, commands))
        self.idle = 0 if asked or self._outbox else self.idle + 1

    @property
    def nothing_to_say(self) -> bool:
        """An answer to a message without commands would be nothing but the header's Status: it is not sent."""
        return self._server_closed and not self._outbox and not self._open

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

    def say(self, commands: Iterable[Command]) -> None:
        """Queue commands of the client's own."""
        self._outbox.put(Unit([command]) for command in commands)

    def say_again(self) -> None:
        """What the last message said comes first in the next one. (Copies: the last one is in the trace.)"""
        self._outbox.put_back(
            Unit([dataclasses.replace(command) for command in unit.commands]) for unit in self._sent
        )
        self._server_closed = self._server_closed or self._sent_final

    def abort(self) -> None:
        """Say nothing but Alert 1223; what was still to be said goes unsaid (DM Protocol §6.1)."""
        self._outbox = Outbox()
        self.head.append(Alert("", data=str(int(AlertCode.SESSION_ABORT))))
        self._server_closed = True

    def pack(self, header: SyncHdr, encoding: Encoding) -> Packed:
        """The next message, as long as the server takes it. ``header.msg_id`` is set here."""
        self.msg_id += 1
        header.msg_id = str(self.msg_id)
        packed = self._outbox.pack(
            header, self.head, close=self._server_closed, encoding=encoding, limit=self.limit
        )
        self._sent, self._sent_final = packed.units, packed.message.sync_body.final
        self._open = not self._sent_final
        if self._sent_final:
            self._server_closed = False
        return packed


def is_next_message(command: Command) -> bool:
    return isinstance(command, Alert) and plain(command.data) == str(int(AlertCode.NEXT_MESSAGE))
