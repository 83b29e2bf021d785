"""``user.answers``, ``expect.asked``: the person in front of the device (DM Protocol §10)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from hil.device.contract import WithUser
from hil.errors import ExpectationFailed
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.said import as_list
from simulator.session.interaction import (
    Answer,
    Cancelled,
    Chosen,
    Confirmed,
    Shown,
    TimedOut,
    Typed,
)

MARK = "asked"


class Said(BaseModel):
    """One answer: exactly one of its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    word: Literal["seen", "yes", "no", "cancel", "nobody", "cannot"] | None = None
    """``nobody``: time runs out. ``cannot``: the device has no means to show it (406)."""
    types: str | None = None
    """What the user types."""
    chooses: Annotated[tuple[int, ...], BeforeValidator(as_list)] | None = None
    """Numbers of choices, from 1."""

    @model_validator(mode="after")
    def _one(self) -> Said:
        if sum(given is not None for given in (self.word, self.types, self.chooses)) != 1:
            raise ValueError("an answer is a word, or one of 'types' and 'chooses'")
        return self

    def answer(self) -> Answer | None:
        if self.types is not None:
            return Typed(self.types)
        if self.chooses is not None:
            return Chosen(self.chooses)
        return _WORDS[self.word or "cannot"]


_WORDS: dict[str, Answer | None] = {
    "seen": Shown(),
    "yes": Confirmed(True),
    "no": Confirmed(False),
    "cancel": Cancelled(),
    "nobody": TimedOut(),
    "cannot": None,
}


def _short(value: object) -> object:
    return {"word": value} if isinstance(value, str) else value


class UserAnswers(StepModel):
    """What the user will say to the next alerts, one answer each; after the last there is nobody any more.

    ``seen``, ``yes``, ``no``, ``cancel``, ``nobody`` (time runs out), ``cannot`` (the device has no means to show
    it), ``{types: text}`` or ``{chooses: 2}``.
    """

    short = "answers"
    needs = frozenset({"device.user"})

    answers: tuple[Annotated[Said, BeforeValidator(_short)], ...]


@step("user.answers", UserAnswers)
def answers(run: Run, wanted: UserAnswers) -> None:
    run.part("device", WithUser).user_answers([said.answer() for said in wanted.answers])


class ExpectAsked(StepModel):
    """What the device has shown to its user, behind what an expectation has seen already."""

    short = "text"
    needs = frozenset({"device.user"})

    code: int | None = None
    text: str | None = None
    choices: tuple[str, ...] | None = None
    """In the order in which they were shown."""
    options: dict[str, str] | None = None
    """As the device understood them: min_seconds, max_seconds, default, max_length, input_type, echo."""


@step("expect.asked", ExpectAsked)
def expect_asked(run: Run, wanted: ExpectAsked) -> None:
    asked = run.part("device", WithUser).asked
    index = run.marks.get(MARK, 0)
    run.expect(lambda: len(asked) > index, lambda: "the user was asked nothing (more)", None)
    run.marks[MARK] = index + 1
    seen = asked[index]
    pairs: list[tuple[str, Any, Any]] = [
        ("code", wanted.code, int(seen.code)),
        ("text", wanted.text, seen.text),
        ("choices", wanted.choices, seen.choices),
    ]
    for name, value in (wanted.options or {}).items():
        pairs.append((name, value, str(getattr(seen.options, name, None))))
    found = [f"{name} was {was!r}, not {is_!r}" for name, is_, was in pairs if is_ not in (None, was)]
    if found:
        raise ExpectationFailed("; ".join(found))
