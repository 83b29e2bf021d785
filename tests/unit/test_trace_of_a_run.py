"""What a whole run leaves behind shows none of its secrets, and keeps them where replay needs them."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from hil.account import Account
from hil.scenario.one import Shown
from hil.scenario.play import play
from hil.trace.forms import packed_digits, packed_identity
from simulator.errors import CodecError
from simulator.syncml import encoding
from simulator.syncml.message import Status, octets


def test_no_secret_of_a_run_is_in_what_it_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    (result,) = play(["quickstart"], None, out=out, junit=tmp_path / "junit.xml", shown=Shown.EVERYTHING)
    assert result.passed, result.message
    raw = [
        bytes.fromhex(json.loads(line)["hex"]) for line in (out / "private" / "raw.jsonl").read_text().splitlines()
    ]
    exported = {
        "console": capsys.readouterr().out.encode(),
        **{
            path.name: path.read_bytes()
            for path in (out / "trace.jsonl", out / "run.pcapng", tmp_path / "junit.xml")
        },
    }
    secrets = _account_secrets() | _of_messages(raw) | _identities(raw)
    assert len(secrets) >= 15
    for name, data in exported.items():
        assert len(data) > 200
        assert [secret for secret in secrets if secret in data] == [], name


def _account_secrets() -> set[bytes]:
    account = Account()
    found = set()
    for secret in account.secrets():
        found |= {secret.encode(), secret.encode().hex().encode(), b64encode(secret.encode())}
    for nonce in (account.client_nonce, account.server_nonce):
        found |= {nonce, b64encode(nonce)}
    return found


def _of_messages(raw: list[bytes]) -> set[bytes]:
    """Digests and nonces, which are new in each session."""
    found = set()
    for data in raw:
        try:
            message, _ = encoding.decode(data, None)
        except CodecError:
            continue
        if message.sync_hdr.cred is not None:
            found.add(octets(message.sync_hdr.cred.data))
        for command in message.sync_body.commands:
            if isinstance(command, Status) and command.chal is not None and command.chal.meta.next_nonce:
                found.add(command.chal.meta.next_nonce.encode())
    assert found
    return found


def _identities(raw: list[bytes]) -> set[bytes]:
    """The card's numbers, as the card gave them and as text: the private bytes must have them, for replay."""
    iccid, imsi = "8988211000000430010", "001010123456789"
    packed = {packed_digits(iccid), packed_identity(imsi)}
    for each in packed:
        assert any(each in data for data in raw)
    return packed | {iccid.encode(), imsi.encode()}
