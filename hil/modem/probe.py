"""Finding out whether a modem is on a port: only an answer to AT proves one."""

from __future__ import annotations

from dataclasses import dataclass

from hil.errors import PartError
from hil.modem.at.parser import Command
from hil.modem.conversation import Conversation, Dialogue
from hil.modem.line import Line
from hil.modem.link import AtLink
from hil.trace.recorder import Recorder

ATTEMPTS = 3
SECONDS = 0.6
"""For each attempt: a modem that has slept loses the first characters."""

QUESTIONS = {"manufacturer": "AT+CGMI", "model": "AT+CGMM"}


@dataclass(frozen=True, slots=True)
class Found:
    """What is on a port. ``trouble`` says in words why nothing is known of it."""

    answers: bool = False
    manufacturer: str = ""
    model: str = ""
    trouble: str = ""


def dialogue() -> Dialogue[Found]:
    for attempt in range(ATTEMPTS):
        answer = yield Command("AT", timeout=SECONDS, escape=attempt > 0)
        if answer is not None and answer.ok:
            break
    else:
        return Found(trouble="nothing answers to AT")
    said = {}
    for name, text in QUESTIONS.items():
        answer = yield Command(text, timeout=2 * SECONDS)
        said[name] = (answer.value() or answer.lines[0]) if answer and answer.ok and answer.lines else ""
    return Found(True, said["manufacturer"].strip('"'), said["model"].strip('"'))


def probe(line: Line, recorder: Recorder) -> Found:
    """Ask on a line that is open, and close it."""
    try:
        return Conversation(AtLink(line, recorder, "modem")).run(dialogue())
    except PartError as error:
        return Found(trouble=str(error))
    finally:
        line.close()
