"""curl as the push gateway: the device's terminal of OTA-HTTP, both forms, OPTIONS, passwords, TLS."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from hil.listen.http import HttpListener
from hil.listen.settings import HttpSettings
from simulator.push.wsp import Push
from tests.peers import require

pytestmark = pytest.mark.shows("PUSH-03", "PUSH-04")

BODY = bytes(range(42))
DIRECT = [
    "-H", "Content-Type: application/vnd.syncml.dm.notification",
    "-H", "X-Wap-Application-Id: x-wap-application:syncml.dm",
]  # fmt: skip
NESTED = ["-H", "Content-Type: application/http"]
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.notification\r\n"
    b"X-Wap-Application-Id: 7\r\nContent-Length: 42\r\n\r\n"
) + BODY


class Terminal:
    def __init__(self, settings: HttpSettings) -> None:
        self.got: list[Push] = []
        self.refused: list[str] = []
        self.listener = HttpListener(
            settings,
            post=lambda action: action(),
            take=self.got.append,
            refused=self.refused.append,
            there=lambda: True,
            now=lambda: datetime.now(UTC),
            random=os.urandom,
        )


@contextmanager
def listening(**settings: object) -> Iterator[Terminal]:
    terminal = Terminal(HttpSettings.model_validate(settings))
    terminal.listener.start()
    try:
        yield terminal
    finally:
        terminal.listener.stop()


def curl(terminal: Terminal, *arguments: str, body: bytes | None = BODY, path: str = "") -> tuple[str, str]:
    """The last answer's status code, and all headers of all answers."""
    require("curl")
    data = [] if body is None else ["--data-binary", "@-"]
    at = terminal.listener.terminal
    trust = ["--cacert", str(at.ca)] if at.ca else []
    url = at.url.removesuffix("/wappush") + path if path else at.url
    command = [
        "curl",
        "-s",
        "-i",
        "--max-time",
        "20",
        "-w",
        "%{stderr}%{http_code}",
        *trust,
        *data,
        *arguments,
        url,
    ]
    done = subprocess.run(command, input=body, capture_output=True, timeout=30, check=False)
    return done.stderr.decode(), done.stdout.decode("utf-8", "replace")


def test_both_forms_are_taken() -> None:
    with listening() as terminal:
        code, said = curl(terminal, *DIRECT)
        assert code == "204"
        assert "X-Wap-Push-Status: 400 Accepted" in said
        assert "X-Wap-Push-OTA-Version: 1.0" in said
        assert "Content-Type" not in said
        assert curl(terminal, *NESTED, body=RESPONSE)[0] == "204"
        assert curl(terminal, *DIRECT, path="/")[0] == "204"
        assert curl(terminal, *DIRECT, "-H", "Transfer-Encoding: chunked")[0] == "204"
    assert [push.body for push in terminal.got] == [BODY] * 4
    assert {push.application_id for push in terminal.got} == {7}


def test_what_a_gateway_does_wrong_is_said() -> None:
    with listening() as terminal:
        assert curl(terminal, *DIRECT, path="/else")[0] == "404"
        code, said = curl(terminal, "-X", "GET", body=None)
        assert (code, "Allow: POST, OPTIONS" in said) == ("405", True)
        assert curl(terminal, *NESTED)[0] == "400"
        assert curl(terminal, *DIRECT[:2])[0] == "406"
        assert curl(terminal, "-H", "Content-Type: text/plain", *DIRECT[2:])[0] == "415"
        assert curl(terminal, *DIRECT, body=bytes(300_000))[0] == "413"
        chunked = ["-H", "Transfer-Encoding: chunked"]
        assert curl(terminal, *DIRECT, *chunked, body=bytes(300_000))[0] == "413"
    assert terminal.got == []
    assert len(terminal.refused) == 6


def test_options() -> None:
    with listening() as terminal:
        code, said = curl(terminal, "-X", "OPTIONS", body=None)
    assert code == "204"
    assert "X-Wap-Push-Status: 501 CPI Follows" in said
    assert "X-Wap-Push-Accept-AppID: x-wap-application:syncml.dm" in said
    assert terminal.refused == []


@pytest.mark.parametrize("scheme", ["basic", "digest"])
@pytest.mark.parametrize("tls", ["no", "yes"])
def test_a_password_of_the_gateway(scheme: str, tls: str) -> None:
    with listening(http_auth=scheme, user="ppg", password="say it", tls=tls) as terminal:
        assert terminal.listener.terminal.url.startswith("https" if tls == "yes" else "http:")
        assert curl(terminal, *DIRECT)[0] == "401"
        assert curl(terminal, f"--{scheme}", "-u", "ppg:wrong", *DIRECT)[0] == "401"
        assert terminal.got == []
        assert curl(terminal, f"--{scheme}", "-u", "ppg:say it", *DIRECT)[0] == "204"
        assert len(terminal.got) == 1


def test_a_gateway_with_a_certificate_of_its_own() -> None:
    with listening(tls={"clients": "required"}) as terminal:
        assert curl(terminal, *DIRECT)[0] != "204"
        assert terminal.got == []
