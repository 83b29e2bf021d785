"""PAP: what goes to a push gateway, and whatever one may answer."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hil.cli.main import run
from hil.errors import CannotDo, ExitCode, PartBroke, UsageError
from hil.http.transport import TransportFailed
from hil.push.contract import Meta
from hil.push.pap import codes
from hil.push.pap.address import client_address
from hil.push.pap.message import PushMessage, Quality, read_response, related
from hil.push.senders.pap import PapSender, Settings
from hil.push.sent import PapPush, PapPushSettings
from hil.server.host import Host
from simulator.errors import CodecError, EncodeError
from simulator.push.wsp import dm_push
from tests.modem_bench import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
PUSH = dm_push("application/vnd.syncml.dm.notification", b"\0\r\n--x--\r\n" * 4)
ACCEPTED = b"""<?xml version="1.0"?>
<!DOCTYPE pap PUBLIC "-//WAPFORUM//DTD PAP 2.0//EN" "http://www.wapforum.org/DTD/pap_2.0.dtd">
<pap><push-response push-id="1@x" sender-address="http://ppg/" reply-time="2031-03-01T12:00:00Z">
<response-result code="1001" desc="The request has been accepted"/></push-response></pap>"""


def response(code: int | str, desc: str = "") -> bytes:
    result = f'<response-result code="{code}" desc="{desc}"/>'
    return f'<pap><push-response push-id="1">{result}</push-response></pap>'.encode()


# -- what goes


@pytest.mark.parametrize(
    ("to", "written"),
    [
        ("+15551230000", "WAPPUSH=+15551230000/TYPE=PLMN@ppg"),
        ("15551230000", "WAPPUSH=15551230000/TYPE=PLMN@ppg"),
        ("192.0.2.7", "WAPPUSH=192.0.2.7/TYPE=IPv4@ppg"),
        ("2001:db8::7", "WAPPUSH=2001:db8::7/TYPE=IPv6@ppg"),
        ("alice", "WAPPUSH=alice/TYPE=USER@ppg"),
        ("WAPPUSH=john.doe%40wapforum.org/TYPE=USER@ppg.carrier.com", None),
    ],
)
def test_addresses(to: str, written: str | None) -> None:
    assert client_address(to, "ppg") == (written or to)
    assert client_address("7", "x", "USER") == "WAPPUSH=7/TYPE=USER@x"


@pytest.mark.parametrize("to", ["", "+1 555", "a/b", "WAPPUSH=1/TYPE=", 'a"b', "a@b", "WAPPUSH=+1/TYPE=PLMN@"])
def test_what_is_no_address(to: str) -> None:
    with pytest.raises(ValueError, match="no client's address"):
        client_address(to, "ppg")
    with pytest.raises(UsageError, match="no client's address"):
        PapSender(to, Settings(gateway="http://x/"))


def test_the_control_entity() -> None:
    message = PushMessage(
        "7@dmrig",
        "WAPPUSH=+1/TYPE=PLMN@ppg",
        Quality("unconfirmed", "high", "GSM", "SMS"),
        NOW,
        "http://me.example/?a=1&b=2",
    )
    document = message.control()
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE pap PUBLIC")
    (push,) = etree.fromstring(document)
    assert dict(push.attrib) == {
        "push-id": "7@dmrig",
        "deliver-before-timestamp": "2031-03-01T12:00:00Z",
        "ppg-notify-requested-to": "http://me.example/?a=1&b=2",
    }
    address, quality = push
    assert (address.tag, dict(address.attrib)) == ("address", {"address-value": message.address})
    assert quality.tag == "quality-of-service"
    assert dict(quality.attrib) == {
        "priority": "high", "delivery-method": "unconfirmed", "network": "GSM", "network-required": "true",
        "bearer": "SMS", "bearer-required": "true",
    }  # fmt: skip
    (push,) = etree.fromstring(PushMessage("1", "x").control())
    assert [child.tag for child in push] == ["address"]
    with pytest.raises(EncodeError, match="no XML"):
        PushMessage("1", "\0").control()


@given(st.binary(max_size=300) | st.just(b"--dmrig-pap\r\n\r\n--dmrig-pap-1--\r\n"))
def test_two_parts_that_another_parser_takes_apart_again(body: bytes) -> None:
    media_type, octets = related(
        b"<pap/>", [("Content-Type", "application/x"), ("X-Wap-Application-Id", "7")], body
    )
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {media_type}\r\n\r\n".encode() + octets)
    assert whole.get_content_type() == "multipart/related"
    assert not whole.defects
    control, content = whole.iter_parts()  # type: ignore[attr-defined]
    assert (control.get_content_type(), control.get_payload(decode=True)) == ("application/xml", b"<pap/>")
    assert content["X-Wap-Application-Id"] == "7"
    # Whoever looks for the boundary alone finds the octets as they were.
    boundary = b"\r\n--" + whole.get_boundary("").encode()
    assert (b"\r\n" + octets).split(boundary)[2] == (
        b"\r\nContent-Type: application/x\r\nX-Wap-Application-Id: 7\r\n\r\n" + body
    )


# -- what comes


@pytest.mark.parametrize(
    ("document", "says", "succeeded"),
    [
        (ACCEPTED, "1001 accepted for processing (The request has been accepted)", True),
        (response(1000, "ok"), "1000 OK", True),
        (response(2002), "2002 address error", False),
        (response(3011), "3011 replacement not supported", False),
        (response(4123), "4123 a service failure", False),
        (response(9999), "9999 no code of the standard", False),
        (
            b'<pap><badmessage-response code="2000" desc="no" bad-message-fragment="&lt;x"/></pap>',
            "2000 bad request (no), about '<x'",
            False,
        ),
    ],
)
def test_answers(document: bytes, says: str, succeeded: bool) -> None:
    answer = read_response(document)
    assert str(answer) == says
    assert answer.succeeded is succeeded


BOMB = b'<!DOCTYPE pap [<!ENTITY a "%s"><!ENTITY b "%s">]><pap>&b;</pap>' % (b"x" * 999, b"&a;" * 999)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "no XML"),
        (b"<html>", "no XML"),
        (b"<html/>", "<html>"),
        (b"<pap/>", "holds nothing"),
        (b"<pap><push-response/></pap>", "no response-result"),
        (response("10010"), "four digits"),
        (response(""), "four digits"),
        (response("\u0661\u0660\u0660\u0661"), "four digits"),
        (b"<pap>" + b" " * 70_000 + b"</pap>", "octets"),
        (BOMB, ""),
        (b'<!DOCTYPE pap [<!ENTITY a SYSTEM "file:///etc/passwd">]><pap><a>&a;</a></pap>', "holds a"),
    ],
)
def test_damaged_answers(document: bytes, says: str) -> None:
    with pytest.raises(CodecError) as error:
        read_response(document)
    assert says in str(error.value)
    assert "root:" not in str(error.value)


@given(st.binary(max_size=99) | st.text(alphabet='<>/="pa push-resn1&;').map(str.encode))
def test_any_answer_is_read_or_refused(document: bytes) -> None:
    with suppress(CodecError):
        read_response(document)


def test_each_hint_is_about_a_known_error() -> None:
    assert set(codes.HINTS) <= set(codes.RESULTS)
    assert not any(map(codes.succeeded, codes.HINTS))


# -- the sender, at a gateway that says what a test wants


class Gateway:
    def __init__(self) -> None:
        self.answer = (202, ACCEPTED)
        self.asked: list[tuple[WSGIEnvironment, bytes]] = []
        self.host = Host(self._answer)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked.append((environ, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        status, body = self.answer
        start_response(f"{status} X", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]

    def settings(self, **more: object) -> Settings:
        return Settings.model_validate({"gateway": f"{self.host.root}/pap", **more})


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    made.host.start()
    try:
        yield made
    finally:
        made.host.stop()


def test_what_a_gateway_gets(gateway: Gateway) -> None:
    settings = gateway.settings(
        user="me", password="it", domain="ppg.example", deliver_within="2 hours", bearer="SMS", notify="http://me/"
    )
    sender = PapSender("+15551230000", settings, random=bytes, now=lambda: NOW)
    sent = sender.send(PUSH.encode(), Meta())
    sender.close()
    assert (sent.accepted, sent.details["push_id"]) == (True, "0000000000000000@dmrig")
    # The password goes with the first request, and there is no second one.
    ((environ, body),) = gateway.asked
    assert environ["HTTP_AUTHORIZATION"] == "Basic " + base64.b64encode(b"me:it").decode()
    _, control, content, _ = body.split(b"--dmrig-pap")
    (push,) = etree.fromstring(control.split(b"\r\n\r\n", 1)[1].strip())
    assert push.get("deliver-before-timestamp") == "2031-03-01T14:00:00Z"
    assert push[0].get("address-value") == "WAPPUSH=+15551230000/TYPE=PLMN@ppg.example"
    assert push[1].get("bearer") == "SMS"
    headers, carried = content.split(b"\r\n\r\n", 1)
    assert b"Content-Type: application/vnd.syncml.dm.notification" in headers
    assert b"X-Wap-Application-Id: x-wap-application:syncml.dm" in headers
    assert carried == PUSH.body + b"\r\n"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((202, response(2002)), "2002 address error; write the address as"),
        ((200, response(4001)), "4001 service unavailable"),
        ((403, b"<html/>"), "HTTP 403, and no answer of PAP"),
        ((500, ACCEPTED), "1001"),
    ],
)
def test_refusals(
    gateway: Gateway, answer: tuple[int, bytes], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answer = answer
    words = ["--to", "pap:+15551230000", "--set", f"gateway={gateway.host.root}/pap"]
    assert run(["push", "send", PUSH.encode().hex(), *words]) == ExitCode.EXPECTATION_FAILED
    assert f"refused: {says}" in capsys.readouterr().out


def test_what_is_no_answer_of_pap(gateway: Gateway) -> None:
    gateway.answer = (200, b"<html/>")
    sender = PapSender("+15551230000", gateway.settings())
    with pytest.raises(PartBroke, match=r"HTTP 200, and no answer of PAP: .*<html>"):
        sender.send(PUSH.encode(), Meta())
    with pytest.raises(CannotDo, match="no WSP push"):
        sender.send(b"\0\1", Meta())
    gateway.answer = (401, b"")
    with pytest.raises(TransportFailed, match="401"):
        PapSender("+1", gateway.settings(user="a", password="b")).send(PUSH.encode(), Meta())


def test_a_rigs_gateway_that_takes_nothing_breaks_the_run(gateway: Gateway) -> None:
    """It stands between the rig and the device, and is none of what is tested."""
    world = World()
    settings = PapPushSettings.model_validate({**gateway.settings().model_dump(), "to": "+15551230000"})
    part = PapPush(settings, world.bench())
    part.start()
    try:
        part.deliver(PUSH.encode())
        assert any("taken: 1001" in text for text in world.texts("note"))
        gateway.answer = (202, response(2001))
        with pytest.raises(PartBroke, match="2001 forbidden"):
            part.deliver(PUSH.encode())
        assert len(gateway.asked) == 2
        part.deliver(PUSH.encode(), Meta(arrangement="last missing"))
        assert len(gateway.asked) == 2
    finally:
        part.stop()
        part.stop()
    shown = "15551230000 https://x/"
    assert "15551230000" not in world.recorder.masker.text(shown)
