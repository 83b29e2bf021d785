"""What steps ask of a push bearer, by capability."""

from __future__ import annotations

from typing import Protocol

from hil.push.arrange import Arrangement


class Bearer(Protocol):
    def deliver(self, push: bytes, *, arrangement: Arrangement) -> object:
        """Send a WSP push to the device's push port; ``arrangement`` is what befalls its segments."""
        ...


CAPABILITIES: dict[str, type] = {"push.deliver": Bearer}
