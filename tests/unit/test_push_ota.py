"""Push over HTTP: pushes in text, the nested response, and what a terminal answers (WAP-235-PushOTA §8)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.codes import ota
from simulator.errors import CodecError, EncodeError
from simulator.push.ota import Form, from_fields, read_request, read_response, request, to_fields, write_response
from simulator.push.terminal import Terminal, TerminalSettings
from simulator.push.wsp import Push, dm_push
from tests.push_strategies import pushes

NOTIFICATION_12 = "application/vnd.syncml.notification"
DM_WBXML = "application/vnd.syncml.dm+wbxml"
BODY = bytes(range(42))

EXAMPLE = (
    b"HTTP/1.1 200 OK\r\n"
    b"Date: Mon, 03 Jun 2013 10:00:00 GMT\r\n"
    b"Content-Type: application/vnd.syncml.notification\r\n"
    b"X-Wap-Application-Id: x-wap-application:syncml.dm\r\n"
    b"Content-Length: 42\r\n\r\n"
) + BODY
"""The nested response of the standard's example."""


def nested(body: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", "application/http"), ("Content-Length", str(len(body)))]


def test_the_example_is_read() -> None:
    push = read_request(nested(EXAMPLE), EXAMPLE)
    assert (push.content_type, push.application_id, push.body) == (NOTIFICATION_12, 7, BODY)
    assert push.header("Date") == datetime(2013, 6, 3, 10, tzinfo=UTC)


def test_the_example_is_written() -> None:
    push = Push(
        NOTIFICATION_12,
        BODY,
        headers=[("X-Wap-Application-Id", 7), ("Date", datetime(2013, 6, 3, 10, tzinfo=UTC))],
    )
    headers, body = request(push, Form.NESTED)
    assert headers == [("X-Wap-Push-OTA-Version", "1.0"), ("Content-Type", "application/http")]
    head, _, rest = body.partition(b"\r\n\r\n")
    assert sorted(head.split(b"\r\n")) == sorted(EXAMPLE.partition(b"\r\n\r\n")[0].split(b"\r\n"))
    assert rest == BODY


def test_the_direct_form_has_the_headers_on_the_request() -> None:
    headers, body = request(dm_push(NOTIFICATION_12, BODY), Form.DIRECT)
    assert body == BODY
    assert headers[1:] == [
        ("Content-Type", NOTIFICATION_12),
        ("X-Wap-Application-Id", "x-wap-application:syncml.dm"),
    ]


@pytest.mark.parametrize("said", ["7", "x-wap-application:syncml.dm", "X-WAP-Application:SyncML.DM"])
def test_the_application_by_name_or_number(said: str) -> None:
    assert from_fields([("Content-Type", "a/b"), ("x-wap-application-id", said)], b"").application_id == 7


def test_the_parameters_of_a_bootstrap() -> None:
    push = dm_push(DM_WBXML, b"x", parameters=[("SEC", 1), ("MAC", "0f" * 20)])
    (_, value), *_ = to_fields(push)
    assert value == f"{DM_WBXML}; SEC=1; MAC={'0f' * 20}"
    again = from_fields(to_fields(push), b"x")
    assert (again.media_type, again.parameter("SEC"), again.parameter("mac")) == (value, "1", "0f" * 20)


@pytest.mark.parametrize(
    "push",
    [
        Push("a/b", headers=[("Profile-Diff", b"\x01A")]),
        Push("a/b", headers=[("2:0x05", b"\x01A")]),
        Push("a/b", headers=[("X-Y", "a\r\nX-Z: b")]),
        Push("a/b\r\nX-Z: b"),
    ],
)
def test_what_has_no_text_is_refused(push: Push) -> None:
    with pytest.raises(EncodeError):
        to_fields(push)


@settings(max_examples=200, deadline=None)
@given(pushes, st.sampled_from(Form))
def test_what_is_written_is_read_back(push: Push, form: Form) -> None:
    try:
        headers, body = request(push, form)
    except EncodeError:
        return
    again = read_request(headers, body)
    assert again.body == push.body
    assert [name for name, _ in again.headers] == [
        name for name, _ in push.headers if name.lower() not in ("content-length",)
    ]
    if form is Form.DIRECT:
        assert request(again, form)[0][2:] == [(name, value.strip()) for name, value in headers[2:]]


DAMAGED = {
    "nothing": (b"", "first line"),
    "a request": (b"POST / HTTP/1.1\r\n\r\n", "first line"),
    "no end": (b"HTTP/1.1 200 OK\r\nA: b\r\n", "no empty line"),
    "no header": (b"HTTP/1.1 200 OK\r\nA b\r\n\r\n", "a header expected"),
    "too few octets": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd", "5 octets long, and 4 are left"),
    "length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length is '-1'"),
    "head too long": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 2000 + b"\r\n", "8192 octets"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_response_is_named(name: str) -> None:
    octets, says = DAMAGED[name]
    with pytest.raises(CodecError, match=says):
        read_response(octets)


def test_liberal_reading() -> None:
    octets = b"HTTP/1.0 200\nContent-Type : a/b\nX-Long: one\n  two\n\nbody"
    assert read_response(octets) == ([("Content-Type", "a/b"), ("X-Long", "one two")], b"body")
    assert read_response(write_response([("A", "b")], b"body") + b"more")[1] == b"body"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda b: b"HTTP/1.1 200 OK\r\n" + b))
def test_arbitrary_octets_raise_only_our_error(octets: bytes) -> None:
    try:
        read_request(nested(octets), octets)
    except CodecError:
        return


@pytest.mark.parametrize(
    "text", ["", "never", "Mon, 03 Jun 2013 10:00:00 +99999999999999999999", "Fri, 31 Dec 9999 23:00:00 -0500"]
)
def test_a_date_that_is_none_stays_text(text: str) -> None:
    assert from_fields([("Content-Type", "a/b"), ("Date", text)], b"").header("Date") == text


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["POST", "OPTIONS", "GET", ""]),
    st.sampled_from(["/", "/wappush", "/x"]),
    st.lists(
        st.tuples(
            st.sampled_from(["Content-Type", "X-Wap-Application-Id", "Date", "X-Wap-CPITag", "Push-Flag", "A"]),
            st.text(max_size=30)
            | st.sampled_from([NOTIFICATION_12, "application/http", "7", "application/http; a"]),
        ),
        max_size=5,
    ),
    st.binary(max_size=60) | st.just(EXAMPLE),
)
def test_a_terminal_has_an_answer_to_everything(
    method: str, path: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    taken = Terminal().answer(method, path, headers, body)
    assert taken.status in (204, 400, 404, 405, 406, 415)
    assert dict(taken.headers)[ota.OTA_VERSION] == "1.0"
    assert (taken.push is None) or taken.status == 204
    assert bool(taken.text) is (taken.status != 204)


class TestTerminal:
    terminal = Terminal(TerminalSettings(terminal_id="IMEI:1", max_message=300))

    def post(self, headers: list[tuple[str, str]], body: bytes, path: str = "/wappush") -> tuple[int, str, bool]:
        taken = self.terminal.answer("POST", path, headers, body)
        return taken.status, dict(taken.headers)[ota.STATUS], taken.push is not None

    @pytest.mark.parametrize("path", ["/wappush", "/"])
    @pytest.mark.parametrize("form", Form)
    def test_a_push_is_taken(self, form: Form, path: str) -> None:
        headers, body = request(dm_push(NOTIFICATION_12, BODY), form)
        assert self.post(headers, body, path) == (204, "400 Accepted", True)

    @pytest.mark.parametrize(
        ("push", "status"),
        [
            (Push(NOTIFICATION_12, BODY), 406),
            (Push(NOTIFICATION_12, BODY, headers=[("X-Wap-Application-Id", 5)]), 406),
            (dm_push("application/vnd.wap.mms-message", BODY), 415),
            (dm_push(NOTIFICATION_12, bytes(400)), 413),
        ],
    )
    def test_what_is_not_for_it_is_a_mistake_of_the_gateway(self, push: Push, status: int) -> None:
        headers, body = request(push, Form.DIRECT)
        assert self.post(headers, body) == (status, "235 Not Delivered", False)

    def test_what_cannot_be_read(self) -> None:
        assert self.post(nested(b"x"), b"x") == (400, "235 Not Delivered", False)
        assert self.post([], b"x") == (400, "235 Not Delivered", False)

    def test_other_paths_and_methods(self) -> None:
        assert self.terminal.answer("POST", "/dm", [], b"").status == 404
        taken = self.terminal.answer("GET", "/wappush", [], b"")
        assert (taken.status, dict(taken.headers)["Allow"]) == (405, "POST, OPTIONS")

    def test_its_capabilities(self) -> None:
        taken = self.terminal.answer("OPTIONS", "/wappush", [], b"")
        said = dict(taken.headers)
        assert (taken.status, said[ota.STATUS], said[ota.TERMINAL_ID]) == (204, "501 CPI Follows", "IMEI:1")
        assert NOTIFICATION_12 in said[ota.ACCEPT]
        assert said[ota.ACCEPT_APPLICATION] == "x-wap-application:syncml.dm"
        assert said[ota.MAX_MESSAGE_SIZE] == "300"
        known = self.terminal.answer("OPTIONS", "/wappush", [("x-wap-cpitag", said[ota.CPI_TAG])], b"")
        assert dict(known.headers)[ota.STATUS] == "500 CPI Current"
        assert ota.ACCEPT not in dict(known.headers)

    def test_a_gateway_whose_knowledge_is_old(self) -> None:
        headers, body = request(dm_push(NOTIFICATION_12, BODY), Form.DIRECT)
        taken = self.terminal.answer("POST", "/", [*headers, (ota.CPI_TAG, "AAAAAA==")], body)
        assert (taken.status, dict(taken.headers)[ota.STATUS], taken.push) == (204, "256 CPITag Mismatch", None)
        assert dict(taken.headers)[ota.CPI_TAG] == self.terminal.tag
        good = self.terminal.answer("POST", "/", [*headers, (ota.CPI_TAG, self.terminal.tag)], body)
        assert good.push is not None
        assert Terminal(TerminalSettings(terminal_id="IMEI:2")).tag != self.terminal.tag

    def test_the_number_of_a_refusal_is_a_setting(self) -> None:
        """It is assumed; what a terminal says of itself, and so its tag, is the same."""
        terminal = Terminal(TerminalSettings(terminal_id="IMEI:1", max_message=300, refused_status=240))
        answer = terminal.answer("POST", "/wappush", [("Content-Type", "text/plain")], b"x")
        assert ("X-Wap-Push-Status", "240 Not Delivered") in answer.headers
        assert terminal.tag == self.terminal.tag
