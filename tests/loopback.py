"""Ports and addresses of loopback for programs that have to be told theirs, and bounded waiting for them."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable

SECONDS = 30.0


def free_ports(count: int) -> list[int]:
    """Below those that connections take by themselves."""
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            opened = socket.socket()
            held.append(opened)
            try:
                opened.bind(("127.0.0.1", random.randrange(12000, 32000)))
            except OSError:
                held.pop().close()
        return [opened.getsockname()[1] for opened in held]
    finally:
        for opened in held:
            opened.close()


def own_address() -> str:
    """One of loopback's, so that ports which Kannel cannot be told otherwise clash with nobody's."""
    return f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}.{random.randrange(2, 255)}"


def wait_for(holds: Callable[[], object], seen: Callable[[], object], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, seen()
        time.sleep(0.02)
