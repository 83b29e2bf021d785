"""``operator: ask``: a person at the terminal, who does for other parts what they cannot do themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, cast

from pydantic import Field, StringConstraints

from hil.bench import BenchPart
from hil.errors import CannotDo
from hil.fields import Duration, show_duration
from hil.operator import terminal
from hil.operator.hands import HANDS
from hil.part import Part, PartSettings, part_kind
from hil.trace.row import one_line

Iccid = Annotated[str, StringConstraints(pattern=r"^[0-9]{10,20}$")]


class OperatorSettings(PartSettings):
    within: Duration = Field(timedelta(minutes=5), gt=timedelta(0))
    """How long a person may take for one act; then the run ends."""
    cards: dict[str, Iccid] = Field(default_factory=dict)
    """The card that is meant by an image's name: its ICCID. It is looked whether that one has been inserted."""


@part_kind("operator", "ask")
class Operator(Part):
    """Asks on the terminal that standard input is. Enter says that it is done; words say why it cannot be."""

    Settings = OperatorSettings
    settings: OperatorSettings
    capabilities: ClassVar[frozenset[str]] = frozenset(HANDS)
    jumps = False
    stands_in = True

    @classmethod
    def holds(cls, settings: PartSettings) -> tuple[str, ...]:
        return (f"the terminal {terminal.path() or 'of a person'}",)

    @classmethod
    def unavailable(cls, settings: PartSettings) -> str | None:
        if terminal.path() is not None:
            return None
        return "a person has to do it, and there is no terminal to ask at (standard input is none)"

    def start(self) -> None:
        """Nobody is asked yet."""

    def stop(self) -> None:
        """Nothing is held between two questions."""

    def stand_in_for(self, role: str, part: BenchPart, can: frozenset[str]) -> BenchPart:
        for capability, hand in HANDS.items():
            if capability.startswith(f"{role}.") and capability not in can:
                part = cast("BenchPart", hand(part, self))
        return part

    def iccid(self, image: str) -> str | None:
        return self.settings.cards.get(image)

    def note(self, text: str) -> None:
        self.bench.recorder.note(text, part="operator")

    def wait(self, condition: Callable[[], bool], during: timedelta) -> bool:
        return self.bench.scheduler.run_until(condition, self.bench.now() + during)

    def ask(self, what: str, trouble: Callable[[], str | None] = lambda: None) -> None:
        """Ask a person to do ``what``, and wait for it; the device and the other parts go on meanwhile.

        ``trouble`` looks whether it has been done: what it says is shown, and asked again. Raises `CannotDo` when
        it cannot be done, or is not in time.
        """
        deadline, complaint = self.bench.now() + self.settings.within, ""
        while True:
            left = self.bench.limits.seconds((deadline - self.bench.now()).total_seconds())
            said = self._line(what, _shown(what, complaint, left), deadline)
            if said is None:
                length = show_duration(self.settings.within)
                message = f"a person was asked to {what}, and it was not done within {length}"
                raise CannotDo(f"{message}: {complaint}" if complaint else message)
            if said:
                raise CannotDo(f"a person was asked to {what}, and said: {one_line(said)[:200]}")
            complaint = trouble() or ""
            if not complaint:
                self.note(f"a person was asked to {what}, and did")
                return
            self.note(f"a person was asked to {what}, and {complaint}")

    def _line(self, what: str, text: str, deadline: datetime) -> str | None:
        """What is answered, empty for Enter alone; None: nothing in time."""
        lines: list[str] = []

        def answered(line: str | None) -> None:
            self.bench.scheduler.post(lambda: lines.append("the terminal has gone" if line is None else line))

        where = terminal.path()
        try:
            if where is None:
                raise CannotDo("there is no terminal any more to ask a person at")
            question = terminal.Question(where, self.bench.recorder.masker.text(text), answered)
        except OSError as error:
            raise CannotDo(f"a person cannot be asked at {where}: {error.strerror}") from error
        try:
            self.bench.scheduler.run_until(lambda: bool(lines), deadline, lambda: f"a person was asked to {what}")
        finally:
            question.close()
        return lines[0] if lines else None


def _shown(what: str, complaint: str, left: float) -> str:
    length = show_duration(timedelta(seconds=max(1, round(left))))
    lines = [f"  not yet: {complaint}"] if complaint else []
    lines += [f"  Please {what}.", f"  Enter: it is done; words: why it cannot be done ({length} left) > "]
    return "\a\n" + "\n".join(map(one_line, lines))
