"""What may be said about TLS, and what a run makes of it."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from pydantic import ValidationError

from hil.account import Account
from hil.errors import PartMissing
from hil.http.account import Logins
from hil.http.settings import HttpSettings
from hil.http.transport import Transport
from hil.server.config import ServerConfig
from hil.server.http import ServerHttp
from hil.server.reach import Reach
from hil.tls.authority import Authority
from hil.tls.context import client_context, server_context
from hil.tls.settings import WARNING, ClientTls, ServerTls, Tls
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from simulator.objects.dmacc import Credential


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"minimum": "1.1"}, "say 'legacy: yes'"),
        ({"maximum": "1.1"}, "say 'legacy: yes'"),
        ({"minimum": "1.0"}, "'1.1', '1.2' or '1.3'"),
        ({"minimum": "1.3", "maximum": "1.2"}, "below the minimum"),
        ({"key": "x.key"}, "without its certificate"),
    ],
)
def test_what_cannot_be_asked_for(said: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Tls.model_validate(said)


def test_legacy_goes_down_as_far_as_it_has_to() -> None:
    assert (Tls().lowest, Tls().maximum) == ("1.2", "1.3")
    assert Tls(legacy=True).lowest == "1.1"
    assert Tls(legacy=True, minimum="1.2").lowest == "1.2"
    assert Tls(legacy=True, maximum="1.1").lowest == "1.1"


def test_a_flaw_needs_a_certificate_of_the_runs() -> None:
    with pytest.raises(ValidationError, match="made for the run"):
        ServerTls(certificate=Path("mine.pem"), flaw="expired")
    with pytest.raises(ValidationError, match="either one's own"):
        ClientTls(certificate=Path("mine.pem"), own="run")


def test_nobody_is_warned_of_tls_11_by_python() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client_context(ClientTls(legacy=True))


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("rubbish")
    with Authority() as authority:
        own = authority.server(["localhost"])
        for client in (
            ClientTls(ca=rubbish),
            ClientTls(ca=tmp_path / "none"),
            ClientTls(certificate=own.certificate),
            ClientTls(certificate=own.certificate, key=rubbish),
        ):
            with pytest.raises(PartMissing):
                client_context(client)
        with pytest.raises(PartMissing):
            server_context(ServerTls(certificate=own.certificate, key=own.key, client_ca=rubbish))
    assert not authority.ca.exists()


def test_a_run_makes_what_is_missing() -> None:
    reach = Reach([Account(http_auth="HTTP-DIGEST")], host="dm.example.com")
    plain = reach.complete(ServerHttp())
    assert (plain.http_auth, plain.tls, reach.ca) == ("digest", None, None)
    secure = reach.complete(ServerHttp.model_validate({"tls": "yes", "http_auth": "none"}))
    assert secure.http_auth == "none"
    assert secure.tls is not None
    assert secure.tls.certificate is not None
    made = x509.load_pem_x509_certificate(secure.tls.certificate.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "dm.example.com" in names.get_values_for_type(x509.DNSName)
    assert reach.ca is not None
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(reach.ca.read_bytes()))
    reach.close()
    assert not secure.tls.certificate.exists()


@pytest.mark.parametrize(("word", "tls"), [("yes", True), ("no", False), (True, True), ({}, True)])
def test_tls_in_a_word(word: object, tls: bool) -> None:
    assert (ServerHttp.model_validate({"tls": word}).tls is not None) is tls


def test_a_server_for_everybody_is_no_accident() -> None:
    said = {"accounts": [{"auth": "TRANSPORT"}]}
    with pytest.raises(ValidationError, match="open to all"):
        ServerConfig.model_validate(said)
    assert ServerConfig.model_validate({**said, "tls": {"clients": "required"}}).tls is not None


HOME = "https://dm.example.com/dm"


@pytest.mark.parametrize(
    ("url", "basic", "digest"),
    [
        (HOME, True, True),
        ("https://dm.example.com:443/elsewhere", True, True),
        ("https://dm.example.com:8443/dm", False, True),
        ("http://dm.example.com/dm", False, True),
        ("https://other.example.com/dm", False, True),
        ("https://[broken", False, True),
    ],
)
def test_a_password_in_plain_is_for_the_accounts_own_server(url: str, basic: bool, digest: bool) -> None:
    for kind, wanted in (("HTTP-BASIC", basic), ("HTTP-DIGEST", digest), ("TRANSPORT", False)):
        logins = Logins(Credential(kind, "user", "password"), HOME, bytes)
        assert (logins.at(url) is not None) is wanted
        assert logins.at(url) is logins.at(url)
    assert Logins(None, HOME, bytes).at(url) is None


@pytest.mark.parametrize("legacy", [True, False])
def test_what_the_device_allows_is_noted_as_the_devices(legacy: bool) -> None:
    recorder, records = Recorder(lambda: datetime(2026, 3, 2, tzinfo=UTC)), list[Record]()
    recorder.subscribe(records.append)
    Transport(recorder, settings=HttpSettings(tls=ClientTls(legacy=legacy))).close()
    assert [(record.part, record.text) for record in records] == [("device", WARNING)] * legacy
