"""What can be asked of a modem without changing anything: identity, SIM, network, messages, what it can do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from hil.modem.at.parser import Command, Response
from hil.modem.at.values import number, split_values
from hil.modem.conversation import Dialogue, waking
from hil.modem.pin import READY, WANTED, attempts_left
from hil.modem.profile.files import recognise
from hil.modem.profile.observed import values
from hil.modem.profile.questions import CARD_NUMBERS
from hil.modem.registration import DOMAINS, Registration, answered
from hil.modem.setup import IDENTITY

SIGNAL_UNKNOWN = 99

ICCID = re.compile(r"(?<!\w)([0-9]{18,20})[fF]*(?!\w)")
"""ITU-T E.118: 19 digits, or 18 to 20 on older cards; some modems show how an odd number is filled up."""

FEATURES = {
    "PDU mode": ("AT+CMGF=?", "0"),
    "text mode": ("AT+CMGF=?", "1"),
    "phase 2+ (+CNMA)": ("AT+CSMS=?", "1"),
    "link kept (+CMMS)": ("AT+CMMS=?", ""),
    "card by APDU (+CSIM)": ("AT+CSIM=?", ""),
    "card by channels (+CCHO, +CGLA)": ("AT+CCHO=?", ""),
    "card by files (+CRSM)": ("AT+CRSM=?", ""),
}
"""What is shown of a modem's abilities: the question, and the value that has to be in the answer."""


@dataclass(slots=True)
class About:
    """Whatever a modem does not tell is empty, None or left out."""

    identity: dict[str, str] = field(default_factory=dict)
    """manufacturer, model, revision, imei."""
    family: str = ""
    """Whose quirks it has, as far as dmrig knows."""
    sim: str = ""
    """READY, SIM PIN and so on, or an error in words."""
    pin_attempts: int | None = None
    imsi: str = ""
    iccid: str = ""
    registration: list[Registration] = field(default_factory=list)
    operator: str = ""
    signal: int | None = None
    """In dBm."""
    smsc: str = ""
    storage: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Places taken and places, by memory."""
    indications: str = ""
    """What +CNMI takes."""
    features: list[str] = field(default_factory=list)

    @property
    def signal_words(self) -> str:
        return "unknown" if self.signal is None else f"{self.signal} dBm"


def about(name: str) -> Dialogue[About]:
    """Ask the modem on the line of that name. Raises `PartMissing` when nothing answers."""
    found = About()
    yield from waking(name)
    # Numbers for errors: the one setting that is changed.
    yield Command("AT+CMEE=1")
    for what, text in IDENTITY.items():
        said = yield from _ask(text)
        if said:
            found.identity[what] = said
    found.family = recognise(found.identity.get("manufacturer", ""), found.identity.get("model", ""))
    yield from _sim(found)
    yield from _network(found)
    yield from _messages(found)
    return found


def _sim(found: About) -> Dialogue[None]:
    answer = yield Command("AT+CPIN?")
    found.sim = _state(answer)
    if found.sim in (READY, WANTED):
        found.pin_attempts = yield from attempts_left()
    for text in CARD_NUMBERS:
        answer = yield Command(text)
        # by its digits: a prefix is not always that of the command (AT+CICCID is answered with +ICCID)
        digits = ICCID.search("\n".join(answer.lines)) if answer and answer.ok else None
        if digits:
            found.iccid = digits[1]
            break
    if found.sim == READY:
        found.imsi = yield from _ask("AT+CIMI")


def _network(found: About) -> Dialogue[None]:
    for domain in DOMAINS:
        answer = yield Command(f"AT{domain}?")
        state = answered(domain, answer.lines) if answer and answer.ok else None
        if state is not None:
            found.registration.append(state)
    said = split_values((yield from _ask("AT+COPS?")))
    found.operator = said[2] if len(said) > 2 else ""
    said = split_values((yield from _ask("AT+CSQ")))
    strength = number(said[0], SIGNAL_UNKNOWN) if said else None
    if strength is not None and strength < 32:
        # TS 27.007 §8.5: steps of 2 dB from -113 dBm on
        found.signal = 2 * strength - 113


def _messages(found: About) -> Dialogue[None]:
    found.smsc = next(iter(split_values((yield from _ask("AT+CSCA?")))), "")
    said = split_values((yield from _ask("AT+CPMS?")))
    for name, used, total in zip(said[::3], said[1::3], said[2::3], strict=False):
        taken, places = number(used), number(total)
        if name and taken is not None and places is not None:
            found.storage[name] = (taken, places)
    found.indications = yield from _ask("AT+CNMI=?")
    for feature, (text, value) in FEATURES.items():
        answer = yield Command(text)
        if answer is not None and answer.ok and value in _numbers(answer.lines):
            found.features.append(feature)


def _ask(text: str) -> Dialogue[str]:
    answer = yield Command(text)
    return answer.text() if answer else ""


def _state(answer: Response | None) -> str:
    if answer is None:
        return "no answer"
    value = (answer.value() or "").strip('"')
    return value if answer.ok and value else answer.final.meaning or answer.final.text


def _numbers(lines: Iterable[str]) -> set[str]:
    """The single values in lists such as ``(0,1)`` and ``(0-3)``; the empty value is in all of them."""
    return {""}.union(*(each for line in lines for each in values(line.partition(":")[2])))
