"""Faults on a client's way to its servers, whosever they are: around each HTTP exchange, at the network.

What is seen of them is what urllib3 would have raised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from urllib3 import exceptions as broken

from hil.faults import Fault, Faults, Hold, What
from hil.http.transport import HttpAnswer
from hil.http.trouble import reset


class FaultyWay:
    def __init__(self, faults: Faults, hold: Hold) -> None:
        self._faults = faults
        self._hold = hold

    def __call__(self, body: bytes, send: Callable[[bytes], HttpAnswer]) -> HttpAnswer:
        fault = self._faults.next(body)
        if fault is None:
            return send(body)
        return self._faults.befall(
            fault,
            body,
            send,
            hold=self._hold,
            broken=lambda: _broken(fault),
            spoilt=lambda answer: self._spoilt(fault, answer),
        )

    def _spoilt(self, fault: Fault, answer: HttpAnswer) -> HttpAnswer:
        left = self._faults.damaged(fault, answer.body)
        if len(left) < len(answer.body) and answer.header("Content-Length") is not None:
            raise broken.IncompleteRead(len(left), len(answer.body) - len(left))
        return replace(answer, body=left)


def _broken(fault: Fault) -> NoReturn:
    raise reset() if fault.what is What.RESET else broken.ProtocolError("Connection aborted.")
