"""``server.transport``, ``device.transport``: TLS, credentials of HTTP and chunks, at either end.

The server's comes first in a scenario: it may change ``http://`` into ``https://``, and whatever names the
server's URL (a card, a bootstrap) has to be made after that.
"""

from __future__ import annotations

from hil.device import contract as device
from hil.http.settings import HttpSettings
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server import contract
from hil.server.http import ServerHttp


class ServerTransport(StepModel, ServerHttp):
    """How the server is reached from now on. What is not said is as if nothing had ever been said."""

    needs = frozenset({"server.transport"})


@step("server.transport", ServerTransport)
def server_transport(run: Run, wanted: ServerTransport) -> None:
    run.part("server", contract.Networked).transport(wanted)


class DeviceTransport(StepModel, HttpSettings):
    """How the device speaks HTTP from now on. What is not said is as if nothing had ever been said."""

    needs = frozenset({"device.transport"})


@step("device.transport", DeviceTransport)
def device_transport(run: Run, wanted: DeviceTransport) -> None:
    run.part("device", device.Networked).transport(wanted)
