"""Faults between the network and the device's push port, whatever bearer it is: a wrapper at the seam."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hil.faults import DAMAGE, Faults, What
from hil.push.contract import PLAIN, Meta

Later = Callable[[timedelta, Callable[[], None]], None]
"""Does something when so much time has passed."""


class FaultyBearer:
    """A push part of any kind; what goes wrong befalls a whole push (see `hil.push.arrange` for its pieces)."""

    def __init__(self, part: Any, faults: Faults, later: Later) -> None:
        self._part = part
        self._faults = faults
        self._later = later

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)

    def deliver(self, push: bytes, meta: Meta = PLAIN) -> object:
        """As `Bearer.deliver`."""
        fault = self._faults.next(push)
        if fault is None:
            return self._part.deliver(push, meta)
        match fault.what:
            case What.DROP:
                return None
            case What.RESET:
                return self._part.break_off(push, meta)
            case What.DELAY:
                self._later(fault.by, lambda: self._arrive(push, meta))
                return None
            case What.DUPLICATE:
                self._part.deliver(push, meta)
        damaged = self._faults.damaged(fault, push) if fault.what in DAMAGE else push
        return self._part.deliver(damaged, meta)

    def _arrive(self, push: bytes, meta: Meta) -> None:
        self._part.deliver(push, meta)
