"""`dmrig card make`: what is given becomes an image that brings a device that account."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hil.card.entry import AccountText
from hil.card.image import load_image
from hil.card.report import read_card
from hil.card.uicc.build import build
from hil.card.virtual import VirtualReader
from hil.cli.card.make import ACCOUNT
from hil.cli.main import cli
from hil.errors import UsageError

ACCOUNT_FILE = """
server_id: dm.example.net
address: https://dm.example.net/dm
client_name: "0123"
client_secret: s3cret
client_nonce: bm9uY2U=
server_name: dm
server_secret: other
"""


def make(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["card", "make", *arguments])


def refused(*arguments: str) -> str:
    with pytest.raises(UsageError) as caught:
        CliRunner().invoke(cli, ["card", "make", *arguments], catch_exceptions=False)
    return f"{caught.value} {caught.value.hint}"


def account_of(path: Path) -> dict[str, str]:
    reader = VirtualReader()
    reader.insert(build(load_image(str(path))))
    (message,) = read_card(reader).messages
    assert message.refused is None
    return message.accounts[0]


@pytest.fixture
def account(tmp_path: Path) -> str:
    path = tmp_path / "account.yaml"
    path.write_text(ACCOUNT_FILE)
    return str(path)


def test_every_word_of_an_account_is_an_option() -> None:
    assert set(ACCOUNT) == set(AccountText.model_fields)


def test_an_image_from_an_account_file(tmp_path: Path, account: str) -> None:
    out = tmp_path / "card.yaml"
    done = make("--account", account, "--client-name", "other", "--iccid", "8988211000000430010", str(out))
    assert done.exit_code == 0, done.exception
    assert "mode 0600" in done.output
    assert "s3cret" not in done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    found = account_of(out)
    assert found["server"] == "dm.example.net"
    assert found["client name"] == "other"
    assert found["client secret"] == "s3cret"
    assert found["client nonce"] == b"nonce".hex()
    # Text stays text: a name of digits keeps its zero.
    assert make("--account", account, "--force", str(out)).exit_code == 0
    assert account_of(out)["client name"] == "0123"


def test_an_image_from_options_alone_with_a_layout(tmp_path: Path) -> None:
    out = tmp_path / "card.yaml"
    where = ("--server-id", "dm.example.com", "--address", "http://127.0.0.1:8080/dm")
    done = make(*where, "--layout", "shape=oid", "--layout", "application=df", "--pin", "1234", str(out))
    assert done.exit_code == 0, done.exception
    image = load_image(str(out))
    assert (image.layout.shape, image.layout.application, image.pin) == ("oid", "df", "1234")
    assert account_of(out)["address"] == "http://127.0.0.1:8080/dm"


def test_an_image_on_top_of_another(tmp_path: Path, account: str) -> None:
    copy, out = tmp_path / "copy.yaml", tmp_path / "card.yaml"
    CliRunner().invoke(cli, ["card", "dump", "--image", "test-usim", str(copy)], catch_exceptions=False)
    done = make("--account", account, "--base", str(copy), str(out))
    assert done.exit_code == 0, done.exception
    assert account_of(out)["server"] == "dm.example.net"
    assert load_image(str(out)).applications[0].aid == load_image("test-usim").applications[0].aid


def test_variables_stay(tmp_path: Path) -> None:
    out = tmp_path / "card.yaml"
    done = make("--server-id", "dm.example.com", "--address", "${server.url}", str(out))
    assert done.exit_code == 0, done.exception
    entry = load_image(str(out)).bootstrap[0].account
    assert entry is not None
    assert entry.address == "${server.url}"


def test_what_is_refused(tmp_path: Path, account: str) -> None:
    out = tmp_path / "card.yaml"
    where = ("--server-id", "a", "--address", "http://127.0.0.1/")
    assert "no address" in refused("--server-id", "a", str(out))
    assert "did you mean 'shape'" in refused(*where, "--layout", "shap=oid", str(out))
    assert "NAME=VALUE" in refused(*where, "--layout", "shape", str(out))
    assert "layout.shape" in refused(*where, "--layout", "shape=round", str(out))
    assert "base64" in refused(*where, "--client-name", "a", "--client-nonce", "?", str(out))
    assert "4 to 8 digits" in refused(*where, "--pin", "12", str(out))
    Path(account).write_text("server_idd: a\naddress: http://a/\nserver_id: b")
    assert "'server_idd' is no word of an account" in refused("--account", account, str(out))
    assert "no directory" in refused(*where, str(tmp_path / "nowhere" / "card.yaml"))
    assert list(tmp_path.iterdir()) == [Path(account)]
    out.write_text("")
    assert "--force" in refused(*where, str(out))


@pytest.mark.parametrize("address", ["dm.example.net", "ftp://dm.example.net/", "https://", "https://[/", "42"])
def test_an_address_that_no_device_could_use(address: str, tmp_path: Path) -> None:
    image = tmp_path / "card.yaml"
    assert "no URL of a server" in refused("--server-id", "dm", "--address", address, str(image))
    assert not image.exists()


def test_an_address_may_be_a_variable(tmp_path: Path) -> None:
    made = make("--server-id", "dm", "--address", "${server.url}", str(tmp_path / "card.yaml"))
    assert made.exit_code == 0, made.output
