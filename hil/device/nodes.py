"""Nodes of a device model file: what stands from the factory on, what comes later, and what changes by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from hil.fields import Duration, HexBytes
from simulator.behaviour import values as computed
from simulator.behaviour.nodes import Change, Plan, When
from simulator.errors import TreeError
from simulator.objects.maker import OwnNode
from simulator.tree import acl as acls
from simulator.tree import uri as uris
from simulator.tree import value as values
from simulator.tree.description import Access
from simulator.tree.node import Provider, Value

Format = Literal["b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float"]
Command = Literal["Add", "Copy", "Delete", "Exec", "Get", "Replace"]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WhenText(_Said):
    """Written as one value (``appears: 30 s``) it is the time."""

    on: str | None = None
    """What has to happen: a word of the model's own, for the step `device.event`. Left out: the device is
    switched on."""
    after: Duration = timedelta()
    """How long after that."""

    def when(self) -> When:
        return When(self.on, self.after)


class ChangeText(WhenText):
    value: str | None = None
    hex: HexBytes | None = None
    """Octets, instead of `value`."""
    gone: bool = False
    """The node disappears, with all below it."""

    @model_validator(mode="after")
    def _one_thing(self) -> ChangeText:
        if (self.value is not None) + (self.hex is not None) + self.gone != 1:
            raise ValueError("a change is one of 'value', 'hex' and 'gone: yes'")
        return self


class Cycle(_Said):
    """One value after the other, over and over."""

    values: tuple[str, ...] = Field(min_length=1)
    every: Duration
    """How long each of them lasts."""

    @field_validator("every")
    @classmethod
    def _some_time(cls, every: timedelta) -> timedelta:
        if every <= timedelta():
            raise ValueError("a time that is longer than nothing is expected")
        return every


class NodeText(_Said):
    """A node of the device's own."""

    uri: str
    format: Format = "chr"
    type: str = ""
    """Media type of a leaf; Management Object identifier of an interior node."""
    value: str | None = None
    hex: HexBytes | None = None
    """Octets, instead of `value`."""
    clock: str | None = None
    """Instead of a value: the time in UTC, in a form such as `%Y-%m-%dT%H:%M:%SZ`."""
    cycle: Cycle | None = None
    """Instead of a value: values that take turns."""
    access: tuple[Command, ...] = ("Get",)
    """Commands that the node takes from servers, if their rights allow."""
    acl: str = ""
    """The node's own ACL, such as `Get=*&Replace=dm.example.com`; left out: it inherits one."""
    appears: Annotated[
        WhenText | None, BeforeValidator(lambda said: {"after": said} if isinstance(said, str) else said)
    ] = None
    """When it appears; left out: it stands from the factory on."""
    changes: tuple[ChangeText, ...] = ()
    """What becomes of it by itself."""

    @field_validator("uri")
    @classmethod
    def _an_address(cls, uri: str) -> str:
        try:
            found = uris.normalise(uri)
        except TreeError as error:
            raise ValueError(str(error)) from error
        if found == uris.ROOT:
            raise ValueError("the root is there already")
        return found

    @model_validator(mode="after")
    def _fits_together(self) -> NodeText:
        given = [name for name in ("value", "hex", "clock", "cycle") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give either {given[0]!r} or {given[1]!r}")
        changes = [change for change in self.changes if not change.gone]
        changed = [change.value if change.hex is None else change.hex for change in changes]
        if self.format == "node" and (given or changed):
            raise ValueError("an interior node (format: node) has no value")
        if self.appears is not None and ("clock" in given or "cycle" in given):
            raise ValueError("a value that is worked out stands from the factory on: leave out 'appears'")
        try:
            acls.parse(self.acl)
            for each in (self.value if self.hex is None else self.hex, *changed):
                if each is not None:
                    values.stored(each, self.format)
        except TreeError as error:
            raise ValueError(str(error)) from error
        return self

    def plan(self) -> Plan:
        access = Access.NONE
        for command in self.access:
            access |= Access[command.upper()]
        node = OwnNode(
            uri=self.uri,
            format=self.format,
            type=self.type,
            value=self._value(),
            access=access,
            acl=self.acl,
            late=self.appears is not None,
        )
        changes = tuple(
            Change(change.when(), change.value if change.hex is None else change.hex, change.gone)
            for change in self.changes
        )
        return Plan(node, None if self.appears is None else self.appears.when(), changes)

    def _value(self) -> Value | Provider | None:
        if self.clock is not None:
            return computed.clock(self.clock)
        if self.cycle is not None:
            return computed.cycle(self.cycle.values, self.cycle.every)
        return self.value if self.hex is None else self.hex
