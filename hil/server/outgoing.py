"""The server's package: which commands are in the next message, and whether it is the package's last.

Commands that belong together make one package. What of it does not fit into one message of the device's
MaxMsgSize goes into further ones, of which only the last has Final; in between the device answers with Alert 1222
(DM Protocol §7.2). A single command that is too large by itself goes in chunks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from hil.server.answer import Answer, Pending
from hil.server.building import Built, build
from hil.server.commands import RespUri
from hil.server.ledger import Ledger
from hil.server.settings import Packing
from hil.server.transfer import Transfer, can_be_cut, must_be_cut
from simulator.errors import EncodeError
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding

Fits = Callable[[dm.SyncML], str | None]
"""Why a message cannot be sent as it is (too large for the device, no encoding), or None."""

Draft = Callable[[bool], dm.SyncML]
"""A message with nothing but statuses, with or without Final."""


@dataclass(frozen=True, slots=True)
class Part:
    """A message of the package."""

    message: dm.SyncML
    last: bool


class Abort(Exception):
    """It is the turn of an Alert 1223."""


class Outgoing:
    def __init__(self, ledger: Ledger, dropped: Callable[[Answer], None]) -> None:
        """``dropped`` is told of each command that is not sent."""
        self.resp_uri: str | None = None
        """Where the device shall go on."""
        self._ledger = ledger
        self._dropped = dropped
        self._package: list[Pending] = []
        self._transfer: Transfer | None = None
        self._encoding = Encoding.WBXML

    @property
    def open(self) -> bool:
        """Whether the package goes on: its last message had no Final."""
        return bool(self._package) or self._transfer is not None

    def reset(self) -> None:
        """The package is begun anew: the device has not executed it."""
        self._package, self._transfer = [], None

    def next(self, draft: Draft, encoding: Encoding, fits: Fits, packing: Packing) -> Part | None:
        """The next message; None when there are no commands any more. Raises `Abort`."""
        self._encoding = encoding
        if self._transfer is not None and self._goes_on(self._transfer):
            part = self._chunk(self._transfer, draft, fits)
            if part is not None:
                return part
        while self._package or self._choose(packing):
            part = self._commands(draft, fits)
            if part is not None:
                return part
        return None

    def _choose(self, packing: Packing) -> bool:
        self._package = self._ledger.choose(packing)
        if not self._package:
            return False
        first = self._package[0].command
        if first.aborts:
            self._drop("sent; the device does not answer it", silent=True)
            raise Abort
        if isinstance(first.act, RespUri):
            self.resp_uri = first.act.uri
            self._drop("said", silent=True)
            return self._choose(packing)
        return True

    # Whole commands.

    def _commands(self, draft: Draft, fits: Fits) -> Part | None:
        """As many commands of the package as fit; None: the first was dropped, or is a large object's turn."""
        whole = list(itertools.takewhile(lambda waiting: not must_be_cut(waiting), self._package))
        built = self._build(whole, draft) if whole else []
        if self._package and not whole:
            return self._start(draft, fits)
        if not built:
            return None
        count, why = self._count(built, draft, fits)
        if count == 0:
            if can_be_cut(self._package[0]):
                return self._start(draft, fits)
            self._drop(f"not sent: {why}")
            return None
        message, last = self._message(built[:count], draft, count)
        self._ledger.sent(message.sync_hdr.msg_id, zip(self._package[:count], built[:count], strict=True))
        del self._package[:count]
        return Part(message, last)

    def _build(self, whole: list[Pending], draft: Draft) -> list[Built]:
        numbers = map(str, itertools.count(len(draft(True).sync_body.commands) + 1))
        built: list[Built] = []
        for waiting in whole:
            try:
                built.append(build(waiting.command, numbers, self._encoding))
            except EncodeError as error:
                if not built:
                    self._drop(f"not sent: {error}")
                break
        return built

    def _count(self, built: list[Built], draft: Draft, fits: Fits) -> tuple[int, str]:
        """How many of the commands fit, and why not one more."""
        why = fits(self._message(built, draft, len(built))[0])
        if why is None:
            return len(built), ""
        fine, too_many = 0, len(built)
        while too_many - fine > 1:
            middle = (fine + too_many) // 2
            refused = fits(self._message(built[:middle], draft, middle)[0])
            if refused is None:
                fine = middle
            else:
                too_many, why = middle, refused
        return fine, why

    def _message(self, built: list[Built], draft: Draft, count: int) -> tuple[dm.SyncML, bool]:
        last = count == len(self._package)
        message = draft(last)
        message.sync_body.commands += [one.command for one in built]
        return message, last

    # Large objects.

    def _goes_on(self, transfer: Transfer) -> bool:
        answer = transfer.answer
        if answer.status is None and not transfer.stopped:
            return True
        if answer.status is None:
            answer.note, answer.silent = "interrupted, as it was told", True
        answer.more, self._transfer = False, None
        return False

    def _start(self, draft: Draft, fits: Fits) -> Part | None:
        waiting = self._package[0]
        try:
            transfer = Transfer(waiting, self._encoding)
        except EncodeError as error:
            self._drop(f"not sent: {error}")
            return None
        return self._chunk(transfer, draft, fits)

    def _chunk(self, transfer: Transfer, draft: Draft, fits: Fits) -> Part | None:
        message = draft(True)
        cmd_id = str(len(message.sync_body.commands) + 1)
        statuses = list(message.sync_body.commands)
        waiting, why = transfer.waiting, ""

        def small_enough(command: dm.Command) -> bool:
            nonlocal why
            message.sync_body.commands = [*statuses, command]
            refused = fits(message)
            why = refused or why
            return refused is None

        command = transfer.cut(cmd_id, small_enough)
        if command is None and self._transfer is None:
            self._drop(f"not sent: {why}")
            return None
        if command is None:
            # There was room for the last chunk and is none for this one: the device changed its MaxMsgSize.
            transfer.answer.note, transfer.answer.more, self._transfer = f"not sent whole: {why}", False, None
            return None
        self._ledger.sent_chunk(message.sync_hdr.msg_id, cmd_id, waiting, transfer.answer)
        if waiting in self._package:
            self._package.remove(waiting)
        self._transfer = transfer if transfer.answer.more else None
        last = not self.open
        message = draft(last)
        message.sync_body.commands.append(command)
        return Part(message, last)

    def _drop(self, why: str, *, silent: bool = False) -> None:
        self._dropped(self._ledger.drop(self._package.pop(0), why, silent=silent))
