"""Writing down what a connected modem says of itself, as a profile.

One setting is changed for a moment and set back: +CMEE, to see how an unknown command is refused. No message is
read or sent; the numbers of the modem and of its card are not kept.
"""

from __future__ import annotations

import re

from hil.errors import PartError, PartMissing
from hil.modem.at.parser import Command, Response
from hil.modem.at.values import number, split_values
from hil.modem.conversation import Conversation, Dialogue
from hil.modem.line import Line
from hil.modem.link import AtLink
from hil.modem.profile import questions
from hil.modem.profile.files import recognise
from hil.modem.profile.observed import ICCID, IMEI, IMSI, Observed
from hil.trace.record import Record
from hil.trace.recorder import Recorder

MAX_LINES = 20
MAX_TEXT = 500
"""Characters of an answer that are kept."""

_IMEI = re.compile(r"\d{14,17}")
_IMSI = re.compile(r"\d{6,15}")
_ICCID = re.compile(r"\d{18,20}F?|\d{10}[0-9A-F]{8,10}", re.IGNORECASE)
_SECOND_LIST = re.compile(r"\([^()]*\),(.+)")


def learn(line: Line, recorder: Recorder) -> Observed:
    """Ask the modem on a line that is open. Raises `PartMissing` (no answer), `PartError` (its SIM cannot be used)
    or `PartBroke`."""
    echo = _Echo()
    recorder.subscribe(echo.look)
    conversation = Conversation(AtLink(line, recorder, "modem"))
    conversation.wake()
    return conversation.run(_questions(echo))


class _Echo:
    """Whether the modem repeats what is written to it."""

    def __init__(self) -> None:
        self.seen = False
        self._written = ""

    def look(self, record: Record) -> None:
        if record.kind == "at" and record.way == "out":
            self._written = record.text
        elif record.kind == "at" and record.text == self._written:
            self.seen = True


def _questions(echo: _Echo) -> Dialogue[Observed]:
    state = yield Command("AT+CPIN?")
    if state is None or state.value() != "READY":
        raise PartError(
            f"the modem's SIM is not ready: {_seen(state)}",
            hint="most questions are refused then; put a SIM in, or enter its PIN, and try again",
        )
    found: dict[str, object] = {}
    for field, text in questions.IDENTITY.items():
        answer = yield Command(text)
        if answer is not None and answer.ok and answer.lines:
            found[field] = answer.lines[0][:MAX_TEXT]
    imei = _digits(_IMEI, found.get("serial_number"))
    imsi = _digits(_IMSI, found.get("subscriber"))
    answer = yield Command(questions.INFORMATION)
    found["information"] = tuple(answer.lines[:MAX_LINES]) if answer is not None and answer.ok else ()
    for field, text in questions.VALUES.items():
        answer = yield Command(text)
        if answer is not None and answer.ok:
            found[field] = (answer.value() or "")[:MAX_TEXT]
    found |= yield from _memories()
    found |= yield from _card()
    found["unknown"] = yield from _refusal(str(found.get("errors_set", "")))
    found["echo"] = echo.seen
    kept = {key: _without_numbers(value, {imei: IMEI, imsi: IMSI}) for key, value in found.items()}
    if not {"manufacturer", "model", "revision"} <= kept.keys():
        raise PartMissing("the modem says neither who made it nor what it is", hint="is this the modem's AT port?")
    family = recognise(str(kept["manufacturer"]), str(kept["model"]))
    return Observed.model_validate({"family": family, **kept})


def _memories() -> Dialogue[dict[str, object]]:
    found: dict[str, object] = {}
    answer = yield Command(questions.MEMORIES_SET)
    values = split_values(answer.value() or "") if answer is not None and answer.ok else []
    triples = [(values[at], number(values[at + 2])) for at in range(0, len(values) - 2, 3)]
    found["memories_set"] = tuple(name for name, _ in triples)
    found["places"] = {name: total for name, total in triples if total is not None}
    answer = yield Command(questions.DELETION)
    flags = _SECOND_LIST.fullmatch((answer.value() or "") if answer is not None and answer.ok else "")
    if flags is not None:
        found["deletion"] = flags[1][:MAX_TEXT]
    return found


def _card() -> Dialogue[dict[str, object]]:
    found: dict[str, object] = {}
    for text in questions.CARD_NUMBERS:
        answer = yield Command(text)
        shown = answer.lines[0] if answer is not None and answer.ok and answer.lines else ""
        iccid = _digits(_ICCID, shown)
        if iccid:
            found |= {"card_command": text, "card_number": shown.replace(iccid, ICCID)[:MAX_TEXT]}
            break
    reached = []
    for name in questions.CARD_ACCESS:
        answer = yield Command(f"AT{name}=?")
        if answer is not None and answer.ok:
            reached.append(name)
    found["card_access"] = tuple(reached)
    return found


def _refusal(errors_set: str) -> Dialogue[str]:
    yield Command("AT+CMEE=1")
    answer = yield Command(questions.UNKNOWN)
    if errors_set:
        yield Command(f"AT+CMEE={errors_set}")
    return answer.final.text if answer is not None and not answer.ok else "ERROR"


def _digits(form: re.Pattern[str], answer: object) -> str:
    found = form.search(str(answer or ""))
    return found[0] if found is not None else ""


def _without_numbers(value: object, numbers: dict[str, str]) -> object:
    if isinstance(value, str):
        for digits, name in numbers.items():
            value = value.replace(digits, name) if digits else value
        return value
    return tuple(_without_numbers(each, numbers) for each in value) if isinstance(value, tuple) else value


def _seen(answer: Response | None) -> str:
    if answer is None:
        return "no answer"
    return answer.value() or str(answer.final)
