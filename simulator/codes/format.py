"""The formats of a node (DM Tree and Description §7.7.2)."""

from __future__ import annotations

FORMATS = ("b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float")

BINARY_FORMATS = frozenset({"b64", "bin"})
"""Their values are octets; those of the others are text."""
