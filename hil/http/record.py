"""HTTP exchanges in the trace: requests, answers, the DM messages in them, and what TLS agreed on."""

from __future__ import annotations

from collections.abc import Mapping

from hil.tls.settings import BROKEN_VERSIONS
from hil.trace.dmtext import as_json, summary
from hil.trace.record import Way
from hil.trace.recorder import Recorder
from simulator.errors import CodecError
from simulator.syncml.encoding import decode


class ExchangeRecorder:
    def __init__(self, recorder: Recorder | None, part: str, requests: Way = "out") -> None:
        """``recorder`` None: nothing is recorded. ``requests``: which way they go, seen from the device."""
        self._recorder = recorder
        self._part = part
        self._requests = requests
        self._answers: Way = "in" if requests == "out" else "out"
        self._agreed = ""

    def note(self, text: str) -> None:
        if self._recorder is not None:
            self._recorder.note(text, part=self._part)

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        if self._recorder is None:
            return
        text = f"{method} {url}, {len(body)} bytes" if method == "POST" else f"{method} {url}"
        self._recorder.record(
            self._part, "http", self._requests, text, body, method=method, url=url, headers=dict(headers)
        )
        content_type = next((v for k, v in headers.items() if k.lower() == "content-type"), None)
        self._message(self._requests, content_type, body)

    def answer(
        self, url: str, status: int, headers: Mapping[str, str], content_type: str | None, body: bytes
    ) -> None:
        if self._recorder is None:
            return
        text = f"HTTP {status}, {len(body)} bytes"
        self._recorder.record(
            self._part, "http", self._answers, text, body, url=url, status=status, headers=dict(headers)
        )
        if status == 200:
            self._message(self._answers, content_type, body)

    def failure(self, url: str, why: str) -> None:
        if self._recorder is not None:
            self._recorder.record(self._part, "http", self._answers, f"no answer: {why}", url=url)

    def handshake(self, version: str, cipher: str) -> None:
        """Said when it is another than the last time: each message may have a connection of its own."""
        agreed = f"{version} with {cipher}"
        if agreed == self._agreed:
            return
        self._agreed = agreed
        self.note(f"{agreed}: this version of TLS is broken" if version in BROKEN_VERSIONS else agreed)

    def _message(self, way: Way, content_type: str | None, body: bytes) -> None:
        """The DM message inside, when there is one: what is none has been recorded as it came."""
        if self._recorder is None or not body:
            return
        try:
            message, encoding = decode(body, content_type)
        except CodecError:
            return
        self._recorder.record(
            self._part, "dm", way, summary(message, way), encoding=encoding.name, message=as_json(message)
        )
