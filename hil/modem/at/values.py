"""The values of a result line: numbers, quoted strings and empty places between commas (V.250 §5.4.2)."""

from __future__ import annotations

import re

_VALUE = re.compile(r'\s*(?:"([^"]*)"|([^,]*))\s*(?:,|$)')


def split_values(text: str) -> list[str]:
    """``'"SM",3,,"a,b"'`` to ``['SM', '3', '', 'a,b']``. Whatever the text is, it gives a list."""
    values = []
    position = 0
    while position < len(text):
        found = _VALUE.match(text, position)
        if found is None:
            # something follows a closing quote: take it as it is up to the comma
            end = text.find(",", position)
            end = len(text) if end < 0 else end
            values.append(text[position:end].strip())
            position = end + 1
            continue
        values.append(found[1] if found[1] is not None else found[2].strip())
        position = found.end()
    if text.endswith(","):
        values.append("")
    return values


def number(text: str, limit: int = 0xFFFF) -> int | None:
    """A decimal number up to ``limit``, or None."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(limit))):
        return None
    value = int(text)
    return value if value <= limit else None
