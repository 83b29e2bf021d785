"""SessionIDs in steps: in messages a notification's number has hexadecimal digits, and people count in tens."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

HEX = re.compile(r"[0-9A-Fa-f]+")
NUMBER = re.compile(r"0[xX][0-9A-Fa-f]+")


def _session_id(text: str) -> str:
    if text[:2].lower() == "0x" and NUMBER.fullmatch(text) is None:
        raise ValueError("hexadecimal digits are expected after 0x")
    return text


SessionId = Annotated[str, AfterValidator(_session_id)]
"""As it stands in messages, or the number that it is: ``A7``, ``0x00A7``."""


def difference(wanted: str, seen: str) -> str | None:
    """What is wrong with a SessionID, to stand behind the words "is ..."; None: it is the one that is wanted."""
    number = int(seen, 16) if HEX.fullmatch(seen) else None
    if wanted == seen or (NUMBER.fullmatch(wanted) and int(wanted, 16) == number):
        return None
    meant = f": {wanted} in decimal is the SessionID {seen}, say so or 0x{seen}"
    return f"{seen}, not {wanted}" + (meant if wanted.isdecimal() and int(wanted) == number else "")
