"""Why an exchange failed, in words: what urllib3 raises is wrapped errors for programs."""

from __future__ import annotations

import errno
import os
import ssl

from urllib3 import exceptions as broken

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (broken.SSLError, "TLS failed"),
    (broken.NameResolutionError, "its name is not known"),
    (ConnectionRefusedError, "it refused the connection"),
    (broken.NewConnectionError, "no connection could be made"),
    (broken.ConnectTimeoutError, "it did not take the connection in time"),
    (broken.ReadTimeoutError, "it did not answer in time"),
    (broken.InvalidChunkLength, "the chunks of the answer are damaged"),
    (broken.IncompleteRead, "the connection ended in the middle of the answer"),
    (broken.DecodeError, "the answer's compression is damaged"),
    (broken.LocationValueError, "the address is damaged"),
    (broken.ProtocolError, "the connection was dropped"),
)
"""The first that fits. To urllib3 an unknown name is a kind of failed connection, and that a kind of time-out."""


def because(error: Exception) -> str:
    """Why, in words. urllib3 wraps errors in others, as arguments or causes: the table looks at all of them."""
    layers = [error, *(a for a in error.args if isinstance(a, BaseException)), error.__cause__]
    fitting = (reason for kind, reason in _REASONS if any(isinstance(layer, kind) for layer in layers))
    reason = next(fitting, "the exchange failed")
    details = [detail for layer in layers if (detail := _detail(layer))]
    return f"{reason} ({details[-1]})" if details else reason


def reset() -> broken.ProtocolError:
    """What urllib3 makes of a connection that the other side has reset."""
    why = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    return broken.ProtocolError("Connection aborted.", why)


def _detail(error: BaseException | None) -> str:
    """What the operating system or the TLS library said."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    if isinstance(error, ConnectionRefusedError):
        return ""  # says no more than the reason
    return error.strerror or "" if isinstance(error, OSError) else ""


def hint(error: Exception) -> str | None:
    if isinstance(error, broken.SSLError):
        return (
            "is the server's certificate signed by an authority that is trusted here, and do both sides have a "
            "version of TLS in common? (settings ca, minimum, legacy)"
        )
    if isinstance(error, broken.NameResolutionError):
        return "is the host's name right, and does this machine reach a name server?"
    if isinstance(error, broken.NewConnectionError):
        return (
            "is the server running, and is the port right? For a card or account with a fixed address, give the "
            "rig's server that port (server: {kind: builtin, port: ...}); a card image can say ${server.url}"
        )
    return None
