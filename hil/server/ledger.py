"""The commands of one session: which are still to send, which were sent, and what came back for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from hil.server import commands as said
from hil.server.answer import Answer, Pending, Value
from hil.server.building import Built
from hil.server.reading import code_of
from hil.server.settings import Packing
from simulator.codes.alert import AlertCode
from simulator.syncml import message as dm

MAX_VALUES = 10_000
"""Items that are kept of one answer."""

NOT_ANSWERED = "the device sent no status"


@dataclass(slots=True)
class _Sent:
    waiting: Pending
    msg_id: str
    answer: Answer


class Ledger:
    def __init__(self) -> None:
        self._queue: deque[Pending] = deque()
        self._sent: list[_Sent] = []
        self._by_number: dict[tuple[str, str], Answer] = {}
        """By MsgID and CmdID; also of commands inside an Atomic or a Sequence."""

    def load(self, waiting: Iterable[Pending]) -> None:
        self._queue.extend(waiting)

    def choose(self, packing: Packing) -> list[Pending]:
        """The commands for the next message; they stay in the queue until `sent` or `drop`."""
        if packing is Packing.ALL:
            return list(self._queue)
        chosen: list[Pending] = []
        for waiting in self._queue:
            if chosen and (packing is Packing.ONE or any(_ordered(c.command, waiting.command) for c in chosen)):
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
        self._by_number[msg_id, built.command.cmd_id] = answer
        answer.inner = [self._expect(msg_id, c, b) for c, b in zip(command.inner, built.inner, strict=True)]
        return answer

    def drop(self, waiting: Pending, why: str) -> Answer:
        """A command that cannot be sent."""
        self._queue.remove(waiting)
        answer = Answer(waiting.command, note=why)
        waiting.settle(answer)
        return answer

    def status(self, status: dm.Status) -> bool:
        """Note a Status of the device. False: it answers nothing that was sent."""
        answer = self._by_number.get((status.msg_ref, status.cmd_ref))
        if answer is None:
            return False
        answer.status = code_of(status.data)
        if answer.status is None:
            answer.note = "the device's Status has no code"
        answer.items += [Value.of(item) for item in status.items[: MAX_VALUES - len(answer.items)]]
        return True

    def results(self, results: dm.Results) -> bool:
        """Note a Results of the device. False: it answers nothing that was sent."""
        answer = self._answer_to(results)
        if answer is None:
            return False
        meta = results.meta or dm.Meta()
        room = MAX_VALUES - len(answer.results)
        for item in results.items[:room]:
            value = Value.of(item, meta.format, meta.type)
            if not value.uri and results.source_ref:
                value = Value(results.source_ref, value.format, value.type, value.data)
            answer.results.append(value)
        return True

    def _answer_to(self, results: dm.Results) -> Answer | None:
        if results.msg_ref is not None:
            return self._by_number.get((results.msg_ref, results.cmd_ref))
        # Without MsgRef: the latest message that has such a command.
        for sent in reversed(self._sent):
            found = self._by_number.get((sent.msg_id, results.cmd_ref))
            if found is not None:
                return found
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


def is_abort(command: said.ServerCommand) -> bool:
    """Whether the command ends the session (Alert 1223)."""
    return isinstance(command.act, said.Alert) and command.act.code == AlertCode.SESSION_ABORT


def _ordered(first: said.ServerCommand, second: said.ServerCommand) -> bool:
    """Whether two commands might come out differently when the device runs them the other way round."""
    reads, writes, anything = _touched(first)
    reads2, writes2, anything2 = _touched(second)
    return anything or anything2 or _overlap(writes, reads2 + writes2) or _overlap(reads, writes2)


def _touched(command: said.ServerCommand) -> tuple[list[str], list[str], bool]:
    """The URIs that a command reads, those that it changes, and whether it may do anything at all."""
    match command.act:
        case said.Get(uri=uri):
            return [uri], [], False
        case said.Add(uri=uri) | said.Replace(uri=uri) | said.Delete(uri=uri):
            return [], [uri], False
        case said.Copy(source=source, target=target):
            return [source], [target], False
        case said.Block(commands=commands):
            parts = [_touched(one) for one in commands]
            return [u for p in parts for u in p[0]], [u for p in parts for u in p[1]], any(p[2] for p in parts)
        case _:
            # Exec runs whatever its node stands for; a user answers alerts one after the other.
            return [], [], True


def _overlap(some: list[str], others: list[str]) -> bool:
    return any(_within(a, b) or _within(b, a) for a in map(_path, some) for b in map(_path, others))


def _path(uri: str) -> list[str]:
    return [part for part in uri.partition("?")[0].split("/") if part not in ("", ".")]


def _within(path: list[str], other: list[str]) -> bool:
    return path[: len(other)] == other
