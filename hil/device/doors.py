"""Where pushes reach the simulated device beside its modem: its sockets for UDP, and its terminal of OTA-HTTP.

They are open for as long as the rig runs, so that their ports stay; whether the device is on is for it to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hil.bench import Bench
from hil.listen.settings import Listen
from hil.listen.udp import UdpListener
from hil.modem.datagram import Datagram
from simulator.codes.wsp import PORT_PUSH, PORT_PUSH_SECURE
from simulator.push.terminal import TerminalSettings
from simulator.push.wsp import Push

if TYPE_CHECKING:
    from hil.listen.http import HttpListener


class Doors:
    udp: UdpListener | None = None
    http: HttpListener | None = None

    def __init__(
        self,
        bench: Bench,
        settings: Listen,
        *,
        terminal: TerminalSettings,
        datagram: Callable[[Datagram], None],
        push: Callable[[Push], None],
        ignored: Callable[[str], None],
        there: Callable[[], bool],
    ) -> None:
        """The callbacks hear, in the scheduler's thread, of what came; ``there``: whether the device is on."""
        post = bench.scheduler.post

        def told(text: str) -> None:
            bench.recorder.note(text, part="device")

        if settings.udp is not None:
            ports = {PORT_PUSH: settings.udp.port, PORT_PUSH_SECURE: settings.udp.secure_port}
            self.udp = UdpListener(ports, post=post, take=datagram, now=bench.now, address=settings.udp.address)
        if settings.http is not None:
            bench.recorder.masker.add(settings.http.password)
            from hil.listen.http import HttpListener

            self.http = HttpListener(
                settings.http,
                post=post,
                take=push,
                refused=ignored,
                there=there,
                now=bench.now,
                random=bench.random_for("terminal"),
                told=told,
                terminal=terminal,
            )

    def open(self) -> None:
        """Raises `PartMissing` when a port cannot be had."""
        for door in (self.udp, self.http):
            if door is not None:
                door.start()

    def close(self) -> None:
        for door in (self.udp, self.http):
            if door is not None:
                door.stop()

    def quiet(self) -> bool:
        return all(door is None or door.quiet() for door in (self.udp, self.http))
