"""The commands of one session: which are still to send, which were sent, and what came back for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hil.server import commands as said
from hil.server import order
from hil.server.answer import Answer, Pending, Value
from hil.server.building import Built
from hil.server.reading import code_of
from hil.server.settings import Packing
from simulator.codes.status import StatusCode
from simulator.syncml import message as dm

MAX_VALUES = 10_000
"""Items that are kept of one answer."""

MAX_OWN = 100
"""Alerts of the server's that are remembered: a device answers them in its next message."""

NOT_ANSWERED = "the device sent no status"


@dataclass(slots=True)
class _Sent:
    waiting: Pending
    msg_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Reference:
    """What a command of a message of ours was."""

    answer: Answer
    chunk: bool = False
    """A chunk of a large object, and not its last."""


class Ledger:
    def __init__(self) -> None:
        self._queue: deque[Pending] = deque()
        self._sent: list[_Sent] = []
        self._by_number: dict[tuple[str, str], _Reference] = {}
        """By MsgID and CmdID; also of commands inside an Atomic or a Sequence."""
        self._own: deque[tuple[str, str]] = deque(maxlen=MAX_OWN)
        """The same of the latest alerts that keep the session going."""

    def load(self, waiting: Iterable[Pending]) -> None:
        self._queue.extend(waiting)

    def choose(self, packing: Packing) -> list[Pending]:
        """The commands for the next package; they stay in the queue until `sent` or `drop`."""

        def belongs(command: said.ServerCommand) -> bool:
            if order.alone(command) or order.alone(chosen[0].command) or packing is Packing.ONE:
                return False
            return packing is Packing.ALL or not any(order.ordered(c.command, command) for c in chosen)

        chosen: list[Pending] = []
        for waiting in self._queue:
            if chosen and not belongs(waiting.command):
                break
            chosen.append(waiting)
        return chosen

    def sent(self, msg_id: str, chosen: Iterable[tuple[Pending, Built]]) -> None:
        for waiting, built in chosen:
            self._queue.remove(waiting)
            answer = self._expect(msg_id, waiting.command, built)
            self._sent.append(_Sent(waiting, msg_id, answer))

    def _expect(self, msg_id: str, command: said.ServerCommand, built: Built) -> Answer:
        answer = Answer(command)
        self._by_number[msg_id, built.command.cmd_id] = _Reference(answer)
        answer.inner = [self._expect(msg_id, c, b) for c, b in zip(command.inner, built.inner, strict=True)]
        return answer

    def sent_chunk(self, msg_id: str, cmd_id: str, waiting: Pending, answer: Answer) -> None:
        """A chunk of a large object; ``answer.more`` tells whether it was the last."""
        if all(sent.answer is not answer for sent in self._sent):
            self._queue.remove(waiting)
            self._sent.append(_Sent(waiting, msg_id, answer))
        self._by_number[msg_id, cmd_id] = _Reference(answer, chunk=answer.more)

    def said(self, message: dm.SyncML) -> None:
        """A message of ours goes out: a device answers its alerts as well (1222, 1223, 1225)."""
        for command in message.sync_body.commands:
            if isinstance(command, dm.Alert):
                self._own.append((message.sync_hdr.msg_id, command.cmd_id))

    def drop(self, waiting: Pending, why: str, *, silent: bool = False) -> Answer:
        """A command that is not sent, or (``silent``) has no answer."""
        self._queue.remove(waiting)
        answer = Answer(waiting.command, note=why, silent=silent)
        waiting.settle(answer)
        return answer

    def status(self, status: dm.Status) -> bool:
        """Note a Status of the device. False: it answers nothing that was sent."""
        found = self._by_number.get((status.msg_ref, status.cmd_ref))
        if found is None:
            return (status.msg_ref, status.cmd_ref) in self._own
        answer, code = found.answer, code_of(status.data)
        if code is None:
            answer.note = "the device's Status has no code"
        elif found.chunk and code < StatusCode.MULTIPLE_CHOICES:
            answer.chunks.append(code)
        else:
            # One Status, or one for each group of Items that fared alike.
            answer.status = code if answer.status is None else max(code, answer.status)
            room = MAX_VALUES - len(answer.statuses)
            answer.statuses |= dict.fromkeys((status.target_ref or status.source_ref)[:room], code)
        answer.items += [Value.of(item) for item in status.items[: MAX_VALUES - len(answer.items)]]
        return True

    def results(self, results: dm.Results, items: list[dm.Item], wrong: str = "") -> bool:
        """Note Items of a Results, each whole. False: it answers nothing that was sent."""
        answer = self._answer_to(results)
        if answer is None:
            return False
        answer.wrong = answer.wrong or wrong
        meta = results.meta or dm.Meta()
        room = MAX_VALUES - len(answer.results)
        for item in items[:room]:
            value = Value.of(item, meta.format, meta.type)
            if not value.uri and results.source_ref:
                value = replace(value, uri=results.source_ref)
            answer.results.append(value)
        return True

    def _answer_to(self, results: dm.Results) -> Answer | None:
        if results.msg_ref is not None:
            found = self._by_number.get((results.msg_ref, results.cmd_ref))
            return found.answer if found is not None else None
        # Without MsgRef: the latest message that has such a command.
        for sent in reversed(self._sent):
            found = self._by_number.get((sent.msg_id, results.cmd_ref))
            if found is not None:
                return found.answer
        return None

    def settle(self, why: str = NOT_ANSWERED) -> list[Answer]:
        """The device's package is whole: what was sent has been answered, or never will be."""
        answers = []
        for sent in self._sent:
            _give_up(sent.answer, why)
            sent.waiting.settle(sent.answer)
            answers.append(sent.answer)
        self._sent.clear()
        self._by_number.clear()
        return answers

    def recall(self) -> None:
        """The device did not authenticate the server: what it did not execute is sent again."""
        refused = [s for s in self._sent if s.answer.status in (None, 401, 407)]
        self._sent = [s for s in self._sent if s not in refused]
        self._queue.extendleft(reversed([s.waiting for s in refused]))

    def unsent(self) -> list[Pending]:
        """What is left to send; the ledger forgets it."""
        left = list(self._queue)
        self._queue.clear()
        return left


def _give_up(answer: Answer, why: str) -> None:
    if answer.status is None and not answer.note:
        answer.note = why
    for inner in answer.inner:
        _give_up(inner, why)
