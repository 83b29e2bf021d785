"""DevInfo: who the device is; its five leaves open every session (DM Standardized Objects §5.3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.tree.description import Access, Description
from simulator.tree.tree import Tree

IDENTIFIER = "urn:oma:mo:oma-dm-devinfo:1.1"
URI = "./DevInfo"
LEAVES = ("DevId", "Man", "Mod", "DmV", "Lang")
"""In the order of package 1."""


@dataclass(frozen=True, slots=True)
class DevInfo:
    """``dev_id`` is a URN such as ``IMEI:493005100592800``; a message's Source/LocURI is the same text."""

    dev_id: str
    man: str
    mod: str
    dm_v: str = "1.3"
    lang: str = "en"


def _leaf() -> Description:
    return Description(format="chr", access=Access.GET, permanent=True)


DESCRIPTION = Description(
    format="node",
    types=(IDENTIFIER,),
    access=Access.GET,
    permanent=True,
    children={
        **{name: _leaf() for name in LEAVES},
        "Ext": Description(format="node", least=0, open=True),
        "Bearer": Description(format="node", least=0, open=True),
    },
)


def values(info: DevInfo) -> dict[str, str]:
    """What its leaves say, by URI."""
    texts = (info.dev_id, info.man, info.mod, info.dm_v, info.lang)
    return {f"{URI}/{name}": text for name, text in zip(LEAVES, texts, strict=True)}


def build(tree: Tree, info: DevInfo) -> None:
    """Put ./DevInfo into a tree that has none."""
    tree.add(URI, format="node", type=IDENTIFIER)
    for uri, text in values(info).items():
        tree.add(uri, value=text)


def read(tree: Tree) -> DevInfo:
    """The five leaves as they stand; a missing one is empty."""
    texts = (tree.value(f"{URI}/{name}") for name in LEAVES)
    return DevInfo(*(text if isinstance(text, str) else "" for text in texts))
