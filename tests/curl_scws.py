"""curl fetches a bootstrap from a card, over everything that is real here: a program for a namespace of its own.

    unshare -rn python -m tests.curl_scws --own-network

curl → `dmrig card gateway` → pyscard → pcscd → vpcd → the virtual card, which answers TLS. Prints one JSON object.
Ports 4116 and 3516 are fixed ones: in a network namespace of its own they are free for certain, elsewhere they may
not be. Then others are taken, and ``busy`` says so.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hil.tls.run import RunCertificates
from simulator.codes.cat import PORT_SCWS, PORT_SCWS_TLS
from tests.pcscd import Pcscd, pcscd
from tests.scws import PATH, card

ROOT = Path(__file__).parents[1]

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1


def loopback_up() -> None:
    """What ``ip link set lo up`` does; a new namespace has it down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def free(port: int) -> bool:
    """Whether all of this port's addresses of loopback can be had."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.bind((host, 0))
            try:
                with socket.create_server((host, port), family=family):
                    continue
            except OSError:
                return False
    return True


@contextlib.contextmanager
def gateway(running: Pcscd, busy: list[int]) -> Iterator[dict[str, list[str]]]:
    """The command, at the fixed ports that are not ``busy``; gives the URLs that it says, by the card's port."""
    ports = [str(0 if port in busy else port) for port in (PORT_SCWS_TLS, PORT_SCWS)]
    command = [sys.executable, "-m", "hil", "card", "gateway", "--json", "--reader", "Virtual*"]
    process = subprocess.Popen(
        [*command, "--port", ports[0], "--plain-port", ports[1]],
        cwd=ROOT,
        env={**os.environ, "PCSCLITE_CSOCK_NAME": str(running.socket)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = []
        while not lines or lines[-1] != "}\n":
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the gateway ended with {process.wait()}")
            lines.append(line)
        yield json.loads("".join(lines))["urls"]
    finally:
        process.terminate()
        process.communicate(timeout=10)


def curl(url: str, *arguments: str) -> dict[str, object]:
    form = "%{stderr}%{http_code}|%{content_type}|%{ssl_verify_result}"
    command = ["curl", "--silent", "--max-time", "20", "--write-out", form, *arguments, url]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    status, content_type, verified = done.stderr.decode().split("|")
    return {
        "exit": done.returncode,
        "status": int(status),
        "content_type": content_type,
        "verified": verified == "0",
        "body": done.stdout.hex(),
    }


def main() -> None:
    own_network = "--own-network" in sys.argv
    if own_network:
        loopback_up()
    certificates = RunCertificates()
    with pcscd() as running:
        os.environ["PCSCLITE_CSOCK_NAME"] = str(running.socket)
        from hil.card.vpcd import VpcdReader

        hand = VpcdReader(port=running.port)
        hand.insert(card(certificates=certificates))
        try:
            busy = [port for port in (PORT_SCWS_TLS, PORT_SCWS) if not free(port)]
            with gateway(running, busy) as urls:
                ca = str(certificates.authority())
                secure = urls[str(PORT_SCWS_TLS)]
                port = secure[0].rpartition(":")[2]
                localhost = f"https://localhost:{port}{PATH}"
                answers = {
                    "bootstrap": curl(secure[0] + PATH, "--cacert", ca),
                    "localhost": curl(localhost, "--cacert", ca),
                    "unknown authority": curl(secure[0] + PATH),
                    "query": curl(f"{secure[0]}{PATH}?a=b", "--cacert", ca),
                    "lower case": curl(secure[0] + PATH.lower(), "--cacert", ca),
                    "head": curl(secure[0] + PATH, "--cacert", ca, "--head", "--output", os.devnull),
                    "put": curl(secure[0] + PATH, "--cacert", ca, "--upload-file", __file__),
                    "post": curl(secure[0] + PATH, "--cacert", ca, "--data", "a=b"),
                    "plain": curl(urls[str(PORT_SCWS)][0] + PATH),
                }
                if len(secure) > 1:
                    answers["IPv6"] = curl(secure[1] + PATH, "--cacert", ca)
        finally:
            hand.remove()
            certificates.close()
    where = {"url": secure[0] + PATH, "plain": urls[str(PORT_SCWS)][0], "own_network": own_network, "busy": busy}
    print(json.dumps({**where, "answers": answers}))


if __name__ == "__main__":
    main()
