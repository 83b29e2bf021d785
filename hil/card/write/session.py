"""Writing to the card in a reader: look, plan, confirm, back up, write, look again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hil.card import secretfile
from hil.card.dialogue import run
from hil.card.dump.compose import compose
from hil.card.dump.copying import HEAD, MAX_EXCHANGES
from hil.card.dump.found import FoundCard
from hil.card.dump.language import SimLanguage, UiccLanguage
from hil.card.dump.walk import Tell, Walk
from hil.card.imagetext import text
from hil.card.reader import Reader
from hil.card.write.perform import Heard, Progress, WriteStopped, perform
from hil.card.write.plan import Plan, iccid_of
from hil.errors import PartBroke, PartError
from simulator.bootstrap.card import CardBootstrap, read_bootstrap
from simulator.errors import CardError

MakePlan = Callable[[FoundCard, Collection[int]], Plan]
"""From what is on the card, and the keys that will be shown to it."""


class Unsuitable(PartError):
    """This card cannot take what is to be written; nothing was."""


@dataclass(slots=True)
class Writing:
    """One card, from the first look to the last. `look` connects; whoever calls it disconnects the reader."""

    reader: Reader
    make_plan: MakePlan
    keys: Mapping[int, str] = field(default_factory=dict)
    last_try: bool = False
    tell: Tell = print
    plan: Plan = field(default_factory=Plan)
    found: FoundCard | None = None
    atr: bytes = b""

    def look(self) -> Plan:
        """Without showing any key: what would be changed."""
        self.atr = self.reader.connect()
        self.found = run(Walk(self.tell).card(), self.reader, most=MAX_EXCHANGES)
        self.plan = self.make_plan(self.found, self.keys)
        return self.plan

    @property
    def iccid(self) -> str | None:
        return iccid_of(self.found) if self.found is not None else None

    def open(self) -> Plan:
        """Show the keys, once, and look again: now all has to be known. Raises `Refusal`, `Unsuitable`."""
        before = self.iccid
        self.found = run(
            Walk(self.tell, keys=self.keys, last_try=self.last_try).card(), self.reader, most=MAX_EXCHANGES
        )
        self.plan = self.make_plan(self.found, self.keys)
        refuse(self.plan, locked=True)
        if self.iccid != before:
            raise Unsuitable("the card's ICCID is not what it was a moment ago; nothing was written")
        return self.plan

    def back_up(self, path: Path) -> None:
        """Write the card as it is now into an image. Raises `UsageError`."""
        assert self.found is not None, "there is nothing to back up before a look"
        self.found.atr = self.atr
        secretfile.write(
            path, text(compose(self.found, "A backup of a card, made before it was written to."), HEAD)
        )

    def write(self, backup: Path, restore: str, heard: Heard) -> CardBootstrap:
        """Carry the plan out; returns what a device finds on the card then.

        Raises `WriteStopped` with what was done and how to go back (``restore``).
        """
        assert self.found is not None
        language = SimLanguage() if self.found.habits.mode == "sim" else UiccLanguage()
        progress = Progress()
        way_back = f"the card as it was is in {backup}; to bring that back: {restore}"
        try:
            run(perform(language, self.plan, progress, heard), self.reader, most=MAX_EXCHANGES)
            return run(read_bootstrap(), self.reader)
        except KeyboardInterrupt:
            self.tell(f"interrupted after {progress.sent} UPDATE BINARY; {way_back}")
            raise
        except (WriteStopped, PartBroke, CardError) as error:
            done = f"{progress.whole} of {len(self.plan.changes)} files are as planned"
            raise WriteStopped(
                f"{error}; stopped after {progress.sent} UPDATE BINARY, {done}", hint=way_back
            ) from error


def refuse(plan: Plan, *, locked: bool) -> None:
    """Raises `Unsuitable` with everything that stands against a plan."""
    against = [*plan.problems, *(plan.locked if locked else ())]
    if against:
        raise Unsuitable("nothing was written: " + "; ".join(against))
