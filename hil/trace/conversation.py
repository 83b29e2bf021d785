"""HTTP exchanges as TCP connections, one each, with handshake, sequence numbers and an end.

The trace has the messages, not the octets that carried them: start line, header and length are written anew. A
server's port stays when Wireshark knows it for HTTP, and is 80 otherwise; TLS has no place here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from scapy.layers.inet import IP, TCP

from hil.trace.mask import Masker
from hil.trace.messages import cover_message
from hil.trace.record import Json, Record

DEVICE = "192.0.2.1"
PUSH_PROXY = "203.0.113.1"
SERVERS = "198.51.100."

HTTP_PORTS = frozenset({80, 3128, 3132, 5985, 8080, 8088, 11371, 1900, 2869, 2710})
"""What Wireshark takes for HTTP without being told."""

FIRST_CLIENT_PORT, CLIENT_PORTS = 49152, 16384
SEGMENT = 1400

WRITTEN_ANEW = frozenset({"content-length", "transfer-encoding", "content-encoding", "host"})
"""The body stands here decoded and whole, whatever the header said of it."""


@dataclass(slots=True)
class _Connection:
    client: str
    client_port: int
    server: str
    server_port: int
    next: dict[bool, int] = field(default_factory=lambda: {True: 1000, False: 5000})
    """The sequence number of the client's (True) and the server's next octet."""

    def segment(self, from_client: bool, flags: str, payload: bytes = b"") -> bytes:
        ends = (self.client, self.server) if from_client else (self.server, self.client)
        ports = (self.client_port, self.server_port)
        packet = IP(src=ends[0], dst=ends[1]) / TCP(
            sport=ports[not from_client],
            dport=ports[from_client],
            flags=flags,
            seq=self.next[from_client],
            ack=self.next[not from_client] if "A" in flags else 0,
        )
        self.next[from_client] += len(payload) + ("S" in flags or "F" in flags)
        return bytes(packet / payload)

    def message(self, from_client: bool, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), SEGMENT):
            yield self.segment(from_client, "PA", data[start : start + SEGMENT])
        yield self.segment(not from_client, "A")


class Conversations:
    """Turns http records into IP packets, in order."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._open: dict[str, _Connection] = {}
        self._servers: dict[str, str] = {}
        self._count = 0

    def packets(self, record: Record) -> Iterator[bytes]:
        """A request opens a connection, its answer closes it. An answer without a request has none."""
        if record.fields.get("method") is not None:
            url = _url(_text(record.fields.get("url")))
            connection = self._open[record.part] = self._connect(url, to_device=record.way == "in")
            yield connection.segment(True, "S")
            yield connection.segment(False, "SA")
            yield connection.segment(True, "A")
            yield from connection.message(True, self._request(record, url))
        elif record.part in self._open:
            connection = self._open.pop(record.part)
            if record.fields.get("status") is None:
                yield connection.segment(False, "RA")
                return
            yield from connection.message(False, self._answer(record))
            yield connection.segment(False, "FA")
            yield connection.segment(True, "FA")
            yield connection.segment(False, "A")

    def _connect(self, url: SplitResult, *, to_device: bool) -> _Connection:
        """``to_device``: a push gateway comes to the device, which listens."""
        client_port = FIRST_CLIENT_PORT + self._count % CLIENT_PORTS
        self._count += 1
        server_port = url.port if url.port in HTTP_PORTS else 80
        if to_device:
            return _Connection(PUSH_PROXY, client_port, DEVICE, server_port)
        host = url.hostname or ""
        address = self._servers.setdefault(host, SERVERS + str(1 + len(self._servers) % 254))
        return _Connection(DEVICE, client_port, address, server_port)

    def _request(self, record: Record, url: SplitResult) -> bytes:
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        method = _text(record.fields.get("method")) or "POST"
        return self._message(record, f"{method} {target} HTTP/1.1", {"Host": url.netloc.rpartition("@")[2]})

    def _answer(self, record: Record) -> bytes:
        status = record.fields.get("status")
        code = status if isinstance(status, int) else 500
        phrase = HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else "Unknown"
        return self._message(record, f"HTTP/1.1 {code} {phrase}", {})

    def _message(self, record: Record, start: str, own: dict[str, str]) -> bytes:
        carried = record.fields.get("headers")
        headers = own | {
            name: _text(value)
            for name, value in (carried.items() if isinstance(carried, Mapping) else ())
            if name.lower() not in WRITTEN_ANEW
        }
        body = record.data
        if not self._masker.show_all:
            content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
            body = self._masker.octets(cover_message(body, content_type))
        shown = self._masker.fields({**headers})
        lines = [self._masker.text(start), *(f"{name}: {value}" for name, value in shown.items())]
        lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(line.replace("\r", " ").replace("\n", " ").replace("•", "*") for line in lines)
        return head.encode("utf-8", "replace") + b"\r\n\r\n" + body


def _text(value: Json) -> str:
    return "" if value is None else str(value)


def _url(text: str) -> SplitResult:
    """An address that is none has no host, and is shown as a path."""
    try:
        url = urlsplit(text)
        _ = url.hostname, url.port
    except ValueError:
        return SplitResult("", "", "/" + text, "", "")
    return url
