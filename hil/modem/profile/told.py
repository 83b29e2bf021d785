"""What nobody can ask a modem for: its quirks, each with the public source that tells of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hil.fields import Duration

T = TypeVar("T")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"this is no regular expression: {error}") from error
    return text


Pattern = Annotated[str, Field(max_length=200), AfterValidator(_pattern)]


class Told(BaseModel, Generic[T]):
    """One quirk, and who tells of it: a manual, a log, a public project's code or its issue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: T
    source: str = Field(min_length=10)


class Note(BaseModel):
    """A quirk that is known, and neither played by the virtual modem nor heeded by the driver."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str
    source: str = Field(min_length=10)


Acknowledging = Literal["none", "plain", "report"]
"""What takes a directly delivered message off the modem's hands: nothing, ``AT+CNMA`` without a PDU, or also
``AT+CNMA=1,<length>`` with an SMS-DELIVER-REPORT."""


class Family(BaseModel):
    """The quirks of a family of modems. What is not said is as TS 27.005 and TS 27.007 have it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    """Which modems these are."""
    answers_from: str
    """Where the answers of the profile of this family that comes with dmrig are from."""
    manufacturer: Pattern
    """A regular expression that finds the maker in what AT+CGMI says, upper and lower case alike."""
    model: Pattern = ""
    """The same for AT+CGMM."""

    startup: Told[tuple[str, ...]] | None = None
    """What the modem says by itself when it has started."""
    late: Told[tuple[str, ...]] | None = None
    """What it says some seconds later, when SIM and SMS are ready; until then it refuses SMS commands as busy."""
    late_after: Duration = timedelta(seconds=5)
    """How much later that is."""
    chatter: Told[tuple[str, ...]] | None = None
    """What it goes on saying by itself, at any time."""
    quiet: Told[str] | None = None
    """The command that ends the chatter."""
    here: Told[str] | None = None
    """The command that brings unsolicited results to the port that it is given on."""

    indications: Told[str] | None = None
    """What +CNMI really takes, where AT+CNMI=? promises more; five lists."""
    direct_needs_service: Told[bool] | None = None
    """Direct delivery (+CMT, +CDS) is refused unless AT+CSMS=1 has been given."""
    acknowledgement: Told[Acknowledging] | None = None
    """What a directly delivered message is acknowledged with: `none` is wanted, `plain` +CNMA, or one with a
    `report`."""
    acknowledgement_time: Told[Duration] | None = None
    """How long it waits for +CNMA before it stops delivering directly."""
    alpha: Told[str] | None = None
    """What stands in the headers +CMT, +CMGR and +CMGL in the place of the name, such as ``""``."""
    report_notice: Told[str] | None = None
    """What announces a stored status report, where that is not +CDSI with its place."""
    report_header: Told[str] | None = None
    """The header of a status report, ``${length}`` in it."""
    lower_case: Told[bool] | None = None
    """PDUs come in lower-case digits."""
    trailing: Told[str] | None = None
    """Digits that follow each PDU and do not belong to it."""
    first_place: Told[int] | None = None
    """The number of the first place in a memory."""
    empty_place: Told[str] | None = None
    """The final result of AT+CMGR for an empty place."""
    location: Told[str] | None = None
    """What follows the status in +CREG after AT+CREG=2, ``${lac}``, ``${ci}`` and ``${act}`` in it."""
    card_quotes: Told[bool] | None = None
    """Whether hex digits stand in quotes in the answers of +CSIM, +CGLA and +CRSM."""
    card_follows: Told[bool] | None = None
    """Whether the modem deals with 61xx and 6Cxx inside, so that +CSIM and +CGLA never show them."""
    card_channel: Told[bool] | None = None
    """Whether +CGLA puts the session's channel into the class byte; otherwise the program has to."""
    session: Told[str] | None = None
    """The answer to +CCHO, ``${session}`` in it."""

    notes: tuple[Note, ...] = ()
    """Quirks that are known and that nothing here plays or heeds."""

    def matches(self, manufacturer: str, model: str) -> bool:
        return bool(
            re.search(self.manufacturer, manufacturer, re.IGNORECASE)
            and re.search(self.model, model, re.IGNORECASE)
        )


def say(told: Told[T] | None, otherwise: T) -> T:
    """What a source tells, or what holds for want of one."""
    return otherwise if told is None else told.value
