"""Getting a modem ready for SMS: the dialogue that begins everything, and is repeated after each restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.errors import PartError
from hil.modem.at.parser import Command, Response
from hil.modem.at.results import SIM_BUSY
from hil.modem.at.values import number, split_values
from hil.modem.conversation import Dialogue, Pause, waking
from hil.modem.fetch import MEMORY
from hil.modem.link import AtLink
from hil.modem.pin import Pin
from hil.modem.profile import observed
from hil.modem.profile.files import load_family, recognise
from hil.modem.profile.told import Family, say
from hil.modem.putback import Before, look
from hil.modem.registration import DOMAINS, Registration, answered
from hil.trace.recorder import Recorder

IDENTITY: Mapping[str, str] = {
    "manufacturer": "AT+CGMI",
    "model": "AT+CGMM",
    "revision": "AT+CGMR",
    "imei": "AT+CGSN",
}

BUSY_SECONDS = 30.0
"""How long SMS may be busy after a start, in all."""

POLL_SECONDS = 0.5

STATUS_REPORTS = ("1", "2", "0")
"""<ds> of +CNMI, in the order of trial when status reports are wanted: as +CDS; stored and announced; none."""

ACKNOWLEDGEMENTS = ("AT+CNMA=0", "AT+CNMA")
"""How a directly delivered message is acknowledged, in the order of trial (TS 27.005 §3.4.4): by the standard the
first in PDU mode and the second in text mode, but there are modems that know only the second."""


def indications(*, direct: bool, reports: bool) -> list[str]:
    """Values for +CNMI (TS 27.005 §3.4.1) in the order of trial, because modems refuse what they advertise:
    messages come as +CMT, otherwise they are stored and announced with +CMTI."""
    mt = "2" if direct else "1"
    full = [
        f"{mode},{mt},0,{ds},{bfr}"
        for ds in (STATUS_REPORTS if reports else ("0",))
        for mode in ("2", "1")
        for bfr in ("0", "1")
    ]
    return [*full, f"2,{mt}", f"1,{mt}"]


@dataclass(slots=True)
class Ready:
    """How the modem was set up."""

    identity: dict[str, str] = field(default_factory=dict)
    family: Family | None = None
    """Its quirks, found by maker and model."""
    starts_with: frozenset[str] = frozenset()
    """What a modem of this family says when it has restarted."""
    acknowledge: bool = False
    """A directly delivered message has to be acknowledged with +CNMA (message service 1)."""
    direct: bool = False
    indications: str = ""
    """The values of +CNMI that the modem took."""
    memory: str = ""
    """Where it stores messages that come in."""
    full: bool = False
    """No message fits into that memory."""
    registration: dict[str, Registration] = field(default_factory=dict)
    """By command: +CREG, +CGREG, +CEREG."""


class Setup:
    def __init__(
        self,
        link: AtLink,
        recorder: Recorder,
        part: str,
        pin: Pin,
        *,
        reports: bool = False,
        attempts: int | None = None,
        before: Before | None = None,
    ) -> None:
        """``attempts`` at waking it: more than usual, given for a modem that has just restarted. ``before`` is
        filled in with what the set-up is going to change."""
        self._link = link
        self._recorder = recorder
        self._part = part
        self._pin = pin
        self._reports = reports
        self._attempts = attempts
        self._before = before
        self._ready = Ready()
        self._waited = 0.0

    def waking(self) -> Dialogue[None]:
        """Until the modem answers at all. Raises `PartMissing` when it does not."""
        yield from waking(self._link.line.name, self._attempts)

    def ladder(self) -> Dialogue[Ready]:
        """All that comes after. Raises `PartMissing` (no SIM) or `PartError` (a refusal)."""
        yield from self._set("ATE0")
        yield from self._look()
        yield from self._set("AT+CMEE=1")
        yield from self._identify()
        if self._pin.value is not None:
            self._recorder.masker.add(self._pin.value)
        yield from self._pin.unlock(restarted=self._attempts is not None)
        yield from self._look()
        yield from self._heed_family()
        self._ready.acknowledge = yield from self._acknowledges()
        if not (yield from self._set("AT+CMGF=0")):
            raise PartError("the modem has no PDU mode (it refused AT+CMGF=0)", hint="use another modem")
        yield from self._look_at_memory()
        yield from self._announce()
        yield from self._look_at_registration()
        return self._ready

    def _look(self) -> Dialogue[None]:
        if self._before is not None:
            yield from look(self._before)

    def _identify(self) -> Dialogue[None]:
        identity = self._ready.identity
        for name, text in IDENTITY.items():
            answer = yield Command(text)
            said = answer.text() if answer else ""
            if said:
                identity[name] = said
        family = recognise(identity.get("manufacturer", ""), identity.get("model", ""))
        self._ready.family = load_family(family)

    def _heed_family(self) -> Dialogue[None]:
        family = self._ready.family
        if family is None:
            return
        started, chatter = say(family.startup, ()), say(family.chatter, ())
        self._link.expect(line.partition(":")[0] for line in (*started, *say(family.late, ()), *chatter))
        # Some makes say at any time what others say when they start.
        self._ready.starts_with = frozenset(
            line for line in started if line not in chatter and not line.startswith("+CPIN")
        )
        for wanted in (family.quiet, family.here):
            if wanted is not None and not (yield from self._set(wanted.value)):
                self._recorder.note(f"the modem refused {wanted.value}, which others of its kind take", self._part)

    def _acknowledges(self) -> Dialogue[bool]:
        family = self._ready.family
        service = yield from self._set("AT+CSMS=1")
        return service and (family is None or say(family.acknowledgement, "plain") != "none")

    def _look_at_memory(self) -> Dialogue[None]:
        answer = yield from self._ask("AT+CPMS?")
        values = split_values((answer.value() or "") if answer and answer.ok else "")
        # The third memory is the one that messages are received into; modems with one memory may tell only that.
        place = 6 if len(values) >= 9 else 0
        name, used, total = (*values[place : place + 3], "", "", "")[:3]
        if MEMORY.fullmatch(name):
            self._ready.memory = name
            places = number(total)
            self._ready.full = bool(places) and number(used) == places

    def _announce(self) -> Dialogue[None]:
        for direct in (True, False):
            candidates = indications(direct=direct, reports=self._reports)
            for values in _possible(candidates, self._ready.family):
                if (yield from self._set(f"AT+CNMI={values}")):
                    self._ready.direct = direct
                    self._ready.indications = values
                    return
        raise PartError(
            "the modem announces no SMS: it refused every setting of +CNMI",
            hint="ask the modem with AT+CNMI=? what it takes",
        )

    def _look_at_registration(self) -> Dialogue[None]:
        for domain in DOMAINS:
            # with the place and without it, as far as the modem goes
            if not (yield from self._set(f"AT{domain}=2")):
                yield from self._set(f"AT{domain}=1")
            answer = yield Command(f"AT{domain}?")
            found = answered(domain, answer.lines) if answer else None
            if found is not None:
                self._ready.registration[domain] = found
        states = self._ready.registration.values()
        if not any(each.registered for each in states):
            seen = "; ".join(f"{each.domain}: {each}" for each in states) or "it does not tell"
            self._recorder.note(f"the modem is not registered in a network ({seen}): no SMS will come", self._part)

    def _set(self, text: str) -> Dialogue[bool]:
        answer = yield from self._ask(text)
        return answer is not None and answer.ok

    def _ask(self, text: str) -> Dialogue[Response | None]:
        """Ask again while the SIM is busy: after a start many modems do no SMS for some seconds."""
        while True:
            answer = yield Command(text)
            busy = answer is not None and answer.final.number in SIM_BUSY
            if not busy or self._waited >= BUSY_SECONDS:
                return answer
            yield Pause(POLL_SECONDS)
            self._waited += POLL_SECONDS


def _possible(candidates: list[str], family: Family | None) -> list[str]:
    """Those that modems of this family are known to take; all of them when nothing is known."""
    if family is None or family.indications is None:
        return candidates
    takes = observed.values(family.indications.value)
    return [
        values
        for values in candidates
        if all(value in known for value, known in zip(values.split(","), takes, strict=False))
    ]


def forgotten(indications: str) -> Dialogue[bool]:
    """Whether the modem shows another <mode> or <mt> of +CNMI than it took: it has restarted without a word, or
    given up direct delivery."""
    answer = yield Command("AT+CNMI?")
    shown = split_values((answer.value() or "") if answer and answer.ok else "")
    return len(shown) >= 2 and shown[:2] != indications.split(",")[:2]
