"""Asks PC/SC what is there, by ctypes, and prints it as one JSON object. Run as a program of its own.

It needs neither pyscard nor dmrig, and whoever runs it can give up on it: a stuck pcscd blocks its clients for
ever. The only argument, if any, is the library to load. Names and numbers are those of PC/SC part 5 (winscard.h).
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

MAC = sys.platform == "darwin"
LIBRARIES = ["/System/Library/Frameworks/PCSC.framework/PCSC"] if MAC else ["libpcsclite.so.1", "libpcsclite.so"]

DWORD = ctypes.c_uint32 if MAC else ctypes.c_ulong
CONTEXT = ctypes.c_int32 if MAC else ctypes.c_long

SCOPE_SYSTEM = 2
STATE_UNAVAILABLE, STATE_PRESENT, STATE_EXCLUSIVE, STATE_MUTE = 0x8, 0x20, 0x80, 0x200
NO_READERS = 0x8010002E


class ReaderState(ctypes.Structure):
    _pack_ = 1 if MAC else 0
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("user_data", ctypes.c_void_p),
        ("current", DWORD),
        ("event", DWORD),
        ("atr_size", DWORD),
        ("atr", ctypes.c_ubyte * 33),
    )


def probe(names: list[str]) -> dict[str, Any]:
    """``library`` with its path or ``missing``; then the code of the first call that failed, or ``readers``."""
    library = None
    for name in names:
        try:
            library, found = ctypes.CDLL(name), name
            break
        except OSError as error:
            missing = str(error)
    if library is None:
        return {"missing": missing}
    context = CONTEXT()
    code = library.SCardEstablishContext(DWORD(SCOPE_SYSTEM), None, None, ctypes.byref(context)) & 0xFFFFFFFF
    if code:
        return {"library": found, "establish": code}
    try:
        return {"library": found} | _readers(library, context)
    finally:
        library.SCardReleaseContext(context)


def _readers(library: ctypes.CDLL, context: Any) -> dict[str, Any]:
    size = DWORD(0)
    code = library.SCardListReaders(context, None, None, ctypes.byref(size)) & 0xFFFFFFFF
    if code == NO_READERS:
        return {"readers": []}
    buffer = ctypes.create_string_buffer(size.value or 1)
    code = code or library.SCardListReaders(context, None, buffer, ctypes.byref(size)) & 0xFFFFFFFF
    if code:
        return {"readers": []} if code == NO_READERS else {"list": code}
    names = [name for name in buffer.raw[: size.value].split(b"\0") if name]
    states = (ReaderState * max(1, len(names)))()
    for state, name in zip(states, names, strict=False):
        state.name = name
    code = library.SCardGetStatusChange(context, DWORD(0), states, DWORD(len(names))) & 0xFFFFFFFF
    if code:
        return {"status": code}
    return {"readers": [_reader(state) for state in states[: len(names)]]}


def _reader(state: ReaderState) -> dict[str, Any]:
    return {
        "name": state.name.decode("utf-8", "replace"),
        "card": bool(state.event & STATE_PRESENT),
        "mute": bool(state.event & STATE_MUTE),
        "in use": bool(state.event & STATE_EXCLUSIVE),
        "unavailable": bool(state.event & STATE_UNAVAILABLE),
        "atr": bytes(state.atr[: min(state.atr_size, 33)]).hex().upper(),
    }


if __name__ == "__main__":
    print(json.dumps(probe(sys.argv[1:] or LIBRARIES)))
