"""How a virtual card's command ends otherwise than well."""

from __future__ import annotations


class StatusWord(Exception):
    """The command ends with this status word and nothing else."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw
