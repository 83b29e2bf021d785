"""``dmrig modem learn`` on the port of a virtual modem, opened as any serial port is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hil import data
from hil.cli.main import cli
from hil.errors import UsageError
from hil.modem.profile.files import FOLDER, load_profile
from hil.modem.served import ServedModem
from hil.modem.virtual.profile import Profile


@pytest.fixture
def modem() -> Iterator[ServedModem]:
    modem = ServedModem(Profile(load_profile("simcom-sim7600")), lambda: datetime.now(UTC), lambda deadline: None)
    modem.start()
    yield modem
    modem.close()


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["modem", "learn", *words], standalone_mode=False)


def test_the_same_file_again(modem: ServedModem, tmp_path: Path) -> None:
    file = tmp_path / "learnt.yaml"
    done = run(modem.path, str(file))
    assert done.exception is None
    assert done.stdout == f"{file}: SIMCOM INCORPORATED SIMCOM_SIM7600G-H, of the family simcom-sim7600\n"
    assert file.read_bytes() == data.find(FOLDER, "simcom-sim7600").read_bytes()
    assert load_profile(str(file)) == load_profile("simcom-sim7600")


def test_without_a_file_it_is_printed(modem: ServedModem) -> None:
    assert run(modem.path).stdout == data.find(FOLDER, "simcom-sim7600").read_text()


def test_a_file_that_is_there(modem: ServedModem, tmp_path: Path) -> None:
    file = tmp_path / "learnt.yaml"
    file.write_text("precious")
    assert isinstance(run(modem.path, str(file)).exception, UsageError)
    assert file.read_text() == "precious"
    assert run(modem.path, str(file), "--force").exception is None
    assert file.read_text() != "precious"
    missing = run(modem.path, str(tmp_path / "no" / "learnt.yaml"))
    assert isinstance(missing.exception, UsageError)
