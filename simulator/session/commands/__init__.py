"""The management commands of DM Representation §7.6, one file each, and the table that finds them."""

from __future__ import annotations

from simulator.session.commands import (
    add,
    alert,
    atomic,
    copy,
    delete,
    exec,
    foreign,
    get,
    replace,
    sequence,
)
from simulator.session.commands.context import Handler
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Command,
    Copy,
    Delete,
    Exec,
    ForeignCommand,
    Get,
    Replace,
    Sequence,
)

HANDLERS: dict[type[Command], Handler] = {
    Add: add.handle,
    Alert: alert.handle,
    Atomic: atomic.handle,
    Copy: copy.handle,
    Delete: delete.handle,
    Exec: exec.handle,
    ForeignCommand: foreign.handle,
    Get: get.handle,
    Replace: replace.handle,
    Sequence: sequence.handle,
}
"""What a server may send, besides Status and Results."""
