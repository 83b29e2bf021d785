"""Connections that are reset instead of ended in order."""

from __future__ import annotations

import socket
import struct


def reset_when_closed(connection: socket.socket) -> None:
    """Without anything that is still to be sent (RFC 9293 §3.10.4: ABORT)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
