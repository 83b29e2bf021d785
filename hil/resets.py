"""Connections that are reset instead of ended in order."""

from __future__ import annotations

import socket
import struct

AT_ONCE = struct.pack("ii", 1, 0)
"""Linger for no time at all."""


def reset_when_closed(connection: socket.socket) -> None:
    """Without anything that is still to be sent (RFC 9293 §3.10.4: ABORT)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)


def is_reset_when_closed(connection: socket.socket) -> bool:
    """Not of one that is closed already."""
    if connection.fileno() == -1:
        return False
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(AT_ONCE)) == AT_ONCE
