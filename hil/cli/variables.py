"""``--set NAME=VALUE`` and ``--seed N``: what a command line says about the scenarios it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def set_option(function: F) -> F:
    """``variables``: a mapping."""
    return click.option(
        "--set",
        "variables",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_pairs,
        help="A value for a variable; for one of a matrix, the value to be run. May be given repeatedly.",
    )(function)


def seed_option(function: F) -> F:
    return click.option("--seed", type=int, metavar="N", help="Another seed than the scenario's own.")(function)


def _pairs(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"NAME=VALUE is expected, not {value!r}")
        found[name] = text
    return found
