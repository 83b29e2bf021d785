"""The client's session as a table: what may happen in each state, and what the client then does.

Names follow DM Protocol §8 (packages): package 1 opens the session (setup phase), packages 3 and 4 repeat
(management phase). A pair that is not in the table does not exist: every state says what it does with every
input, also with those that only a caller's mistake can bring about.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    IDLE = "idle"
    """Nothing was sent yet."""
    SETUP = "setup"
    """Package 1 is out; package 2 is due."""
    MANAGEMENT = "management"
    """Package 3 is out; package 4 is due."""
    CLOSING = "closing"
    """The client's Session Abort is out; its answer will be discarded."""
    ENDED = "ended"


class Input(StrEnum):
    START = "start"
    PACKAGE = "package"
    """A message to answer."""
    RESENT = "resent"
    """The very message that came last."""
    EMPTY = "empty"
    """A message that leaves nothing to answer."""
    CHALLENGE = "challenge"
    """The server asks for credentials, and the client has some that it did not try yet."""
    OTHER_VERSION = "other version"
    """The server does not know the client's version; there is one left to try."""
    UNTRUSTED = "untrusted"
    """The server's credentials are missing or wrong; it gets a challenge."""
    IMPOSTOR = "impostor"
    """The server did not answer a challenge as it must."""
    REFUSED = "refused"
    """The server refuses the client, or the client's message, for good."""
    ABORT = "abort"
    """The server sent a Session Abort."""
    CANCEL = "cancel"
    """Whoever runs the session wants it aborted."""
    BROKEN = "broken"
    """No usable answer came."""


class Action(StrEnum):
    OPEN = "open"
    """Send package 1."""
    ANSWER = "answer"
    """Execute the commands; send statuses and results."""
    REPEAT = "repeat"
    """Send the last package again, now with credentials (DM Protocol §9), or in another version."""
    RESEND = "resend"
    """Say once more what was said last; execute nothing a second time."""
    DEMAND = "demand"
    """Send statuses alone, the header's with a challenge; execute nothing."""
    ABORT = "abort"
    """Send Alert 1223."""
    END = "end"
    """Send nothing more."""
    IGNORE = "ignore"
    """Stay as it is."""
    MISUSE = "misuse"
    """Raise SessionError: the caller may not do that now."""


TRANSITIONS: dict[State, dict[Input, tuple[State, Action]]] = {
    State.IDLE: {
        Input.START: (State.SETUP, Action.OPEN),
        Input.PACKAGE: (State.IDLE, Action.MISUSE),
        Input.RESENT: (State.IDLE, Action.MISUSE),
        Input.EMPTY: (State.IDLE, Action.MISUSE),
        Input.CHALLENGE: (State.IDLE, Action.MISUSE),
        Input.OTHER_VERSION: (State.IDLE, Action.MISUSE),
        Input.UNTRUSTED: (State.IDLE, Action.MISUSE),
        Input.IMPOSTOR: (State.IDLE, Action.MISUSE),
        Input.REFUSED: (State.IDLE, Action.MISUSE),
        Input.ABORT: (State.IDLE, Action.MISUSE),
        Input.CANCEL: (State.ENDED, Action.END),
        Input.BROKEN: (State.ENDED, Action.END),
    },
    State.SETUP: {
        Input.START: (State.SETUP, Action.MISUSE),
        Input.PACKAGE: (State.MANAGEMENT, Action.ANSWER),
        Input.RESENT: (State.SETUP, Action.RESEND),
        Input.EMPTY: (State.ENDED, Action.END),
        Input.CHALLENGE: (State.SETUP, Action.REPEAT),
        Input.OTHER_VERSION: (State.SETUP, Action.REPEAT),
        Input.UNTRUSTED: (State.SETUP, Action.DEMAND),
        Input.IMPOSTOR: (State.CLOSING, Action.ABORT),
        Input.REFUSED: (State.ENDED, Action.END),
        Input.ABORT: (State.ENDED, Action.END),
        Input.CANCEL: (State.CLOSING, Action.ABORT),
        Input.BROKEN: (State.ENDED, Action.END),
    },
    State.MANAGEMENT: {
        Input.START: (State.MANAGEMENT, Action.MISUSE),
        Input.PACKAGE: (State.MANAGEMENT, Action.ANSWER),
        Input.RESENT: (State.MANAGEMENT, Action.RESEND),
        Input.EMPTY: (State.ENDED, Action.END),
        Input.CHALLENGE: (State.MANAGEMENT, Action.REPEAT),
        Input.OTHER_VERSION: (State.MANAGEMENT, Action.REPEAT),
        Input.UNTRUSTED: (State.MANAGEMENT, Action.DEMAND),
        Input.IMPOSTOR: (State.CLOSING, Action.ABORT),
        Input.REFUSED: (State.ENDED, Action.END),
        Input.ABORT: (State.ENDED, Action.END),
        Input.CANCEL: (State.CLOSING, Action.ABORT),
        Input.BROKEN: (State.ENDED, Action.END),
    },
    # Who sent an abort discards whatever answers it (DM Protocol §6.1.1), a failure included.
    State.CLOSING: {
        Input.START: (State.CLOSING, Action.MISUSE),
        Input.PACKAGE: (State.ENDED, Action.END),
        Input.RESENT: (State.ENDED, Action.END),
        Input.EMPTY: (State.ENDED, Action.END),
        Input.CHALLENGE: (State.ENDED, Action.END),
        Input.OTHER_VERSION: (State.ENDED, Action.END),
        Input.UNTRUSTED: (State.ENDED, Action.END),
        Input.IMPOSTOR: (State.ENDED, Action.END),
        Input.REFUSED: (State.ENDED, Action.END),
        Input.ABORT: (State.ENDED, Action.END),
        Input.CANCEL: (State.CLOSING, Action.IGNORE),
        Input.BROKEN: (State.ENDED, Action.END),
    },
    State.ENDED: {
        Input.START: (State.ENDED, Action.MISUSE),
        Input.PACKAGE: (State.ENDED, Action.MISUSE),
        Input.RESENT: (State.ENDED, Action.MISUSE),
        Input.EMPTY: (State.ENDED, Action.MISUSE),
        Input.CHALLENGE: (State.ENDED, Action.MISUSE),
        Input.OTHER_VERSION: (State.ENDED, Action.MISUSE),
        Input.UNTRUSTED: (State.ENDED, Action.MISUSE),
        Input.IMPOSTOR: (State.ENDED, Action.MISUSE),
        Input.REFUSED: (State.ENDED, Action.MISUSE),
        Input.ABORT: (State.ENDED, Action.MISUSE),
        # Late failures are common: a timer or a connection that outlived the session.
        Input.CANCEL: (State.ENDED, Action.IGNORE),
        Input.BROKEN: (State.ENDED, Action.IGNORE),
    },
}
