"""HTTP Basic and Digest: the RFCs' own examples, and both halves against each other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import CodecError, EncodeError
from simulator.http import basic, fields
from simulator.http.digest import Algorithm, Digest
from simulator.http.fields import Said
from simulator.http.guard import Guard, Scheme
from simulator.http.login import BASIC, DIGEST, Login

NOW = datetime(2026, 1, 1, tzinfo=UTC)
USER, PASSWORD = 'Jürgen "J"', "pass:wörd"


# The RFCs' examples


def test_basic_as_in_rfc_7617() -> None:
    assert basic.authorization("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert basic.user_and_password("QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == ("Aladdin", "open sesame")
    assert basic.authorization("test", "123£") == "Basic dGVzdDoxMjPCow=="


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (Algorithm.MD5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm.SHA256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_as_in_rfc_7616(algorithm: Algorithm, response: str) -> None:
    digest = Digest(
        algorithm,
        "Mufasa",
        "http-auth@example.org",
        "Circle of Life",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "/dir/index.html",
        1,
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert digest.response("GET") == response


def test_digest_as_in_rfc_2617() -> None:
    digest = Digest(
        Algorithm.MD5,
        "Mufasa",
        "testrealm@host.com",
        "Circle Of Life",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "/dir/index.html",
        1,
        "0a4f113b",
    )
    assert digest.response("GET") == "6629fae49393a05397450978507c4ef1"


# Headers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Basic realm="a, b"', [Said("basic", {"realm": "a, b"})]),
        ("Negotiate", [Said("negotiate")]),
        (
            'Negotiate a4==, , DIGEST realm=x , nonce="\\"", qop="auth,auth-int", Basic',
            [
                Said("negotiate", token="a4=="),
                Said("digest", {"realm": "x", "nonce": '"', "qop": "auth,auth-int"}),
                Said("basic"),
            ],
        ),
    ],
)
def test_challenges(text: str, found: list[Said]) -> None:
    assert fields.challenges(text) == found


@pytest.mark.parametrize("text", ['realm="x"', "Digest realm=a realm=b", 'Basic realm="x', "Digest a=1,a=2"])
def test_damaged_challenges(text: str) -> None:
    with pytest.raises(CodecError):
        fields.challenges(text)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (fields.challenges, fields.credentials, fields.parameters):
        with suppress(CodecError):
            read(text)
    login = Login(DIGEST, USER, PASSWORD, random=Random(1).randbytes)
    login.challenged(text)
    login.authorization("POST", "/dm")
    login.answered(text)
    for scheme in Scheme:
        assert guard(scheme).check(text, "POST", "/dm", NOW).user is None


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=20), max_size=4))
def test_parameters_come_back(values: dict[str, str]) -> None:
    try:
        text = fields.write(values.items())
    except EncodeError:
        return
    text.encode("latin-1")
    assert fields.parameters(text) == {k: v.encode("utf-8", "replace").decode() for k, v in values.items()}


# Both halves


def guard(scheme: Scheme = Scheme.DIGEST, **options: object) -> Guard:
    return Guard({USER: PASSWORD}, scheme, random=Random(2).randbytes, **options)  # type: ignore[arg-type]


def log_in(kind: str = DIGEST, password: str = PASSWORD) -> Login:
    return Login(kind, USER, password, random=Random(3).randbytes)


def request(login: Login, server: Guard, now: datetime = NOW, uri: str = "/dm") -> str:
    """One request, asked again after a challenge once: how it ended."""
    for _ in range(2):
        verdict = server.check(login.authorization("POST", uri), "POST", uri, now)
        if verdict.user is not None:
            return login.answered(dict(verdict.headers).get("Authentication-Info")) or "in"
        why = login.challenged(", ".join(value for _, value in verdict.headers))
        if why:
            return why
    return "asked twice"


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("next_nonce", [False, True])
def test_digest_in_and_in_again(algorithm: Algorithm, next_nonce: bool) -> None:
    login, server = log_in(), guard(algorithms=[algorithm], next_nonce=next_nonce)
    for _ in range(3):
        assert request(login, server) == "in"
    # From the second request on without a challenge.
    assert server.check(login.authorization("POST", "/dm"), "POST", "/dm", NOW).user == USER


@pytest.mark.parametrize("kind", [BASIC, DIGEST])
def test_a_wrong_password_is_tried_once(kind: str) -> None:
    scheme = Scheme.BASIC if kind == BASIC else Scheme.DIGEST
    assert "refuses the credentials" in request(log_in(kind, "wrong"), guard(scheme))


def test_basic_stays_logged_in() -> None:
    login, server = log_in(BASIC), guard(Scheme.BASIC)
    assert login.authorization("POST", "/dm") is None
    assert request(login, server) == "in"
    assert server.check(login.authorization("POST", "/dm"), "POST", "/dm", NOW).user == USER


def test_no_password_goes_out_in_plain_where_the_account_has_digest() -> None:
    assert "asks for basic; the account has HTTP-DIGEST" in request(log_in(DIGEST), guard(Scheme.BASIC))
    assert request(log_in(BASIC), guard(Scheme.DIGEST)) == "in"


def test_the_strongest_algorithm_is_taken() -> None:
    login, server = log_in(), guard()
    assert request(login, server) == "in"
    assert "algorithm=SHA-256" in str(login.authorization("POST", "/dm"))


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=1)])
def test_a_stale_nonce_is_replaced(later: timedelta) -> None:
    login, server = log_in(), guard(nonce_uses=1)
    assert request(login, server) == "in"
    verdict = server.check(login.authorization("POST", "/dm"), "POST", "/dm", NOW + later)
    assert all("stale=true" in value for _, value in verdict.headers)
    assert login.challenged(verdict.headers[0][1]) is None
    assert request(login, server, NOW + later) == "in"


def test_a_server_that_forgot_its_nonces_is_asked_anew() -> None:
    login = log_in()
    assert request(login, guard()) == "in"
    assert request(login, Guard({USER: PASSWORD}, Scheme.DIGEST, random=Random(9).randbytes)) == "in"


def test_a_request_that_was_overheard_is_worth_nothing() -> None:
    login, server = log_in(), guard()
    request(login, server)
    overheard = login.authorization("POST", "/dm")
    assert server.check(overheard, "GET", "/dm", NOW).user is None
    assert server.check(overheard, "POST", "/other", NOW).user is None
    assert server.check(overheard, "POST", "/dm", NOW).user == USER
    again = server.check(overheard, "POST", "/dm", NOW)
    assert again.user is None
    assert "used before" in again.why


CHANGES: list[Callable[[str], str]] = [
    lambda text: text.replace("nc=00000001", "nc=1"),
    lambda text: text.replace("qop=auth", "qop=auth-int"),
    lambda text: text.replace("algorithm=SHA-256", "algorithm=SHA-512"),
    lambda text: text.replace('realm="dm"', 'realm="md"'),
    lambda text: text.replace("cnonce=", "xnonce="),
    lambda text: text.replace('response="', 'response="0'),
    lambda text: text.replace("Digest", "Basic"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_changed_credentials(change: Callable[[str], str]) -> None:
    login, server = log_in(), guard()
    login.challenged(server.check(None, "POST", "/dm", NOW).headers[0][1])
    text = login.authorization("POST", "/dm")
    assert text is not None
    assert change(text) != text
    assert server.check(change(text), "POST", "/dm", NOW).user is None
    assert server.check(text, "POST", "/dm", NOW).user == USER


def test_the_server_proves_itself_too() -> None:
    login, server = log_in(), guard()
    login.challenged(server.check(None, "POST", "/dm", NOW).headers[0][1])
    login.authorization("POST", "/dm")
    assert "rspauth" in str(login.answered('rspauth="00", cnonce="x", nc=00000001, qop=auth'))


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (None, "no WWW-Authenticate"),
        ("Negotiate", "asks for negotiate"),
        ('Digest realm="x"', "asks for digest"),
        ('Digest realm="x", nonce="n", qop="auth-int"', "asks for digest"),
        ('Digest realm="x", nonce="n", algorithm=SHA-512-256', "asks for digest"),
        ('Digest realm="a\x01", nonce="n"', "cannot be answered"),
        ("=", "cannot be read"),
    ],
)
def test_challenges_that_nothing_can_be_done_with(header: str | None, says: str) -> None:
    assert says in str(log_in().challenged(header))
    assert log_in().authorization("POST", "/") is None


def test_without_qop_as_in_rfc_2069() -> None:
    login = log_in()
    assert login.challenged('Digest realm="x", nonce="n"') is None
    text = login.authorization("POST", "/dm")
    assert text is not None
    assert "qop" not in text
    assert "cnonce" not in text
