"""The MAC of a bootstrap message: keys, vectors, and what is refused (DM Security §5.7.2)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.bootstrap import mac
from simulator.bootstrap.mac import Hash, Method, NetworkId, Secrets
from simulator.errors import BootstrapError

IMSI = "262011234567890"
BODY = bytes.fromhex("03016a00")
ALL = Secrets(IMSI, "1234")


def test_the_network_secret() -> None:
    assert mac.key(Method.NETWORKID, ALL).hex() == "2926102143658709"
    assert mac.key(Method.NETWORKID, Secrets("26201123456789")).hex() == "21261021436587f9"
    assert mac.key(Method.NETWORKID, Secrets(IMSI, network_id=NetworkId.DIGITS)) == IMSI.encode()
    assert mac.key(Method.USERPIN, ALL) == b"1234"
    assert mac.key(Method.USERPIN_NETWORKID, ALL) == b"1234:" + bytes.fromhex("2926102143658709")


@pytest.mark.parametrize(
    ("method", "hash_", "value"),
    [
        (Method.NETWORKID, Hash.SHA1, "337BA7456FD817DBD956911E023F9F39CF951B25"),
        (Method.NETWORKID, Hash.SHA256, "6A6C6276FD6AEE577904FFFF43535C40F2550827D4FFCF9FB27F86596FC4693E"),
        (Method.USERPIN, Hash.SHA1, "FE0A372EDB577E803EDA96FAF322D58061F65AC8"),
    ],
)
def test_vectors(method: Method, hash_: Hash, value: str) -> None:
    assert mac.compute(method, ALL, BODY, hash_) == value
    assert mac.check({"sec": method, "mac": value}, BODY, ALL) is method
    assert mac.check({"sec": method.lower(), "mac": value.lower()}, BODY, ALL) is method


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("form", NetworkId)
@pytest.mark.parametrize("hash_", Hash)
def test_right_and_wrong(method: Method, form: NetworkId, hash_: Hash) -> None:
    own = Secrets(IMSI, "1234", form)
    value = mac.compute(method, own, BODY, hash_)
    assert mac.check({"sec": str(int(mac.CODES[method])), "mac": value}, BODY, own) is method
    others = [(BODY + b"\0", own), (BODY, Secrets("262011234567891", "1235", form))]
    for message, secrets in others:
        with pytest.raises(BootstrapError, match=f"its MAC .{method}. is wrong"):
            mac.check({"sec": method, "mac": value}, message, secrets)


@pytest.mark.parametrize(
    ("parameters", "secrets", "says"),
    [
        ({}, ALL, "no SEC"),
        ({"mac": "00" * 20}, ALL, "no SEC"),
        ({"sec": "NETWORKID"}, ALL, "no MAC"),
        ({"sec": "3", "mac": "00" * 20}, ALL, "'3' is no way"),
        ({"sec": "USERPINMAC", "mac": "00" * 20}, ALL, "no way"),
        ({"sec": "NETWORKID", "mac": ""}, ALL, "40 or 64"),
        ({"sec": "NETWORKID", "mac": "00" * 19}, ALL, "40 or 64"),
        ({"sec": "NETWORKID", "mac": "zz" * 20}, ALL, "40 or 64"),
        ({"sec": "NETWORKID", "mac": "00 " * 13 + "0"}, ALL, "40 or 64"),
        ({"sec": "NETWORKID", "mac": "00" * 20}, Secrets(pin="1234"), "no card"),
        ({"sec": "USERPIN", "mac": "00" * 20}, Secrets(IMSI), "no PIN"),
        ({"sec": "USERPIN_NETWORKID", "mac": "00" * 20}, Secrets(IMSI), "no PIN"),
        ({"sec": "NETWORKID", "mac": "00" * 20}, Secrets("1" * 30), "network's secret"),
    ],
)
def test_refused(parameters: dict[str, str], secrets: Secrets, says: str) -> None:
    with pytest.raises(BootstrapError, match=says):
        mac.check(parameters, BODY, secrets)


@given(st.text(max_size=70), st.text(max_size=70), st.binary(max_size=20))
def test_any_parameters(sec: str, given_mac: str, body: bytes) -> None:
    with suppress(BootstrapError):
        mac.check({"sec": sec, "mac": given_mac}, body, ALL)
