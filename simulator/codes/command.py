"""Commands that SyncML has and DM has not, and the status of what cannot be carried out as it came.

SyncML Representation Protocol 1.2 §6.6; DM Representation §7.6. The statuses are those of published profiles of DM
1.2, which name them for an unknown command and for one without CmdID (docs/standards.md).
"""

from __future__ import annotations

from typing import Final

from simulator.codes.status import StatusCode

NOT_IN_DM: Final = frozenset({"Map", "Move", "Put", "Search", "Sync"})
"""They belong to data synchronisation: features that are optional in SyncML."""

WITHOUT_CMD_ID: Final = StatusCode.BAD_REQUEST


def foreign_status(name: str) -> StatusCode:
    """What a command of this name, which is none of DM's, is answered with."""
    return StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED if name in NOT_IN_DM else StatusCode.BAD_REQUEST
