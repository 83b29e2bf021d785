"""DevDetail: what the device is and what its tree can take (DM Standardized Objects §5.3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.tree.description import Access, Description
from simulator.tree.tree import Tree

IDENTIFIER = "urn:oma:mo:oma-dm-devdetail:1.1"
URI = "./DevDetail"


@dataclass(frozen=True, slots=True)
class DevDetail:
    """Limits are 0 (none) to 65535: depth in segments, lengths in bytes."""

    dev_typ: str = "device"
    oem: str = ""
    fw_v: str = "1.0"
    sw_v: str = "1.0"
    hw_v: str = "1.0"
    lrg_obj: bool = True
    max_depth: int = 0
    max_tot_len: int = 0
    max_seg_len: int = 0


def _node(format: str, **children: Description) -> Description:
    return Description(format=format, access=Access.GET, permanent=True, children=children)


DESCRIPTION = Description(
    format="node",
    types=(IDENTIFIER,),
    access=Access.GET,
    permanent=True,
    children={
        "URI": _node("node", MaxDepth=_node("chr"), MaxTotLen=_node("chr"), MaxSegLen=_node("chr")),
        **{name: _node("chr") for name in ("DevTyp", "OEM", "FwV", "SwV", "HwV")},
        "LrgObj": _node("bool"),
        "Ext": Description(format="node", least=0, open=True),
        "Bearer": Description(format="node", least=0, open=True),
    },
)


def values(detail: DevDetail) -> dict[str, str]:
    """What its leaves say, by URI."""
    leaves = {
        "URI/MaxDepth": str(detail.max_depth),
        "URI/MaxTotLen": str(detail.max_tot_len),
        "URI/MaxSegLen": str(detail.max_seg_len),
        "DevTyp": detail.dev_typ,
        "OEM": detail.oem,
        "FwV": detail.fw_v,
        "SwV": detail.sw_v,
        "HwV": detail.hw_v,
        "LrgObj": "true" if detail.lrg_obj else "false",
    }
    return {f"{URI}/{name}": text for name, text in leaves.items()}


def build(tree: Tree, detail: DevDetail) -> None:
    """Put ./DevDetail into a tree that has none."""
    tree.add(URI, format="node", type=IDENTIFIER)
    for uri, text in values(detail).items():
        tree.add(uri, format="bool" if uri.endswith("/LrgObj") else "chr", value=text)


def large_objects(tree: Tree) -> bool:
    """Whether the device takes values in several chunks."""
    return tree.value(f"{URI}/LrgObj") == "true"
