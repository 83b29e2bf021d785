"""The server's side of a DM session as a table (DM Protocol §8 and §9).

A message is first judged: that is what was *heard*. State and what was heard give what to *say*, and the next
state. Everything else about a session is data that these judgements are made from.
"""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    NEW = "new"
    """Nothing has been heard yet."""
    CHALLENGED = "challenged"
    """The device has to repeat its package with (other) credentials."""
    RECEIVING = "receiving"
    """The device's package goes on in its next message."""
    SENDING = "sending"
    """Commands are with the device, and the server's package goes on in its next message."""
    MANAGING = "managing"
    """Commands are with the device."""
    ENDED = "ended"


class Heard(Enum):
    """What a message amounts to, the first that applies."""

    BAD_VERSION = auto()
    """A VerDTD or VerProto that is not spoken here."""
    DEVICE_ABORT = auto()
    """Alert 1223."""
    NO_CREDENTIALS = auto()
    BAD_CREDENTIALS = auto()
    STILL_BAD = auto()
    """No or wrong credentials after as many challenges as are made."""
    SERVER_REFUSED = auto()
    """The device does not accept the server's credentials, and there are no others."""
    MORE_TO_COME = auto()
    """No Final."""
    PART = auto()
    """The device listens, and there are more commands to send than go into the next message."""
    WORK = auto()
    """A whole package, or the last of the device's Alerts 1222, and there are commands to send."""
    ABORT_WANTED = auto()
    """A whole package, and the server was told to abort."""
    MESSAGE_REFUSED = auto()
    """The device cannot take the server's messages at all (such as 513)."""
    NOTHING_LEFT = auto()
    """A whole package, and there are no commands."""


class Say(Enum):
    REFUSE = auto()
    """Statuses only, with the code of the refusal; the header's with a challenge where there is one."""
    GO_ON = auto()
    """Statuses and Alert 1222, without Final."""
    SOME_COMMANDS = auto()
    """Statuses and commands, without Final: the package goes on."""
    COMMANDS = auto()
    """Statuses and commands."""
    FAREWELL = auto()
    """Statuses only: an empty package, which ends the session."""
    ABORT = auto()
    """Statuses and Alert 1223."""


class Outcome(Enum):
    """How a session ended."""

    FINISHED = "finished"
    ABORTED_BY_DEVICE = "aborted by the device"
    ABORTED_BY_SERVER = "aborted by the server"
    DEVICE_NOT_AUTHENTICATED = "the device did not authenticate itself"
    SERVER_NOT_AUTHENTICATED = "the device did not accept the server"
    VERSION_NOT_SUPPORTED = "the device speaks another version"
    REFUSED_BY_DEVICE = "the device refused the server's message"
    ABANDONED = "the device did not come back"


Transition = tuple[Say, State, Outcome | None]
"""The outcome is set where the next state is ENDED."""

_ANYWHERE: dict[Heard, Transition] = {
    Heard.BAD_VERSION: (Say.REFUSE, State.ENDED, Outcome.VERSION_NOT_SUPPORTED),
    Heard.DEVICE_ABORT: (Say.FAREWELL, State.ENDED, Outcome.ABORTED_BY_DEVICE),
    Heard.NO_CREDENTIALS: (Say.REFUSE, State.CHALLENGED, None),
    Heard.BAD_CREDENTIALS: (Say.REFUSE, State.CHALLENGED, None),
    Heard.STILL_BAD: (Say.REFUSE, State.ENDED, Outcome.DEVICE_NOT_AUTHENTICATED),
    Heard.SERVER_REFUSED: (Say.FAREWELL, State.ENDED, Outcome.SERVER_NOT_AUTHENTICATED),
    Heard.MESSAGE_REFUSED: (Say.FAREWELL, State.ENDED, Outcome.REFUSED_BY_DEVICE),
    Heard.MORE_TO_COME: (Say.GO_ON, State.RECEIVING, None),
    Heard.PART: (Say.SOME_COMMANDS, State.SENDING, None),
    Heard.WORK: (Say.COMMANDS, State.MANAGING, None),
    Heard.ABORT_WANTED: (Say.ABORT, State.ENDED, Outcome.ABORTED_BY_SERVER),
    Heard.NOTHING_LEFT: (Say.FAREWELL, State.ENDED, Outcome.FINISHED),
}

TRANSITIONS: dict[State, dict[Heard, Transition]] = {
    State.NEW: _ANYWHERE,
    State.CHALLENGED: _ANYWHERE,
    State.RECEIVING: _ANYWHERE,
    # A large object of the device's comes first; then the server's package goes on.
    State.SENDING: {**_ANYWHERE, Heard.MORE_TO_COME: (Say.GO_ON, State.SENDING, None)},
    State.MANAGING: _ANYWHERE,
    # What still comes after the end gets its statuses; the outcome stays what it was.
    State.ENDED: {
        heard: (Say.REFUSE if say is Say.REFUSE else Say.FAREWELL, State.ENDED, None)
        for heard, (say, _, _) in _ANYWHERE.items()
    },
}
