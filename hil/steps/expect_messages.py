"""``expect.messages``, ``expect.status``, ``expect.notes``: how the latest session went, seen from the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hil.errors import ExpectationFailed
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.contract import Inspected
from hil.server.events import MessageSeen, SessionRecord
from hil.server.said import as_list

SHOWN = 60
"""Things said that a failure quotes."""


def _latest(run: Run) -> SessionRecord:
    sessions = run.part("server", Inspected).sessions
    if not sessions:
        raise ExpectationFailed("no device has come to the server yet")
    return sessions[-1]


class Side(BaseModel):
    """The messages of one side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: int | None = None
    at_least: int | None = None
    octets: int | None = None
    """No message is longer."""
    path: str | None = None
    """Where the last one of the device's went, such as ``/dm``."""


def _count(value: object) -> object:
    return {"count": value} if isinstance(value, str | int) else value


class ExpectMessages(StepModel):
    """Messages of the latest session: how many, how long, and what is said in which order.

    What is said reads like ``device Alert 1201``, ``server Add ./A``, ``device Status Add 213 ./A``,
    ``device Results ./A MoreData``, ``server Final``.
    """

    short = "order"
    needs = frozenset({"server.inspect"})

    device: Annotated[Side, BeforeValidator(_count)] | None = None
    server: Annotated[Side, BeforeValidator(_count)] | None = None
    order: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """These in this order, with anything between them. Each is how a thing said begins."""
    absent: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """Nothing said begins like this."""
    times: dict[str, int] = Field(default_factory=dict)
    """How often something is said that begins like this."""


@step("expect.messages", ExpectMessages)
def expect_messages(run: Run, wanted: ExpectMessages) -> None:
    log = _latest(run).log
    found = [*_side("device", wanted.device, log), *_side("server", wanted.server, log)]
    said = [f"{message.who} {word}" for message in log for word in message.words]
    found += _order(wanted.order, said)
    for text in wanted.absent:
        found += [f"it was said: {word!r}" for word in said if _begins(word, text)][:1]
    for text, times in wanted.times.items():
        count = sum(_begins(word, text) for word in said)
        found += [f"{text!r} was said {count} times, not {times}"] if count != times else []
    if found:
        raise ExpectationFailed("; ".join(found))


def _side(who: str, wanted: Side | None, log: list[MessageSeen]) -> list[str]:
    if wanted is None:
        return []
    messages = [message for message in log if message.who == who]
    found = []
    if wanted.count is not None and len(messages) != wanted.count:
        found.append(f"the {who} sent {len(messages)} messages, not {wanted.count}")
    if wanted.at_least is not None and len(messages) < wanted.at_least:
        found.append(f"the {who} sent {len(messages)} messages, not {wanted.at_least} or more")
    longest = max((message.octets for message in messages), default=0)
    if wanted.octets is not None and longest > wanted.octets:
        found.append(f"the {who} sent a message of {longest} octets, more than {wanted.octets}")
    if wanted.path is not None and (not messages or messages[-1].path != wanted.path):
        seen = messages[-1].path if messages else "nowhere"
        found.append(f"the {who}'s last message went to {seen}, not to {wanted.path}")
    return found


def _order(wanted: Iterable[str], said: list[str]) -> list[str]:
    at = 0
    for text in wanted:
        place = next((n for n in range(at, len(said)) if _begins(said[n], text)), None)
        if place is None:
            rest = ", ".join(said[at : at + SHOWN]) or "nothing"
            return [f"{text!r} is not said where it is expected; said was: {rest}"]
        at = place + 1
    return []


def _begins(said: str, text: str) -> bool:
    """Word by word: ``Status Add 20`` is no beginning of ``Status Add 200``."""
    return said.split()[: len(text.split())] == text.split()


class ExpectStatus(StepModel):
    """The statuses that the device gave to a command in the latest session."""

    needs = frozenset({"server.inspect"})

    command: str
    """Its name: ``Add``, ``SyncHdr``."""
    uri: str | None = None
    status: Annotated[tuple[int, ...], BeforeValidator(as_list)]
    """All of them, in order."""
    by: str = "device"
    """``server``: what the server answered to the device's commands."""


@step("expect.status", ExpectStatus)
def expect_status(run: Run, wanted: ExpectStatus) -> None:
    words = [word.split() for message in _latest(run).log if message.who == wanted.by for word in message.words]
    seen = [word for word in words if word[:2] == ["Status", wanted.command]]
    if wanted.uri is not None:
        seen = [word for word in seen if word[3:] == [wanted.uri]]
    codes = [word[2] for word in seen]
    if codes != [str(code) for code in wanted.status]:
        about = f"{wanted.command} {wanted.uri or ''}".strip()
        wanted_codes = ", ".join(map(str, wanted.status))
        raise ExpectationFailed(f"{about} was answered with {', '.join(codes) or 'nothing'}, not {wanted_codes}")


class ExpectNotes(StepModel):
    """What the server's strict reader has noted about the device in the latest session."""

    short = "contain"
    needs = frozenset({"server.inspect"})

    none: bool = False
    """Nothing at all."""
    contain: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """Words, each of which stands in some note."""


@step("expect.notes", ExpectNotes)
def expect_notes(run: Run, wanted: ExpectNotes) -> None:
    notes = [str(note) for note in _latest(run).notes]
    if wanted.none and notes:
        raise ExpectationFailed(f"it is noted: {'; '.join(notes)}")
    for words in wanted.contain:
        if not any(words in note for note in notes):
            raise ExpectationFailed(f"no note says {words!r}; noted is: {'; '.join(notes) or 'nothing'}")
