"""A client's wire habits: what it claims, what it accepts, how much it takes."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.security import mac
from simulator.security.mac import Integrity
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Meta


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Shared by all sessions of a device, and by all devices of a model."""

    encoding: Encoding = Encoding.WBXML
    """Of the first message; the server's answers may change it."""
    ver_dtd: str = "1.2"
    ver_proto: str = "DM/1.3"
    """The pattern of DM/1.2; the 1.3 text with this value could not be read, so it is a setting."""
    known_dtds: frozenset[str] = frozenset({"1.1", "1.2"})
    """A server message with another VerDTD is answered with 505."""
    known_protos: frozenset[str] = frozenset({"DM/1.1", "DM/1.2", "DM/1.3"})
    """A server message with another VerProto is answered with 513; a known one, in kind."""
    fallback_proto: str = "DM/1.2"
    """Tried once when a server answers package 1 with 513."""
    max_msg_size: int = 16384
    """Octets of the longest message that the client takes (SyncHdr/Meta/MaxMsgSize)."""
    user_agent: str = "dmrig"
    cache_control: str = "private"
    """The header is required, its value is not certain; "no-store" is met too (HTTP Binding §5.3.2)."""
    accepted_status: int = 212
    """What a server's good credentials are answered with: 212 (for the session) or 200 (for the message)."""
    max_obj_size: int = 1024 * 1024
    """Octets of the largest object that the client takes (SyncHdr/Meta/MaxObjSize), in chunks or in one."""
    max_unsent: int = 8 * 1024 * 1024
    """Octets of results that wait to be sent, at most; a Get of more is answered with 413."""
    integrity: Integrity = mac.SHA256
    """How a MAC is made and named for a peer of DM 1.3 (DM Security §5.6); one of DM 1.2 gets MD5."""
    irreversible: frozenset[str] = frozenset()
    """Nodes whose changes take effect at once and for good: undoing them in an Atomic fails (516)."""
    max_messages: int = 1000
    """Messages that the client sends in one session; then it aborts (a server may never come to an end)."""

    def sizes(self, *, objects: bool) -> Meta:
        """SyncHdr/Meta: what the client takes. ``objects``: large ones, too."""
        most = str(self.max_obj_size) if objects else None
        return Meta(max_msg_size=str(self.max_msg_size), max_obj_size=most)
