"""Telling one XML document from another before any of it has been parsed."""

from __future__ import annotations

import re

HEAD = 2000
"""Characters in which the first element has to begin."""


def has_root(octets: bytes, name: str) -> bool:
    """Whether the first element seems to be ``name``, whatever its namespace prefix."""
    encoding = "utf-16" if octets[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    head = octets[: 2 * HEAD].decode(encoding, "replace")[:HEAD]
    first = re.search(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)", head)
    return first is not None and first[1] == name and head.lstrip().startswith("<")
