"""The one exception family of the simulator.

Every error says what was seen and what was expected; ``hint`` says what to try, when that is known.
Exceptions of libraries are translated into this family where the library is called.
"""


class SimulatorError(Exception):
    """Anything that the simulator refuses. ``str(error)`` is one sentence for a person."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class CodecError(SimulatorError):
    """Bytes from outside that are not what they claim to be.

    ``offset`` is the byte at which reading stopped, counted from the start of what was decoded.
    ``partial`` is what had been decoded up to there, when a codec can tell (used to show damaged input).
    """

    def __init__(
        self, message: str, *, offset: int | None = None, partial: object = None, hint: str | None = None
    ) -> None:
        super().__init__(message if offset is None else f"{message} (at byte {offset})", hint=hint)
        self.offset = offset
        self.partial = partial


class EncodeError(SimulatorError):
    """A value that has no encoding, such as binary data in an XML text."""


class TreeError(SimulatorError):
    """A command that the management tree refuses; ``status`` is the DM status code to answer with."""

    def __init__(self, status: int, message: str, *, uri: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.uri = uri


class BootstrapError(SimulatorError):
    """A bootstrap message that cannot be applied; the device is left as it was."""


class CardError(SimulatorError):
    """A card that does not answer as the bootstrap files need. ``sw`` is its last status word."""

    def __init__(self, message: str, *, sw: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.sw = sw


class NotificationError(SimulatorError):
    """A notification that has to be ignored; the message says why, for the trace."""


class SessionError(SimulatorError):
    """A session that was asked for something its state does not allow."""


class StateError(SimulatorError):
    """Kept state that a device cannot take up again."""
