"""What goes wrong with PC/SC, in words: the library, the daemon, the reader and the card told apart.

PC/SC's own codes do not tell a missing library from a daemon that is not running: the library itself is
tried first.
"""

from __future__ import annotations

import ctypes
import importlib
from types import ModuleType

from hil.card import install
from hil.errors import CardGone, NoCard, PartBroke, PartError, PartMissing

_LIBRARIES = ("libpcsclite.so.1", "libpcsclite.so", "/System/Library/Frameworks/PCSC.framework/PCSC")

NO_SERVICE = 0x8010001D
SERVICE_STOPPED = 0x8010001E
NO_READERS = 0x8010002E
UNKNOWN_READER = 0x80100009
READER_UNAVAILABLE = 0x80100017
NO_CARD = 0x8010000C
TIMEOUT = 0x8010000A
REMOVED = 0x80100069
RESET = 0x80100068
NOT_TRANSACTED = 0x80100016
INVALID_HANDLE = 0x80100003
SHARING = 0x8010000B
UNRESPONSIVE = 0x80100066
UNPOWERED = 0x80100067
PROTOCOL = 0x8010000F
DENIED = 0x8010006A

_TABLE: dict[int, tuple[type[PartError], str, str]] = {
    NO_SERVICE: (PartMissing, "pcscd, the PC/SC daemon, is not running", install.START),
    SERVICE_STOPPED: (PartBroke, "pcscd, the PC/SC daemon, has stopped", install.START),
    NO_READERS: (PartMissing, "pcscd has no card reader", "connect a reader; `dmrig doctor` lists what it sees"),
    UNKNOWN_READER: (PartMissing, "the card reader is not there any more", "connect it again"),
    READER_UNAVAILABLE: (PartBroke, "the card reader went away", "connect it again"),
    NO_CARD: (NoCard, "there is no card in the reader", "insert one, contacts first"),
    TIMEOUT: (NoCard, "nothing happened in time", "insert a card, or wait longer"),
    REMOVED: (CardGone, "the card was removed while it was in use", "insert it again"),
    NOT_TRANSACTED: (CardGone, "the card was removed, or stopped answering", "insert it again"),
    INVALID_HANDLE: (PartBroke, "pcscd has let go of the card", "was it restarted? connect again"),
    RESET: (PartBroke, "another program reset the card", "close the other program"),
    SHARING: (PartBroke, "another program holds the card", "close it (a wallet, a browser, gpg's scdaemon?)"),
    UNRESPONSIVE: (CardGone, "the card does not answer", "is it the right way round, and its contacts clean?"),
    UNPOWERED: (CardGone, "the card has no power", "pull it out and insert it again"),
    PROTOCOL: (CardGone, "the card speaks no protocol of this reader", "try another reader"),
    DENIED: (PartMissing, "pcscd does not let this user use readers", "ask polkit, or the administrator"),
}


def error_for(code: int, doing: str) -> PartError:
    """The error of a PC/SC code; ``doing`` says what was tried and with what."""
    code &= 0xFFFFFFFF
    kind, text, hint = _TABLE.get(code, (PartBroke, f"PC/SC says {code:08X}", "`dmrig doctor` checks the parts"))
    return kind(f"{doing}: {text}", hint=hint)


def library() -> str | None:
    """The PC/SC library on this machine, or None. Tries to load it, as pyscard will."""
    for name in _LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return name
    return None


def load_scard() -> ModuleType:
    """pyscard's interface to PC/SC. Raises `PartMissing` that says which piece is not there.

    The library is tried before pyscard is imported: without it, pyscard prints a line and stays unusable.
    """
    if library() is None:
        raise PartMissing(
            "the PC/SC library (libpcsclite) is not installed",
            hint=install.LIBRARY,
        )
    try:
        return importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise PartMissing(
            f"pyscard is not installed ({error})",
            hint=install.PYSCARD,
        ) from error
