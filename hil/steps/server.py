"""``server.commands``, ``expect.answers``, ``server.fault``: what the DM server sends, and what comes back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from hil.errors import ExpectationFailed
from hil.fields import Duration
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.answer import Batch
from hil.server.commands import ServerCommand
from hil.server.compare import complaints
from hil.server.contract import Faulty, Queueing
from hil.server.faults import Fault
from hil.server.files import with_files

NAMED = 3
"""How many commands are named that nobody has looked at."""


class ServerCommands(StepModel):
    """Sent when the device is authenticated, in this or the next session; once, also when the message with them is
    lost on its way."""

    short = "commands"
    needs = frozenset({"server.queue"})

    commands: tuple[ServerCommand, ...] = Field(min_length=1)

    def look_up(self, folder: Path) -> None:
        for command in self.commands:
            with_files(command, folder)

    def describe(self) -> str:
        return ", ".join(map(str, self.commands))


@step("server.commands", ServerCommands)
def commands(run: Run, wanted: ServerCommands) -> None:
    folder, server = run.bench.folder, run.part("server", Queueing)
    server.queue(tuple(with_files(command, folder) for command in wanted.commands))
    run.at_end["server.commands"] = lambda: _never_looked_at(server.batches)


def _never_looked_at(batches: Iterable[Batch]) -> str:
    """A note, and no failure: nothing that was looked at did not hold, and a scenario may mean it so."""
    left = [
        str(command) for batch in batches if not batch.looked_at for command in batch.commands if command.expects
    ]
    if not left:
        return ""
    count = "1 command with an 'expect' was" if len(left) == 1 else f"{len(left)} commands with an 'expect' were"
    more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    return f"{count} never looked at ({', '.join(left[:NAMED])}{more}): the step expect.answers does that"


class ExpectAnswers(StepModel):
    """Every command given so far has been answered, as it expects. One that was lost on its way never is: then
    `expect.status` looks at those of the latest session."""

    needs = frozenset({"server.queue"})

    within: Duration | None = None


@step("expect.answers", ExpectAnswers)
def expect_answers(run: Run, wanted: ExpectAnswers) -> None:
    batches = run.part("server", Queueing).batches
    for batch in batches:
        batch.looked_at = True
    if not batches:
        raise ExpectationFailed("no commands were given to the server: server.commands has to come first")

    def missing() -> str:
        open_ = [str(c) for batch in batches for i, c in enumerate(batch.commands) if i not in batch.by_index]
        return f"not answered: {', '.join(open_)}"

    run.expect(lambda: all(batch.done for batch in batches), missing, wanted.within)
    wrong = [c for batch in batches for answer in batch.answers for c in complaints(answer)]
    if wrong:
        raise ExpectationFailed("; ".join(wrong))


class ServerFault(StepModel):
    """Something else than an answer, for the next requests."""

    short = "kind"
    needs = frozenset({"server.fault"})

    kind: Fault
    times: int = Field(default=1, ge=1, le=1000)


@step("server.fault", ServerFault)
def fault(run: Run, wanted: ServerFault) -> None:
    run.part("server", Faulty).fault(wanted.kind, wanted.times)
