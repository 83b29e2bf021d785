"""How every command's ``--help`` ends: with examples that can be copied."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """An epilog for a click command: one example a line, not re-wrapped.

    >>> examples("dmrig demo").splitlines()[-1]
    '  dmrig demo'
    """
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
