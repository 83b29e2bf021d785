"""``--standards FILE``: what of the standard is to be taken otherwise than by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def standards_option(function: F) -> F:
    """The option, for any command; it counts for as long as the command runs."""
    return click.option(
        "--standards",
        metavar="FILE",
        callback=_use,
        expose_value=False,
        help="What the standard says where dmrig could only assume it (docs/standards.md).",
    )(function)


def _use(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    from hil.standards import load_standards, using

    ctx.with_resource(using(load_standards(value), value))
