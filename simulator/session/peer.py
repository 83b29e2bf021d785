"""What a session knows of the other side: where it is, what it speaks, what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.objects import dmacc
from simulator.session import binding, reading
from simulator.session.events import Noted
from simulator.session.packages import Packages
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import SyncHdr
from simulator.tree import Tree


@dataclass(slots=True)
class Peer:
    """All of it may change with every message of the server."""

    url: str
    """Where the next message goes."""
    encoding: Encoding
    ver_proto: str
    """What the client speaks: a peer of an earlier version is answered in kind."""
    messages: int = 0
    """That came so far."""
    fell_back: bool = False
    """It took a second version, which it is kept to, whatever it writes itself."""

    def follow(self, header: SyncHdr, packages: Packages, settings: SessionSettings) -> Iterator[Noted]:
        """RespURI, sizes and version count from now on."""
        self.messages += 1
        meta = reading.meta(header)
        packages.limit = reading.size(meta.max_msg_size) or packages.limit
        packages.object_limit = reading.size(meta.max_obj_size) or packages.object_limit
        if header.ver_proto.strip() in settings.known_protos and not self.fell_back:
            self.ver_proto = header.ver_proto.strip()
        if header.resp_uri:
            why_not = binding.unusable_url(header.resp_uri, instead_of=self.url)
            if why_not is None:
                self.url = header.resp_uri
            else:
                text = f"the server's RespURI {header.resp_uri[:200]!r} is passed over: {why_not}"
                yield Noted(text, "DM Representation §7.1.21", header.msg_id, "SyncHdr")

    def fall_back(self, spoken: str, fallback: str) -> bool:
        """Speak another version after a 513 to what was ``spoken``: the server's own, as it has just shown it,
        else ``fallback``. Once; False when there is none to try."""
        if self.fell_back:
            return False
        self.fell_back = True
        if self.ver_proto == spoken:
            self.ver_proto = fallback
        return self.ver_proto != spoken


DM_1_2 = "DM/1.2"
VERSION_OF_ACCOUNT = {dmacc.IDENTIFIER_12: DM_1_2}
"""An account that is kept as the Management Object of DM 1.2 is one with a server of DM 1.2."""


def first_version(tree: Tree, account: dmacc.Account, settings: SessionSettings) -> str:
    """What package 1 speaks, before the server has said anything."""
    identifier = tree.get(account.uri).type if tree.exists(account.uri) else ""
    return VERSION_OF_ACCOUNT.get(identifier, settings.ver_proto)
