"""``dmrig server`` as a program of its own, with curl as the device's HTTP and libwbxml as its codec."""

from __future__ import annotations

import base64
import hashlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import require

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20.0
MEDIA_TYPES = {"xml": "application/vnd.syncml.dm+xml", "wbxml": "application/vnd.syncml.dm+wbxml"}
DEVICE = "IMEI:490154203237518"

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/x.dtd">
"""


def package(msg_id: int, body: str, cred: str = "") -> str:
    name = "<LocName>device</LocName>" if cred else ""
    return (
        f'{HEAD}<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>'
        f"<SessionID>1</SessionID><MsgID>{msg_id}</MsgID><Target><LocURI>http://127.0.0.1/dm</LocURI></Target>"
        f"<Source><LocURI>{DEVICE}</LocURI>{name}</Source>{cred}</SyncHdr>"
        f"<SyncBody>{body}<Final/></SyncBody></SyncML>"
    )


def md5_cred(nonce: str) -> str:
    """As the standard says it, with nothing of ours: B64(MD5(B64(MD5(user:password)):nonce))."""
    inner = base64.b64encode(hashlib.md5(b"device:device-secret-3f9c").digest())
    data = base64.b64encode(hashlib.md5(inner + b":" + base64.b64decode(nonce)).digest()).decode()
    return (
        '<Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-md5</Type>'
        f"</Meta><Data>{data}</Data></Cred>"
    )


class Program:
    """The running command and what it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        found = re.search(r"http://\S+", self.line())
        assert found is not None
        self.url = found[0]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def line(self) -> str:
        return self._lines.get(timeout=SECONDS)

    def lines_until(self, words: str) -> list[str]:
        found = [self.line()]
        while words not in found[-1]:
            found.append(self.line())
        return found

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code


@pytest.fixture
def program() -> Iterator[Program]:
    command = [sys.executable, "-m", "hil.cli.main", "server", "--config", "sample", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            yield Program(process)
        finally:
            if process.poll() is None:
                process.kill()


class Device:
    """curl and libwbxml."""

    def __init__(self, url: str, encoding: str, folder: Path, *options: str) -> None:
        self.url, self.encoding, self.folder, self.options = url, encoding, folder, options

    def post(self, message: str) -> str:
        """Send a message; returns the server's as XML text."""
        sent, received = self.folder / "sent", self.folder / "received"
        sent.write_text(message)
        if self.encoding == "wbxml":
            _run("xml2wbxml", "-o", str(self.folder / "sent.wbxml"), str(sent))
            sent = self.folder / "sent.wbxml"
        media_type = MEDIA_TYPES[self.encoding]
        said = _run(
            "curl", "--silent", "--show-error", "--max-time", "10", "--noproxy", "*", *self.options,
            "--data-binary", f"@{sent}", "-H", f"Content-Type: {media_type}", "-o", str(received),
            "-w", "%{http_code} %{content_type}", self.url,
        )  # fmt: skip
        assert said == f"200 {media_type}", received.read_bytes()
        if self.encoding == "wbxml":
            _run("wbxml2xml", "-o", str(self.folder / "received.xml"), str(received))
            received = self.folder / "received.xml"
        return received.read_text()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def elements(xml: str, name: str) -> list[str]:
    """The text of each element of that name, CDATA or not."""
    found = re.findall(rf"<{name}\b[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]*?)(?:\]\]>)?\s*</{name}>", xml)
    return [text.strip() for text in found]


BEGIN = (
    "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>"
    "<Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>Acme</Data></Item></Replace>"
)


@pytest.mark.libwbxml
@pytest.mark.parametrize(
    ("encoding", "options"),
    [
        ("xml", ()),
        ("wbxml", ()),
        ("wbxml", ("-H", "Transfer-Encoding: chunked")),
        ("xml", ("--http1.0",)),
        ("xml", ("-H", "Expect: 100-continue")),
    ],
)
def test_a_session(program: Program, tmp_path: Path, encoding: str, options: tuple[str, ...]) -> None:
    require("libwbxml", "curl")
    device = Device(program.url, encoding, tmp_path, *options)

    challenge = device.post(package(1, BEGIN))
    assert elements(challenge, "Data") == ["407", "407", "407"]
    (nonce,) = elements(challenge, "NextNonce")

    commands = device.post(package(2, BEGIN, md5_cred(nonce)))
    assert elements(commands, "Data")[-4:] == ["212", "200", "200", "hello"]
    assert elements(commands, "VerProto") == ["DM/1.2"]
    gets = re.findall(r"<Get>\s*<CmdID>(\d+)</CmdID>", commands)
    (add,) = re.findall(r"<Add>\s*<CmdID>(\d+)</CmdID>", commands)
    assert len(gets) == 2

    def status(number: int, ref: str, cmd: str, code: int) -> str:
        return (
            f"<Status><CmdID>{number}</CmdID><MsgRef>2</MsgRef><CmdRef>{ref}</CmdRef><Cmd>{cmd}</Cmd>"
            f"<Data>{code}</Data></Status>"
        )

    results = (
        f"<Results><CmdID>5</CmdID><MsgRef>2</MsgRef><CmdRef>{gets[0]}</CmdRef><Item><Source>"
        "<LocURI>./DevInfo/Man</LocURI></Source><Data>Acme</Data></Item></Results>"
    )
    answer = (
        status(1, "0", "SyncHdr", 212)
        + status(2, gets[0], "Get", 200)
        + status(3, gets[1], "Get", 404)
        + status(4, add, "Add", 200)
        + results
    )
    more = device.post(package(3, answer))
    assert elements(more, "LocURI")[-1] == "./Greeting"
    abort = "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>"
    assert elements(device.post(package(4, abort)), "Data") == ["212", "200"]

    printed = "\n".join(program.lines_until("closed"))
    for words in (
        f"{DEVICE}  session 1 opened (Alert 1201, {encoding.upper()}, DM/1.2)",
        "challenged: no credentials (407)",
        "has authenticated itself",
        "accepts this server",
        "Get ./DevInfo/Man: status 200: 'Acme'",
        "Get ./DevInfo/Mod: status 404",
        "not as expected: Get ./DevInfo/Mod: status 404, not a success",
        "session 1 closed: aborted by the device (4 messages)",
    ):
        assert words in printed
    assert program.end() == 130
    assert program.line() == "1 session of 1 device; 3 answers, 2 not as expected"


def test_it_ends_on_sigterm_as_well(program: Program) -> None:
    assert program.end(signal.SIGTERM) == 130
    assert program.line() == "0 sessions of 0 devices; 0 answers"


def test_a_port_that_is_taken(program: Program) -> None:
    port = program.url.rpartition(":")[2].partition("/")[0]
    command = [sys.executable, "-m", "hil.cli.main", "server", "--config", "sample", "--port", port]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment, check=False)
    assert done.returncode == 3
    assert "cannot listen on 127.0.0.1 port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_with_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "server.yaml"
    path.write_text('accounts:\n  - device: "*"\n    clientname: x\ncommands:\n  - gett: ./A\n')
    command = [sys.executable, "-m", "hil.cli.main", "server", "--config", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment, check=False)
    assert done.returncode == 2
    assert f"{path}:3:5: 'clientname' is no word here; did you mean 'client_name'?" in done.stderr
    assert f"{path}:5:5: 'gett' is no word here; did you mean 'get'?" in done.stderr
