"""Getting a modem ready for SMS: the first dialogue, before anything else happens on the line.

It runs in the caller's thread and on real time, because a modem that boots takes its time whatever a
scenario's clock shows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.errors import PartError, PartMissing
from hil.modem.at.parser import Command, Unsolicited
from hil.modem.at.values import split_values
from hil.modem.conversation import Conversation
from hil.modem.link import AtLink
from hil.trace.recorder import Recorder

SIM_SECONDS = 15.0
"""How long a SIM may be busy after power-on."""

POLL_SECONDS = 0.5

IDENTITY: Mapping[str, str] = {
    "manufacturer": "AT+CGMI",
    "model": "AT+CGMM",
    "revision": "AT+CGMR",
    "imei": "AT+CGSN",
}

DIRECT = ("2,2,0,0,0", "2,2,0,0,1", "1,2,0,0,0", "1,2,0,0,1", "2,2", "1,2")
STORED = ("2,1,0,0,0", "2,1,0,0,1", "1,1,0,0,0", "1,1,0,0,1", "2,1", "1,1")
"""Values for +CNMI (TS 27.005 §3.4.1) in the order of trial, because modems refuse what they advertise:
messages come as +CMT, otherwise they are stored and announced with +CMTI."""

REGISTERED = ("1", "5")
BUSY = (("CME", 14), ("CMS", 314), ("CME", 515))


@dataclass(slots=True)
class Ready:
    """How the modem was set up."""

    identity: dict[str, str] = field(default_factory=dict)
    acknowledge: bool = False
    """A directly delivered message has to be acknowledged with +CNMA (message service 1)."""
    direct: bool = False
    settings: list[str] = field(default_factory=list)
    """What the modem took and forgets when it restarts."""
    early: list[Unsolicited] = field(default_factory=list)
    """What came by itself meanwhile, not dealt with yet."""


class Setup:
    def __init__(self, link: AtLink, recorder: Recorder, part: str, pin: str | None = None) -> None:
        self._talk = Conversation(link)
        self._recorder = recorder
        self._part = part
        self._pin = pin
        self._ready = Ready()

    def run(self) -> Ready:
        """The ladder. Raises `PartMissing` (no answer, no SIM), `PartError` (a refusal) or `PartBroke`."""
        self._talk.wake()
        self._set("ATE0")
        self._set("AT+CMEE=1")
        for name, text in IDENTITY.items():
            answer = self._talk.ask(Command(text))
            if answer and answer.ok and answer.lines:
                self._ready.identity[name] = answer.value() or answer.lines[0]
        self._unlock()
        self._ready.acknowledge = self._set("AT+CSMS=1")
        if not self._set("AT+CMGF=0"):
            raise PartError("the modem has no PDU mode (it refused AT+CMGF=0)", hint="use another modem")
        self._announce()
        self._look_at_registration()
        self._ready.early = self._talk.early
        return self._ready

    def _unlock(self) -> None:
        deadline = time.monotonic() + SIM_SECONDS
        pin = self._pin
        while True:
            answer = self._talk.ask(Command("AT+CPIN?"))
            state = (answer.value() or "") if answer else ""
            if state == "READY":
                return
            if state == "SIM PIN" and pin is not None:
                # once only: a wrong PIN three times locks the SIM
                self._recorder.masker.add(pin)
                entered = self._talk.ask(Command(f'AT+CPIN="{pin}"', timeout=30.0))
                if entered is None or not entered.ok:
                    why = entered.final if entered else "no answer"
                    raise PartError(
                        f"the modem refused the PIN of its SIM: {why}", hint="check `pin` in the rig file"
                    )
                pin = None
                continue
            final = answer.final if answer else None
            busy = final is not None and (final.family, final.code) in BUSY
            if (busy or state == "SIM PIN") and time.monotonic() < deadline:
                self._talk.listen(POLL_SECONDS)
                continue
            if state == "SIM PIN" and self._pin is None:
                raise PartMissing(
                    "the modem's SIM asks for its PIN", hint="set `pin` for the modem in the rig file"
                )
            seen = state or (str(final) if final else "no answer")
            raise PartMissing(f"the modem's SIM is not ready: {seen}", hint="is a SIM in the modem, and unlocked?")

    def _announce(self) -> None:
        for direct, candidates in ((True, DIRECT), (False, STORED)):
            if any(self._set(f"AT+CNMI={values}") for values in candidates):
                self._ready.direct = direct
                return
        raise PartError(
            "the modem announces no SMS: it refused every setting of +CNMI",
            hint="ask the modem with AT+CNMI=? what it takes",
        )

    def _look_at_registration(self) -> None:
        for text in ("AT+CREG?", "AT+CEREG?"):
            answer = self._talk.ask(Command(text))
            values = [split_values(line.partition(":")[2].strip()) for line in answer.lines] if answer else []
            if any(len(value) >= 2 and value[1] in REGISTERED for value in values):
                return
        self._recorder.note("the modem is not registered in a network: no SMS will come", self._part)

    def _set(self, text: str) -> bool:
        answer = self._talk.ask(Command(text))
        if answer is None or not answer.ok:
            return False
        self._ready.settings.append(text)
        return True
