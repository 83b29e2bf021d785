"""What a rig cannot do of a scenario, known before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hil.errors import CannotDo, Mistake
from hil.fields import show_duration
from hil.part import kinds_of
from hil.place import Place
from hil.rig.kinds import MODULES, load
from hil.rig.load import RigPlan
from hil.scenario.model import Scenario, Step

LONGEST_REAL_WAIT = timedelta(minutes=10)

IN_PROCESS = frozenset(
    {
        "server.builtin",
        "card.virtual",
        "modem.virtual",
        "modem.offered",
        "push.sms",
        "push.udp",
        "push.ota-http",
        "device.simulated",
    }
)
"""Parts that are there whenever dmrig is; any other may be missing, and is only found out by starting it."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What a rig cannot do of a scenario, and the place of the step."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"

    def mistake(self) -> Mistake:
        """As what is wrong in a file."""
        return Mistake(self.place.path, self.place.line, self.place.column, self.message)


def obstacles(scenario: Scenario, rig: RigPlan) -> list[str]:
    """One sentence for each step that this rig cannot do, with the step's place; empty when it can do all."""
    return list(map(str, in_the_way(scenario, rig)))


def in_the_way(scenario: Scenario, rig: RigPlan) -> list[Obstacle]:
    """The `obstacles`, with their places apart."""
    rig = scenario.rig(rig)
    found = [Obstacle(Place(scenario.path, 1, 1), why) for why in rig.unmet]
    for step in scenario.steps:
        name = step.kind.name
        lacking = step.model.needed() - rig.capabilities
        if lacking:
            kinds = {part.cls.role: part.cls.kind for part in rig.parts.values()}
            for capability in sorted(lacking):
                lacks = f"which no part of {rig.path.name} has ({_show(kinds)})"
                found.append(Obstacle(step.place, f"{name} needs {capability}, {lacks}{_who(capability)}"))
        if not rig.jumps and step.model.waits() > LONGEST_REAL_WAIT:
            parts = [role for role, part in rig.parts.items() if not part.cls.jumps]
            message = (
                f"{name} waits {show_duration(step.model.waits())}, and time is real on this rig "
                f"(because of its {' and '.join(parts)}); at most {show_duration(LONGEST_REAL_WAIT)} is waited"
            )
            found.append(Obstacle(step.place, message))
    return found


def by_hand(scenario: Scenario, rig: RigPlan) -> list[Step]:
    """The steps that need a part which does what the others cannot: a person."""
    rig = scenario.rig(rig)
    helped = rig.capabilities - rig.own_capabilities
    return [step for step in scenario.steps if step.model.needed() & helped]


def unavailable(scenario: Scenario, rig: RigPlan) -> list[str]:
    """One sentence for each step that the rig could do, and cannot do here and now."""
    return [
        f"{step.place}: {step.kind.name}: {why}"
        for part in rig.parts.values()
        if part.cls.stands_in and (why := part.cls.unavailable(part.settings)) is not None
        for step in by_hand(scenario, rig)
    ]


def untried(scenario: Scenario, rig: RigPlan) -> str:
    """What a check has to add for a rig with parts that may be missing or broken; empty when it has none."""
    named = {f"{role}.{part.cls.kind}" for role, part in scenario.rig(rig).parts.items()}
    return "" if named <= IN_PROCESS else " (the rig's parts were not tried)"


def refuse_obstacles(scenario: Scenario, rig: RigPlan) -> None:
    """Raise `CannotDo` with every obstacle."""
    found = [*obstacles(scenario, rig), *unavailable(scenario, rig)]
    if found:
        raise CannotDo("\n".join(found), hint="run it on another rig (--rig), or on the virtual one")


def _who(capability: str) -> str:
    """The end of a sentence: what has the capability."""
    names = []
    for name in MODULES:
        role, kind = name.split(".", 1)
        load(role, kind)
        cls = kinds_of(role)[kind]
        if capability in cls.capabilities:
            names.append(f"'{role}: {kind}'")
    return f"; it would need {' or '.join(names)}" if names else ""


def _show(kinds: dict[str, str]) -> str:
    return ", ".join(f"{role}: {kind}" for role, kind in kinds.items())
