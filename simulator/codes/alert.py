"""Alert codes: what an Alert command tells, in ``Alert/Data`` (DM Representation Protocol §7.6)."""

from __future__ import annotations

from enum import IntEnum


class AlertCode(IntEnum):
    """The alerts that DM uses; `meaning` is what it says, in a few words."""

    meaning: str

    def __new__(cls, code: int, meaning: str = "") -> AlertCode:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    # User interaction, server to client (DM Protocol §10).
    DISPLAY = 1100, "display"
    CONFIRM_OR_REJECT = 1101, "confirm or reject"
    TEXT_INPUT = 1102, "text input"
    SINGLE_CHOICE = 1103, "single choice"
    MULTIPLE_CHOICE = 1104, "multiple choice"

    # Sessions (DM Protocol §8).
    SERVER_INITIATED_MGMT = 1200, "server-initiated management"
    CLIENT_INITIATED_MGMT = 1201, "client-initiated management"
    NEXT_MESSAGE = 1222, "next message"
    SESSION_ABORT = 1223, "session abort"
    CLIENT_EVENT = 1224, "client event"
    NO_END_OF_DATA = 1225, "no end of data"
    GENERIC_ALERT = 1226, "generic alert"
    SESSIONLESS_REPORT = 1230, "sessionless report"


USER_INTERACTION = frozenset(
    {
        AlertCode.DISPLAY,
        AlertCode.CONFIRM_OR_REJECT,
        AlertCode.TEXT_INPUT,
        AlertCode.SINGLE_CHOICE,
        AlertCode.MULTIPLE_CHOICE,
    }
)
"""The alerts that a person answers."""


def meaning(code: str | int) -> str:
    """The meaning of a code as a peer wrote it; a sentence that says so when DM has no such code."""
    try:
        return AlertCode(int(code)).meaning
    except ValueError:
        return "no alert code of DM"
