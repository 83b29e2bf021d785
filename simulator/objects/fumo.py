"""Firmware Update Management Object 1.0: its nodes, states and results (OMA FUMO 1.0 §5, §6)."""

from __future__ import annotations

from enum import IntEnum

from simulator.tree.description import Access, Description
from simulator.tree.model import ObjectType

IDENTIFIER = "urn:oma:mo:oma-fumo:1.0"
URI = "./FUMO"

ALERT_TYPE = "org.openmobilealliance.dm.firmwareupdate."
"""How the Type of a final report begins; the operation follows, in lower case."""


class State(IntEnum):
    """The values of the node State."""

    IDLE = 10
    DOWNLOAD_FAILED = 20
    DOWNLOADING = 30
    DOWNLOADED = 40
    READY_TO_UPDATE = 50
    UPDATING = 60
    UPDATE_FAILED_HAVE_DATA = 70
    UPDATE_FAILED_NO_DATA = 80
    UPDATED_HAVE_DATA = 90
    UPDATED_NO_DATA = 100


HAVE_DATA = frozenset(
    {State.DOWNLOADED, State.READY_TO_UPDATE, State.UPDATE_FAILED_HAVE_DATA, State.UPDATED_HAVE_DATA}
)
"""A package is in the device."""
BUSY = frozenset({State.DOWNLOADING, State.READY_TO_UPDATE, State.UPDATING})
"""An operation may be under way; in READY_TO_UPDATE one is that both downloads and updates."""

RESULTS: dict[int, str] = {
    200: "successful",
    400: "management client error",
    401: "the user cancelled",
    402: "corrupted package",
    403: "the package is for another device",
    404: "the package could not be validated",
    405: "the package is not acceptable",
    406: "authentication at the download server failed",
    407: "the download timed out",
    408: "not implemented",
    409: "undefined error",
    410: "the update failed",
    411: "malformed or bad URL",
    412: "the download server is unavailable",
    500: "the download server made an error",
    501: "no memory for the download",
    502: "no memory for the update",
    503: "the network failed during the download",
}
"""What a final report's Data says. 250-299, 450-499 and 550-599 are for makers."""
VENDOR_RESULTS = (range(250, 300), range(450, 500), range(550, 600))


def is_result(code: int) -> bool:
    return code in RESULTS or any(code in codes for codes in VENDOR_RESULTS)


def describe_result(code: int) -> str:
    return RESULTS.get(code, "a maker's own result")


def _operation(**children: Description) -> Description:
    return Description(format="node", access=Access.ADD | Access.EXEC | Access.GET, least=0, children=children)


def _leaf(format: str, access: Access, *, least: int = 0) -> Description:
    return Description(format=format, access=access | Access.ADD, least=least)


_URL = Access.GET | Access.REPLACE

DESCRIPTION = Description(
    format="node",
    types=(IDENTIFIER,),
    most=None,
    children={
        "PkgName": _leaf("chr", Access.GET),
        "PkgVersion": _leaf("chr", Access.GET),
        "Download": _operation(PkgURL=_leaf("chr", _URL)),
        "Update": _operation(PkgData=_leaf("bin", Access.REPLACE)),
        "DownloadAndUpdate": _operation(PkgURL=_leaf("chr", _URL)),
        "State": _leaf("int", Access.GET, least=1),
        "Ext": Description(format="node", least=0, open=True),
    },
)

OBJECT = ObjectType(IDENTIFIER, DESCRIPTION, home=URI, name="1")
