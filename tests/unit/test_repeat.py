"""The command that plays a run again can be pasted, and gives away no secret."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hil.rig.load import load_rig
from hil.scenario.load import Options, expand
from hil.scenario.outcome import cut_off, secrets_of
from hil.shellwords import command_line


def again(path: Path, **given: str) -> list[str]:
    """The commands for the runs of a file."""
    plan = load_rig()
    runs = expand(path, Options(given))
    return [cut_off(run, plan, Path("out"), "gone", 4).repeat for run in runs]


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"name: x\n{text}steps: [{{wait: 1 s}}]\n")
    return path


@pytest.mark.parametrize("axis", ["pin", "secret", "password"])
def test_labels_of_a_matrix_are_no_secrets(tmp_path: Path, axis: str) -> None:
    path = write(tmp_path / "s.yaml", f"matrix: {{{axis}: [right, wrong]}}\n")
    assert again(path) == [
        f"dmrig run {path} --seed 1 --set {axis}=right",
        f"dmrig run {path} --seed 1 --set {axis}=wrong",
    ]
    assert again(path, **{axis: "wrong"}) == [f"dmrig run {path} --seed 1 --set {axis}=wrong"]
    (run,) = expand(path, Options({axis: "wrong"}))
    assert "wrong" not in secrets_of(run)


@pytest.mark.parametrize("folder", ["secretpath", "1234567890123456"])
def test_a_command_names_its_file_whatever_that_is_called(tmp_path: Path, folder: str) -> None:
    path = write(tmp_path / folder / "s.yaml", "account: {client_secret: secretpath}\n")
    assert again(path) == [f"dmrig run {path} --seed 1"]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("device_pin", "4711", "device_pin=•••"),
        ("iccid", "8944110068023456789", "iccid=•••6789"),
        ("text", "it is hunter2hunter2", "text=it is •••"),
    ],
)
def test_a_hidden_value_is_to_be_put_in(tmp_path: Path, name: str, value: str, shown: str) -> None:
    path = write(tmp_path / "s.yaml", f"account: {{client_secret: hunter2hunter2}}\nvars: {{{name}: '1'}}\n")
    hidden = f"dmrig run {path} --seed 1 --set '{shown}'  # put in what stands for •••"
    assert again(path, **{name: value}) == [hidden]
    assert again(path) == [f"dmrig run {path} --seed 1"]


def test_what_a_step_keeps_secret_is_hidden_whatever_its_variable_is_called(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("name: x\nvars: {code: '1234'}\nsteps: [{device.card: {pin: '${code}'}}]\n")
    assert again(path, code="4711") == [
        f"dmrig run {path} --seed 1 --set 'code=•••'  # put in what stands for •••"
    ]


WORDS = ["", "a b", "it's", "a\nb", "'\t'\\\x1b[31m1", "\u202etxt.yaml", "ü\n", "\udcc3\udcbc", "$HOME `id` \r"]


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_a_shell_reads_back_every_word(word: str) -> None:
    line = command_line(["printf", "%s", word])
    assert line.isprintable()
    read = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert read.stdout == word.encode("utf-8", "surrogateescape")
