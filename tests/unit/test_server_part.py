"""The server parts of a rig."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from hil.account import Account
from hil.bench import Bench
from hil.clock import JumpingClock
from hil.devicechoice import ScenarioDevice
from hil.http.transport import Transport
from hil.scheduler import Scheduler
from hil.server.commands import commands
from hil.server.engine import Reply
from hil.server.events import ServerEvent, SessionClosed
from hil.server.part import BuiltinServer, BuiltinSettings, UrlServer, UrlSettings
from hil.server.transitions import Outcome
from hil.trace.recorder import Recorder
from simulator.security import nonce
from simulator.security.credentials import AuthType
from simulator.syncml import message as dm
from tests.dm_client import Client, codes, md5_cred

ACCOUNT = Account(client_name="device", client_secret="device-secret", client_nonce=b"first client nonce")


@pytest.fixture
def bench() -> Bench:
    clock = JumpingClock()
    return Bench(
        scheduler=Scheduler(clock),
        recorder=Recorder(clock.now),
        seed=1,
        account=ACCOUNT,
        device=ScenarioDevice(),
        folder=Path(),
    )


@pytest.fixture
def part(bench: Bench) -> Iterator[BuiltinServer]:
    part = BuiltinServer(BuiltinSettings(), bench)
    part.start()
    yield part
    part.stop()
    part.stop()


@pytest.fixture
def client(part: BuiltinServer) -> Iterator[Client]:
    transport = Transport()

    def post(body: bytes, content_type: str) -> tuple[int, str | None, bytes]:
        answer = transport.exchange(part.url, {"Content-Type": content_type}, body)
        return answer.status, answer.content_type, answer.body

    yield Client(post)
    transport.close()


def test_it_speaks_the_scenarios_account(part: BuiltinServer, client: Client) -> None:
    batch = part.queue(commands({"get": "./DevInfo/Man"}))
    assert codes(client.begin(cred=md5_cred(ACCOUNT.client_nonce)))[0] == "212"
    client.answer(values={"./DevInfo/Man": "dmrig"})
    assert part.batches == [batch]
    assert batch.answers[0].value == "dmrig"
    assert [s.outcome for s in part.sessions] == [Outcome.FINISHED]
    assert part.quiet()
    assert part.variables()["server.url"] == part.url == part.identity()["url"]


def test_events_come_in_the_schedulers_thread(part: BuiltinServer, client: Client, bench: Bench) -> None:
    seen: list[tuple[ServerEvent, int]] = []
    part.subscribe(lambda event: seen.append((event, threading.get_ident())))
    client.begin(cred=md5_cred(ACCOUNT.client_nonce))
    assert seen == []
    bench.scheduler.settle()
    assert isinstance(seen[-1][0], SessionClosed)
    assert {thread for _, thread in seen} == {threading.get_ident()}


def test_the_nonce_of_a_notification_is_the_one_the_device_gave(part: BuiltinServer, client: Client) -> None:
    assert part.notification_nonce() == ACCOUNT.server_nonce
    part.queue(commands({"exec": "./X"}))
    client.begin(cred=md5_cred(ACCOUNT.client_nonce))
    meta = dm.Meta(format="b64", type=AuthType.MD5, next_nonce=nonce.to_text(b"later"))
    client.answer(chal=dm.Chal(meta))
    assert part.notification_nonce() == b"later"
    assert part.notification_nonce("IMEI:another") == ACCOUNT.server_nonce


def test_a_session_ends_when_the_scenarios_clock_says_so(
    part: BuiltinServer, client: Client, bench: Bench
) -> None:
    part.queue(commands({"exec": "./X"}))
    client.begin(cred=md5_cred(ACCOUNT.client_nonce))
    bench.scheduler.run_until(lambda: False, bench.now() + timedelta(days=2))
    again = Client(client._post, session_id="2")
    again.begin()
    assert [s.outcome for s in part.sessions] == [Outcome.ABANDONED, None]


@pytest.mark.parametrize("kind", ["http-500", "empty"])
def test_faults_by_name(part: BuiltinServer, client: Client, kind: str) -> None:
    part.fault(kind, 1)
    with pytest.raises(Exception, match=r"HTTP 500|neither XML nor WBXML"):
        client.begin()
    assert codes(client.begin())[0] == "407"


def test_a_bug_of_the_server_ends_the_run(
    part: BuiltinServer, client: Client, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Reply:
        raise RuntimeError("oops")

    monkeypatch.setattr(part._server, "receive", broken)
    with pytest.raises(Exception, match="HTTP 500"):
        client.begin()
    with pytest.raises(RuntimeError, match="oops"):
        bench.scheduler.settle()


def test_a_server_by_url(bench: Bench) -> None:
    part = UrlServer(UrlSettings(url="https://dm.example.com/dm"), bench)
    part.start()
    assert part.variables() == {"server.url": "https://dm.example.com/dm"}
    assert part.notification_nonce() == ACCOUNT.server_nonce
    assert not part.jumps
    part.stop()


@pytest.mark.parametrize("url", ["dm.example.com", "ftp://x/", "http://"])
def test_an_url_that_is_none(url: str) -> None:
    with pytest.raises(ValidationError, match="http:// or https://"):
        UrlSettings(url=url)
