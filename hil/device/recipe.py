"""What a device model file names: device descriptions, objects, nodes; read, loaded and put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, create_model

from hil import objects as plug_ins
from hil.device.nodes import NodeText
from hil.errors import Mistake, UsageError
from hil.nearest import nearest
from hil.plain import instance, model_of
from hil.yamlfile import Document
from simulator.behaviour.nodes import Plan
from simulator.behaviour.objects import ManagedObject
from simulator.ddf.document import MgmtTree
from simulator.errors import CodecError, TreeError
from simulator.objects.maker import Made
from simulator.tree import acl as acls
from simulator.tree import ddf
from simulator.tree import uri as uris
from simulator.tree.model import ObjectType
from simulator.tree.node import Value

LONGEST_DDF = 4 * 1024 * 1024
"""Octets."""


class Said(Protocol):
    """What a device model says of these; see `hil.device.model.DeviceModel`."""

    @property
    def ddf(self) -> Sequence[str]: ...
    @property
    def values(self) -> Mapping[str, str]: ...
    @property
    def open(self) -> bool | None: ...
    @property
    def nodes(self) -> Sequence[NodeText]: ...
    @property
    def objects(self) -> Mapping[str, Any]: ...


class ObjectPlace(BaseModel):
    """What every object can be told, besides its own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: tuple[str, ...] | None = None
    """Where objects of the kind stand from the factory on; left out: one, where its kind lives. With none (`[]`)
    servers can add them."""
    acl: str = "Exec=*&Get=*&Replace=*"
    """Of these objects."""


@dataclass(frozen=True, slots=True)
class Recipe:
    made: Made = field(default_factory=Made)
    plans: tuple[Plan, ...] = ()
    objects: tuple[ManagedObject, ...] = ()
    acls: Mapping[str, str] = field(default_factory=dict)
    """Own ACLs of objects, by URI."""


def recipe(model: Said, document: Document | None = None) -> tuple[Recipe, list[Mistake]]:
    """What a model says. Without ``document`` it stands in no file, and names none."""
    mistakes: list[Mistake] = []
    descriptions: list[MgmtTree] = []
    kinds: list[ObjectType] = []
    behaviours: list[ManagedObject] = []
    places: dict[str, ObjectType] = {}
    own: dict[str, str] = {}
    given: dict[str, Value] = {}
    for index, name in enumerate(model.ddf if document is not None else ()):
        try:
            descriptions.append(_read(name, document.path.parent if document is not None else Path()))
        except (UsageError, CodecError, TreeError) as error:
            mistakes += [_mistake(document, ("ddf", index), str(error))]
    for name in model.objects if document is not None else ():
        assert document is not None
        found = _object(document, name, model.objects[name])
        if not isinstance(found, tuple):
            mistakes += found
            continue
        behaviour, place = found
        kinds.append(behaviour.kind)
        behaviours.append(behaviour)
        usual = (uris.join(behaviour.kind.home or uris.ROOT, behaviour.kind.name),)
        for uri in usual if place.at is None else place.at:
            places[uri] = behaviour.kind
            own[uri] = place.acl
            given |= {uris.join(uri, path): value for path, value in behaviour.values().items()}
    plans = tuple(node.plan() for node in model.nodes)
    made = Made(
        descriptions=tuple(descriptions),
        closed=bool(model.ddf) if model.open is None else not model.open,
        values={**given, **model.values},
        kinds=tuple(kinds),
        objects=places,
        nodes=tuple(plan.node for plan in plans),
    )
    return Recipe(made, plans, tuple(behaviours), own), mistakes


def _read(name: str, folder: Path) -> MgmtTree:
    path = folder / name
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_DDF + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > LONGEST_DDF:
        raise UsageError(f"{path} is larger than {LONGEST_DDF // 1024 // 1024} MiB")
    found = ddf.decode(data)
    ddf.describe([found])
    return found


def _object(document: Document, name: str, said: Any) -> tuple[ManagedObject, ObjectPlace] | list[Mistake]:
    known = plug_ins.names()
    if name not in known:
        return [document.mistake(("objects", name), f"there is no object {name!r}", nearest(name, known))]
    try:
        cls = plug_ins.load(name)
    except UsageError as error:
        return [document.mistake(("objects", name), str(error))]
    # One model of what all objects and this one can be told, so that the nearest word may be of either.
    settings = model_of(cls.Settings)
    both: type[BaseModel] = create_model(cls.__name__, __base__=(settings, ObjectPlace))
    parsed, mistakes = document.parse(both, ("objects", name), {} if said is None else said)
    if parsed is None:
        return mistakes
    place = ObjectPlace(at=parsed.at, acl=parsed.acl)  # type: ignore[attr-defined]
    try:
        acls.parse(place.acl)
        for uri in place.at or ():
            uris.normalise(uri)
    except TreeError as error:
        return [document.mistake(("objects", name), str(error))]
    return cls(instance(cls.Settings, parsed)), place


def _mistake(document: Document | None, loc: tuple[str | int, ...], message: str) -> Mistake:
    assert document is not None
    return document.mistake(loc, message)


def blame(document: Document, model: Said, error: TreeError) -> Mistake:
    """Where in the file it stands that the parts of a model do not fit together."""
    for name in model.values:
        if error.uri and uris.normalise(name) == error.uri:
            return document.mistake(("values", name), str(error))
    for index, node in enumerate(model.nodes):
        if node.uri == error.uri:
            return document.mistake(("nodes", index), str(error))
    return document.mistake((), str(error))
