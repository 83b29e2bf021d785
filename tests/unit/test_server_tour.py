"""The server's files that come with dmrig, played to the simulated device: nothing unexpected, nothing left."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from hil import data
from hil.device.model import load_device
from hil.server.config import ServerConfig
from hil.server.engine import DmServer
from hil.server.show import Show
from hil.server.store import MemoryStore
from hil.server.transitions import Outcome
from hil.yamlfile import load
from simulator.bootstrap import message as bootstraps
from simulator.codes.alert import AlertCode
from simulator.objects.dmacc import AccountData, Credential
from simulator.session.events import Ended, Send

NOW = datetime(2031, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("device_name", ["generic", "generic-xml", "small", "plain", "dm-1.2"])
@pytest.mark.parametrize("name", data.names("servers"))
def test_all_is_as_expected(name: str, device_name: str) -> None:
    config = load(data.find("servers", name), ServerConfig)
    said = config.accounts[0]
    server = DmServer(config.settings(), MemoryStore(config.device_accounts()), random=random.Random(1).randbytes)
    lines: list[str] = []
    server.subscribe(Show(lines.append, lambda: NOW))
    device = load_device(device_name, data.root()).device(random.Random(2).randbytes)
    account = AccountData(
        server_id=said.server_id,
        addr="http://dm.example.com/dm",
        client=Credential("DIGEST", said.client_name, said.client_secret, said.client_nonce),
        server=Credential("DIGEST", said.server_name, said.server_secret, said.server_nonce),
    )
    device.bootstrap(bootstraps.build(account), origin="card:1", now=NOW)
    before = {uri for uri, _ in device.tree.walk_nodes(".")}
    session = device.open_session(said.server_id, alert=AlertCode.CLIENT_INITIATED_MGMT, now=NOW)
    events = session.start(NOW)
    while not isinstance(events[-1], Ended):
        send = events[-1]
        assert isinstance(send, Send)
        reply = server.receive(send.body, send.headers["Content-Type"], NOW, send.headers)
        events = session.receive(reply.status, reply.content_type, reply.body, NOW, reply.headers)
    assert server.sessions[-1].outcome is Outcome.FINISHED
    assert [line for line in lines if "not as expected" in line or "note:" in line] == []
    left = {uri for uri, _ in device.tree.walk_nodes(".")} - before
    assert left == ({"./Greeting"} if name == "sample" else set())
    if name == "tour":
        answers = {str(answer.command): answer.status for answer in server.sessions[-1].answers}
        assert answers["Delete ./dmrig"] == 200
        assert answers["Add ./dmrig"] == 200
        assert answers["Add ./dmrig/Large"] == (406 if device_name == "plain" else 200)
