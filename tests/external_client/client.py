"""A DM 1.2 client of another make: XML, a flat tree, the standard library, nothing of dmrig's.

It stands for a device under test in the tests of external devices, and in docs/external-devices.md. ``--break``
names a rule that it breaks on purpose, as clients in the field do.

    client.py serve [--break RULE]…     run until it is ended; a session on request, by push (UDP, or SMS by AT)
    client.py session [--break RULE]…   one session, and out
    client.py trigger | answer | tree   what a bench asks of one that serves
    client.py card                      what is on the card in the reader: its ATR and EF(DIR) (with pyscard)

The bench tells it everything by environment variables: DMRIG_SERVER_URL, DMRIG_ACCOUNT_…, DMRIG_DEVICE_DIRECTORY.
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import select
import socket
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

MIME = "application/vnd.syncml.dm+xml"
RULES = (
    "session-id-0", "session-id-1", "cmdid-twice", "no-final", "several-status", "bare-devinfo", "no-devinfo",
    "no-user-agent", "http-1.0", "vanish", "nul", "mime", "empty-next-nonce", "wrong-secret", "deaf", "crash",
)  # fmt: skip
PATIENCE = 20.0


def setting(name, default=""):
    return os.environ.get(f"DMRIG_{name}", default)


def b64(data):
    return base64.b64encode(data).decode()


def md5(name, secret, nonce):
    inner = b64(hashlib.md5(f"{name}:{secret}".encode()).digest())
    return b64(hashlib.md5(inner.encode() + b":" + nonce).digest())


class State:
    """What outlives the program: its tree, nonces, and the number of its last session."""

    def __init__(self):
        self.folder = Path(setting("DEVICE_DIRECTORY", "."))
        self.path = self.folder / "client.json"
        self.kept = {
            "tree": {
                "./DevInfo/DevId": "IMEI:490154203237518",
                "./DevInfo/Man": os.environ.get("CLIENT_MAN", "Another"),
                "./DevInfo/Mod": "Plain",
                "./DevInfo/DmV": "1.2",
                "./DevInfo/Lang": "en",
                "./DMAcc/srv/AppID": "w7",
                "./DMAcc/srv/ServerID": setting("ACCOUNT_SERVER_ID", "dm.example.com"),
            },
            "nonce": setting("ACCOUNT_CLIENT_NONCE"),
            "server_nonce": setting("ACCOUNT_SERVER_NONCE"),
            "session": 0,
        }
        if self.path.exists():
            self.kept = json.loads(self.path.read_text())

    def keep(self):
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self.kept))
        fresh.replace(self.path)

    @property
    def tree(self):
        return self.kept["tree"]


class Wire:
    """HTTP, one connection kept open unless a rule is broken."""

    def __init__(self, url, broken):
        self.url, self.broken = urlsplit(url), broken
        self.connection = None

    def post(self, body):
        headers = {
            "Content-Type": "application/vnd.syncml+xml" if "mime" in self.broken else MIME,
            "Accept": MIME,
            "Accept-Charset": "utf-8",
            "Cache-Control": "no-store",
        }
        if "no-user-agent" not in self.broken:
            headers["User-Agent"] = "PlainClient/0.1"
        if self.connection is None or "http-1.0" in self.broken:
            self.connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=PATIENCE)
        if "http-1.0" in self.broken:
            self.connection._http_vsn, self.connection._http_vsn_str = 10, "HTTP/1.0"
        self.connection.request("POST", self.url.path or "/", body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise SystemExit(f"HTTP {answer.status}: {data[:200]!r}")
        return ElementTree.fromstring(data)


def text(element, path, default=""):
    found = element.find(path)
    return default if found is None or found.text is None else found.text


def item(uri, value, meta=""):
    return f"<Item><Source><LocURI>{uri}</LocURI></Source>{meta}<Data>{escape(value)}</Data></Item>"


def plain(element):
    """The same without XML namespaces."""
    for each in element.iter():
        each.tag = each.tag.rpartition("}")[2]
    return element


class Session:
    def __init__(self, state, broken, alert, session_id=None):
        self.state, self.broken, self.alert = state, broken, alert
        state.kept["session"] += 1
        self.id = session_id or f"{state.kept['session']:X}"
        if "session-id-0" in broken:
            self.id = "0"
        if "session-id-1" in broken:
            self.id = "1"
        self.url = setting("SERVER_URL")
        self.wire = Wire(self.url, broken)
        self.message = 0
        self.number = 0
        self.known = False
        """Whether the server has accepted our credentials for the session."""
        self.trusted = False

    def command(self, name, inner):
        self.number = 1 if "cmdid-twice" in self.broken else self.number + 1
        return f"<{name}><CmdID>{self.number}</CmdID>{inner}</{name}>"

    def cred(self):
        if self.known:
            return ""
        name, secret = setting("ACCOUNT_CLIENT_NAME"), setting("ACCOUNT_CLIENT_SECRET")
        if "wrong-secret" in self.broken:
            secret += "!"
        if setting("ACCOUNT_AUTH") == "BASIC":
            kind, data = "basic", b64(f"{name}:{secret}".encode())
        else:
            kind, data = "md5", md5(name, secret, base64.b64decode(self.state.kept["nonce"]))
        meta = '<Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-'
        return f"<Cred><Meta>{meta}{kind}</Type></Meta><Data>{data}</Data></Cred>"

    def send(self, commands, final=True):
        self.message += 1
        name = escape(setting("ACCOUNT_CLIENT_NAME"))
        device = self.state.tree["./DevInfo/DevId"]
        size = '<Meta><MaxMsgSize xmlns="syncml:metinf">16000</MaxMsgSize></Meta>'
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr>'
            f"<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>{self.id}</SessionID>"
            f"<MsgID>{self.message}</MsgID><Target><LocURI>{escape(self.url)}</LocURI></Target>"
            f"<Source><LocURI>{device}</LocURI><LocName>{name}</LocName></Source>{self.cred()}{size}</SyncHdr>"
            f"<SyncBody>{''.join(commands)}{'<Final/>' if final else ''}</SyncBody></SyncML>"
        )
        if "nul" in self.broken:
            body = body.replace(">Plain<", ">Plain\0<")
        self.number = 0
        print(f"-> message {self.message} of session {self.id}", flush=True)
        return plain(self.wire.post(body.encode()))

    def begin(self):
        commands = [self.command("Alert", f"<Data>{self.alert}</Data>")]
        leaves = [leaf for leaf in self.state.tree if leaf.startswith("./DevInfo/")]
        meta = (
            '<Meta><Format xmlns="syncml:metinf">chr</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta>'
        )
        if "bare-devinfo" in self.broken:
            meta, leaves = "", ["./DevInfo", *leaves]
        items = "".join(item(leaf, self.state.tree.get(leaf, ""), meta) for leaf in leaves)
        if "no-devinfo" not in self.broken:
            commands.append(self.command("Replace", items))
        return commands

    def run(self):
        """Until the server has nothing more to say; its last outcome as an exit code."""
        commands = self.begin()
        for _ in range(50):
            reply = self.send(commands, final="no-final" not in self.broken)
            for status in reply.iterfind("./SyncBody/Status"):
                self.hear(status)
            if "vanish" in self.broken:
                print("gone", flush=True)
                return 0
            if "crash" in self.broken:
                print("fatal: out of memory", file=sys.stderr, flush=True)
                os._exit(3)
            if not self.known and text(reply, "./SyncBody/Status/Data") in ("401", "407"):
                if self.message > 2:
                    print("refused", flush=True)
                    return 1
                commands = [self.header_status(reply), *self.begin()]
                continue
            if "deaf" in self.broken:
                time.sleep(PATIENCE)
            theirs = {each.tag for each in reply.find("./SyncBody")}
            if theirs <= {"Status", "Final"} and "Final" in theirs:
                self.state.keep()
                print("done", flush=True)
                return 0
            commands = self.answers(reply)
        return 1

    def hear(self, status):
        """The server's Status for our header: accepted or not, with the next nonce."""
        if text(status, "Cmd") != "SyncHdr":
            return
        nonce = text(status, "Chal/Meta/NextNonce")
        if nonce:
            self.state.kept["nonce"] = nonce
        self.known = text(status, "Data") in ("200", "212")

    def header_status(self, reply):
        theirs = text(reply, "./SyncHdr/Cred/Data")
        expected = md5(
            setting("ACCOUNT_SERVER_NAME"),
            setting("ACCOUNT_SERVER_SECRET"),
            base64.b64decode(self.state.kept["server_nonce"]),
        )
        basic = b64(f"{setting('ACCOUNT_SERVER_NAME')}:{setting('ACCOUNT_SERVER_SECRET')}".encode())
        self.trusted = self.trusted or theirs in (expected, basic)
        code, chal = "212" if self.trusted else "401", ""
        if setting("ACCOUNT_AUTH") != "BASIC":
            if theirs or not self.trusted:
                self.state.kept["server_nonce"] = b64(os.urandom(16))
            nonce = "" if "empty-next-nonce" in self.broken else self.state.kept["server_nonce"]
            meta = '<Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-md5</Type>'
            chal = f'<Chal><Meta>{meta}<NextNonce xmlns="syncml:metinf">{nonce}</NextNonce></Meta></Chal>'
        return self.status(reply, "0", "SyncHdr", code, chal)

    def status(self, reply, number, name, code, more="", items=""):
        ref = f"<MsgRef>{text(reply, './SyncHdr/MsgID')}</MsgRef><CmdRef>{number}</CmdRef><Cmd>{name}</Cmd>"
        found = self.command("Status", f"{ref}{more}<Data>{code}</Data>{items}")
        if "several-status" in self.broken and name not in ("SyncHdr",):
            found += self.command("Status", f"{ref}{more}<Data>{code}</Data>{items}")
        return found

    def answers(self, reply):
        """A Status for each command, and Results behind each Get."""
        found = [self.header_status(reply)]
        for command in reply.find("./SyncBody") if self.trusted else []:
            if command.tag in ("Status", "Results", "Final"):
                continue
            code, results, items = self.execute(command)
            found.append(self.status(reply, text(command, "CmdID"), command.tag, code, items=items))
            if results:
                ref = f"<MsgRef>{text(reply, './SyncHdr/MsgID')}</MsgRef><CmdRef>{text(command, 'CmdID')}</CmdRef>"
                found.append(self.command("Results", ref + results))
        return found

    def execute(self, command):
        if command.tag == "Alert":
            return self.alerted(command)
        code, results = "200", ""
        for each in command.iterfind("Item"):
            uri, value = text(each, "Target/LocURI"), text(each, "Data")
            here = uri in self.state.tree
            below = any(each.startswith(uri + "/") for each in self.state.tree)
            if command.tag == "Add":
                code = "418" if here else "200"
                self.state.tree.setdefault(uri, value)
            elif not here and not below:
                code = "404"
            elif command.tag == "Replace":
                self.state.tree[uri] = value
            elif command.tag == "Delete":
                self.state.kept["tree"] = {
                    u: v for u, v in self.state.tree.items() if not (u + "/").startswith(uri + "/")
                }
            elif command.tag == "Get":
                results += (
                    f"<Item><Source><LocURI>{uri}</LocURI></Source><Data>{escape(self.get(uri))}</Data></Item>"
                )
            else:
                code = "406"
        self.state.keep()
        return code, results, ""

    def get(self, uri):
        if uri in self.state.tree:
            return self.state.tree[uri]
        names = [each[len(uri) + 1 :].split("/")[0] for each in self.state.tree if each.startswith(uri + "/")]
        return "/".join(dict.fromkeys(names))

    def alerted(self, alert):
        """A question to the user: the answer comes in a file, from whoever plays the user."""
        code = text(alert, "Data")
        if code not in ("1100", "1101", "1102", "1103", "1104"):
            return "406", "", ""
        print(f"asks: {[text(each, 'Data') for each in alert.iterfind('Item')]}", flush=True)
        said = await_file(self.state.folder / "answer", 5.0)
        if said is None:
            return "214", "", ""
        word, _, typed = said.partition("\n")
        items = f"<Item><Data>{escape(typed)}</Data></Item>" if typed else ""
        return {"no": "304", "cancel": "214"}.get(word, "200"), "", items


def await_file(path, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if path.exists():
            said = path.read_text()
            path.unlink()
            return said
        time.sleep(0.02)
    return None


def put(path, said):
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(said)
    fresh.replace(path)


def woken(push):
    """The session id of a notification (OMA DM 1.2, package 0) in a WSP push."""
    length, at = 0, 2
    while True:
        length, at = (length << 7) | (push[at] & 0x7F), at + 1
        if not push[at - 1] & 0x80:
            break
    trigger = push[at + length :]
    return f"{int.from_bytes(trigger[21:23], 'big'):X}"


class Modem:
    """A serial line (a pseudo-terminal, or socket://host:port) with an AT modem that gets SMS in PDU mode."""

    def __init__(self, port):
        if port.startswith("socket://"):
            host, _, number = port.removeprefix("socket://").rpartition(":")
            self.socket = socket.create_connection((host, int(number)), PATIENCE)
            self.fd = self.socket.fileno()
        else:
            self.fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
        self.pending, self.parts = b"", {}
        for line in ("ATE0", "AT+CMGF=0", "AT+CNMI=2,2,0,0,0"):
            os.write(self.fd, line.encode() + b"\r")
            self.lines(until="OK")

    def lines(self, until=None):
        found, end = [], time.monotonic() + 3
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                self.pending += os.read(self.fd, 4096)
            *whole, self.pending = self.pending.replace(b"\r", b"\n").split(b"\n")
            found += [line.decode("ascii", "replace").strip() for line in whole if line.strip()]
            if until is None or until in found:
                break
        return found

    def pushes(self):
        """Whole pushes; the parts of longer ones are put together."""
        for line in self.lines():
            if not line.startswith("+") and len(line) > 30 and all(each in "0123456789ABCDEF" for each in line):
                found = self.part(bytes.fromhex(line))
                if found is not None:
                    yield found

    def part(self, pdu):
        tpdu = pdu[1 + pdu[0] :]
        at = 2 + 1 + (tpdu[1] + 1) // 2 + 2 + 7
        data = tpdu[at + 1 :]
        header, rest, index, total, reference = data[1 : 1 + data[0]], data[1 + data[0] :], 1, 1, 0
        while header:
            kind, length = header[0], header[1]
            if kind == 0:
                reference, total, index = header[2:5]
            header = header[2 + length :]
        got = self.parts.setdefault(reference, {})
        got[index] = rest
        return b"".join(self.parts.pop(reference)[n] for n in range(1, total + 1)) if len(got) == total else None


def serve(broken, first):
    state, modem, datagrams = State(), None, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if setting("DEVICE_UDP_PORT"):
        datagrams.bind(("127.0.0.1", int(setting("DEVICE_UDP_PORT"))))
    if setting("MODEM_PORT"):
        modem = Modem(setting("MODEM_PORT"))
    print("ready", flush=True)
    if first and not state.kept["session"]:
        Session(state, broken, 1201).run()
    while True:
        watched = [datagrams, *([modem.fd] if modem else [])]
        ready = select.select(watched, [], [], 0.02)[0]
        pushes = [datagrams.recv(2000)] if datagrams in ready else []
        if modem is not None and modem.fd in ready:
            pushes += list(modem.pushes())
        for push in pushes:
            print("woken", flush=True)
            Session(state, broken, 1200, woken(push)).run()
        if await_file(state.folder / "trigger", 0.001) is not None:
            Session(state, broken, 1201).run()


def read_card(name):
    """Through pcscd, as any program reads a card."""
    from smartcard.System import readers

    connection = next(reader for reader in readers() if str(reader) == name).createConnection()
    connection.connect()
    print("ATR", bytes(connection.getATR()).hex().upper())

    def ask(apdu):
        data, sw1, sw2 = connection.transmit(list(bytes.fromhex(apdu)))
        if sw1 == 0x61:
            data, sw1, sw2 = connection.transmit([0x00, 0xC0, 0x00, 0x00, sw2])
        elif sw1 == 0x6C:
            data, sw1, sw2 = connection.transmit([*bytes.fromhex(apdu)[:4], sw2])
        return data, sw1

    ask("00A40004023F00")
    ask("00A40004022F00")
    for number in range(1, 10):
        record, sw1 = ask(f"00B2{number:02X}0400")
        if sw1 != 0x90:
            break
        print("EF(DIR)", bytes(record).hex().upper())
    connection.disconnect()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=("serve", "session", "trigger", "answer", "tree", "card"))
    parser.add_argument("--break", dest="broken", action="append", default=[], choices=RULES)
    parser.add_argument("--first", action="store_true", help="a session at the first start, as after a bootstrap")
    given = parser.parse_args()
    folder = Path(setting("DEVICE_DIRECTORY", "."))
    match given.act:
        case "serve":
            serve(given.broken, given.first)
        case "session":
            sys.exit(Session(State(), given.broken, 1201).run())
        case "trigger":
            put(folder / "trigger", "now")
        case "answer":
            put(folder / "answer", f"{setting('ANSWER')}\n{setting('ANSWER_TEXT')}")
        case "card":
            read_card(setting("CARD_READER"))
        case "tree":
            print(json.dumps(State().tree))


if __name__ == "__main__":
    main()
