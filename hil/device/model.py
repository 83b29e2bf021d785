"""A device model file: who the device says it is, and how it behaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from hil import data
from hil.device.nodes import NodeText
from hil.device.recipe import Recipe, blame, recipe
from hil.devicechoice import FOLDER
from hil.errors import InvalidFile
from hil.standards import current
from hil.yamlfile import read
from simulator.behaviour.nodes import PlannedNodes
from simulator.behaviour.objects import attach
from simulator.device import Device
from simulator.errors import TreeError
from simulator.objects import maker
from simulator.objects.devdetail import DevDetail
from simulator.objects.devinfo import DevInfo
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding
from simulator.tree import Model, Tree, TreeOptions


class DeviceModel(BaseModel):
    """The values of DevInfo and DevDetail, and the wire habits of the client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str = ""
    dev_id: str = "IMEI:004999010640000"
    man: str = "dmrig"
    mod: str = "generic"
    dm_v: str = "1.3"
    lang: str = "en-US"
    dev_typ: str = "generic"
    oem: str = "dmrig"
    fw_v: str = "1.0"
    sw_v: str = "1.0"
    hw_v: str = "1.0"
    encoding: Literal["wbxml", "xml"] = "wbxml"
    protocol: Literal["DM/1.3", "DM/1.2"] = "DM/1.3"
    max_msg_size: int = Field(default=16384, ge=512, le=1_048_576)
    large_objects: bool = True
    """Values may come, and are sent, in several chunks; DevDetail/LrgObj says so."""
    max_obj_size: int = Field(default=1_048_576, ge=1, le=16_777_216)
    """Octets of the largest value that the device takes."""
    irreversible: tuple[str, ...] = ()
    """Nodes whose changes take effect at once: an Atomic that fails cannot undo them (516)."""
    max_depth: int = Field(default=0, ge=0)
    """Segments of a URI (DevDetail/URI); 0: any number."""
    max_tot_len: int = Field(default=0, ge=0)
    """Characters of a URI; 0: any number."""
    max_seg_len: int = Field(default=0, ge=0)
    """Characters of a segment; 0: any number."""
    user_agent: str = "dmrig/0.1"
    ddf: Annotated[tuple[str, ...], BeforeValidator(lambda said: (said,) if isinstance(said, str) else said)] = ()
    """A device description (DDF), in XML or WBXML, or several: files beside this one. What they say of a node
    right below the root takes the place of the standard's object of that name."""
    values: dict[str, str] = Field(default_factory=dict)
    """By URI: leaves of the descriptions, in place of their defaults."""
    open: bool | None = None
    """Servers may add nodes that are not described; left out: only where no `ddf` is given."""
    nodes: tuple[NodeText, ...] = ()
    """Nodes of the device's own: from the start, or appearing later; constant, or changing by themselves."""
    objects: dict[str, Any] = Field(default_factory=dict)
    """Management Objects that do something, by name, each with where it stands and its settings."""
    _recipe: Recipe = PrivateAttr(default_factory=Recipe)
    _trees: dict[TreeOptions, Model] = PrivateAttr(default_factory=dict)
    """Made once, shared by all devices of the model."""

    def model_post_init(self, context: Any, /) -> None:
        self._recipe, _ = recipe(self)

    def device(self, random: Callable[[int], bytes]) -> Device:
        """A device of this model, fresh from the factory."""
        assumed = current()
        found = self._recipe
        device = Device(self.tree_model(), random=random, settings=self.settings(), assumed=assumed.assumptions)
        attach(device, found.objects, [PlannedNodes(found.plans)] if found.plans else [])
        return device

    def tree_model(self) -> Model:
        """What every device of this model has in its tree. Raises `TreeError` for parts that do not fit."""
        options = current().tree_options
        if options not in self._trees:
            self._trees[options] = self._tree(options)
        return self._trees[options]

    def _tree(self, options: TreeOptions) -> Model:
        model = maker.model(
            DevInfo(dev_id=self.dev_id, man=self.man, mod=self.mod, dm_v=self.dm_v, lang=self.lang),
            DevDetail(
                lrg_obj=self.large_objects,
                dev_typ=self.dev_typ,
                oem=self.oem,
                fw_v=self.fw_v,
                sw_v=self.sw_v,
                hw_v=self.hw_v,
                max_depth=self.max_depth,
                max_tot_len=self.max_tot_len,
                max_seg_len=self.max_seg_len,
            ),
            self._recipe.made,
            tree_options=options,
        )
        if not self._recipe.acls:
            return model
        tree = Tree(model)
        for uri, acl in self._recipe.acls.items():
            tree.set_acl(uri, acl)
        return tree.model

    def settings(self) -> SessionSettings:
        assumed = current()
        ver_proto = assumed.session.ver_proto if self.protocol == "DM/1.3" else self.protocol
        return SessionSettings(
            encoding=Encoding[self.encoding.upper()],
            ver_proto=ver_proto,
            ver_dtd=assumed.session.ver_dtd,
            known_protos=SessionSettings().known_protos | {ver_proto},
            known_dtds=SessionSettings().known_dtds | {assumed.session.ver_dtd},
            cache_control=assumed.session.cache_control,
            integrity=assumed.mac,
            max_msg_size=self.max_msg_size,
            max_obj_size=self.max_obj_size,
            irreversible=frozenset(self.irreversible),
            user_agent=self.user_agent,
        )


def load_device(name: str, folder: Path) -> DeviceModel:
    """A device model: a file, beside the scenario or not, or the name of one that comes with dmrig.

    Raises `UsageError` when there is none, `InvalidFile` with all mistakes when it is wrong.
    """
    document = read(data.find(FOLDER, name, beside=folder))
    model, mistakes = document.parse(DeviceModel)
    if model is None:
        raise InvalidFile(mistakes)
    model._recipe, mistakes = recipe(model, document)
    if not mistakes:
        try:
            model.tree_model()
        except TreeError as error:
            mistakes = [blame(document, model, error)]
    if mistakes:
        raise InvalidFile(mistakes)
    return model
