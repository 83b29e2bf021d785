"""Every ``--help`` ends with examples, and each example is a command line that dmrig understands."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator

import click
import pytest

from hil.cli.main import COMMANDS, cli


def commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                yield from commands(inner, (*path, name))


ALL = list(commands(cli))


def examples(path: tuple[str, ...], command: click.Command) -> list[str]:
    context = click.Context(command, info_name=" ".join(("dmrig", *path)))
    text = command.get_help(context)
    assert "Examples:" in text
    tail = text[text.rindex("Examples:") :].splitlines()[1:]
    return [line.strip() for line in tail if line.strip()]


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "dmrig" for path, _ in ALL])
def test_help_ends_with_examples(path: tuple[str, ...], command: click.Command) -> None:
    found = examples(path, command)
    assert found
    assert all("dmrig" in line or line.startswith(("curl ", "opensc-tool ")) for line in found), found


@pytest.mark.parametrize(
    ("path", "line"),
    [(path, line) for path, command in ALL for line in examples(path, command) if "dmrig" in line],
)
def test_an_example_is_understood(path: tuple[str, ...], line: str) -> None:
    """Options and arguments parse; nothing is run."""
    words = shlex.split(re.split("[#|<>]", line)[0])
    words = words[words.index("dmrig") + 1 :]
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        with click.Context(command) as context:
            inner = command.get_command(context, words.pop(0))
        assert inner is not None, line
        command = inner
    if not isinstance(command, click.Group):
        with contextlib.suppress(click.exceptions.Exit):  # --list and --help are all there is to do
            command.make_context("dmrig", list(words), resilient_parsing=False).close()


def test_the_table_of_commands_has_the_words_of_the_commands() -> None:
    with click.Context(cli) as context:
        for name in COMMANDS:
            command = cli.get_command(context, name)
            assert command is not None
            assert command.help
