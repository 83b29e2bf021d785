"""The DM server's engine, message by message: who is who, in both directions."""

from __future__ import annotations

import pytest

from hil.server.commands import commands
from hil.server.events import (
    Alerted,
    Authenticated,
    Challenged,
)
from hil.server.settings import ANY_DEVICE, Present, ServerSettings
from hil.server.transitions import Outcome
from simulator.security import nonce
from simulator.security.credentials import AuthType, md5
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, decode, encode
from tests.dm_client import (
    DEVICE_ID,
    FIRST_NONCE,
    FIRST_SERVER_NONCE,
    PASSWORD,
    SERVER,
    SERVER_PASSWORD,
    URL,
    USER,
    Client,
    basic_cred,
    codes,
    md5_cred,
    sent,
)
from tests.server_bed import Bed, account


@pytest.fixture
def bed() -> Bed:
    return Bed()


def challenge_of(client: Client) -> dm.Meta:
    chal = client.header_status().chal
    assert chal is not None
    return chal.meta


def fresh_chal(octets: bytes, kind: str = AuthType.MD5) -> dm.Chal:
    return dm.Chal(dm.Meta(format="b64", type=kind, next_nonce=nonce.to_text(octets)))


# Authentication of the device


@pytest.mark.parametrize("encoding", list(Encoding))
def test_good_credentials_are_accepted_for_the_session(bed: Bed, encoding: Encoding) -> None:
    bed.server.queue(commands({"get": "./DevInfo/Man"}))
    client = bed.client(encoding=encoding)
    reply = client.begin(cred=md5_cred(FIRST_NONCE))
    assert codes(reply) == ["212", "200", "200"]
    assert [type(c).__name__ for c in sent(reply)] == ["Get"]
    assert reply.sync_body.final
    assert reply.sync_hdr.target.loc_uri == DEVICE_ID
    assert reply.sync_hdr.source.loc_uri == URL
    assert (reply.sync_hdr.session_id, reply.sync_hdr.msg_id, reply.sync_hdr.ver_proto) == ("1", "1", "DM/1.3")
    # The nonce for the next session comes with the 212.
    assert challenge_of(client).next_nonce
    # No Cred any more, and still 212.
    assert codes(client.answer(values={"./DevInfo/Man": "dmrig"})) == ["212"]
    assert bed.outcome is Outcome.FINISHED
    assert bed.server.sessions[-1].device_authenticated


def test_header_status_names_what_it_answers(bed: Bed) -> None:
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    header = client.header_status()
    assert (header.msg_ref, header.cmd, header.target_ref, header.source_ref) == (
        "1",
        "SyncHdr",
        [URL],
        [DEVICE_ID],
    )


def test_without_credentials_the_device_is_challenged_and_gets_nothing_else(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./DevInfo/Man"}))
    client = bed.client()
    reply = client.begin()
    assert codes(reply) == ["407", "407", "407"]
    assert sent(reply) == []
    assert reply.sync_hdr.cred is None
    assert challenge_of(client).type == AuthType.MD5
    assert challenge_of(client).format == "b64"
    # The package again, with the nonce of the challenge, in the same session.
    reply = client.begin(cred=md5_cred(client.nonce))
    assert codes(reply)[0] == "212"
    assert len(sent(reply)) == 1
    assert len(bed.server.sessions) == 1


def test_a_stale_nonce_gets_another_try(bed: Bed) -> None:
    client = bed.client()
    reply = client.begin(cred=md5_cred(b"long ago"))
    assert codes(reply) == ["401", "401", "401"]
    assert codes(client.begin(cred=md5_cred(client.nonce)))[0] == "212"


def test_nothing_of_a_refused_package_counts(bed: Bed) -> None:
    client = bed.client()
    item = dm.Item(meta=dm.Meta(type="urn:x", format="chr"), data="x")
    client.begin(dm.Alert("", data="1226", items=[item]), cred=md5_cred(b"wrong"))
    assert bed.server.sessions[-1].alerts == []
    assert bed.server.sessions[-1].dev_info == {}
    assert not bed.told(Alerted)


def test_wrong_credentials_end_the_session_in_the_end(bed: Bed) -> None:
    client = bed.client()
    for _ in range(2):
        client.begin(cred=md5_cred(client.nonce, "guess"))
        assert bed.outcome is None
    reply = client.begin(cred=md5_cred(client.nonce, "guess"))
    assert codes(reply)[0] == "401"
    assert challenge_of(client).next_nonce  # a 401 always carries one
    assert bed.outcome is Outcome.DEVICE_NOT_AUTHENTICATED
    assert not bed.server.sessions[-1].device_authenticated


def test_each_challenge_has_a_nonce_of_its_own(bed: Bed) -> None:
    client = bed.client()
    client.begin()
    first = client.nonce
    client.begin(cred=md5_cred(b"wrong"))
    assert client.nonce != first
    # The older challenge is void.
    assert codes(client.begin(cred=md5_cred(first)))[0] == "401"


def test_the_nonce_of_212_is_for_the_next_session(bed: Bed) -> None:
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    again = bed.client("2")
    assert codes(again.begin(cred=md5_cred(FIRST_NONCE)))[0] == "401"
    third = bed.client("3")
    assert codes(third.begin(cred=md5_cred(client.nonce)))[0] == "212"


def test_a_challenge_that_is_not_answered_changes_nothing(bed: Bed) -> None:
    """Whoever sends a message without credentials must not put the real device's nonce out of step."""
    bed.client("77").begin()
    assert codes(bed.client("2").begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"


def test_an_unknown_device_is_challenged_like_any_other() -> None:
    bed = Bed(accounts={"IMEI:other": account()})
    client = bed.client()
    assert codes(client.begin())[0] == "407"
    assert codes(client.begin(cred=md5_cred(client.nonce)))[0] == "401"
    client.begin(cred=md5_cred(client.nonce))
    assert bed.outcome is Outcome.DEVICE_NOT_AUTHENTICATED


def test_an_account_for_any_device() -> None:
    bed = Bed(accounts={ANY_DEVICE: account()})
    assert codes(bed.client(device_id="IMEI:1").begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"
    # Nonces belong to a device, not to the account.
    assert codes(bed.client(device_id="IMEI:2").begin(cred=md5_cred(FIRST_NONCE)))[0] == "212"


def test_auth_basic() -> None:
    bed = Bed(accounts={DEVICE_ID: account(AuthType.BASIC)})
    client = bed.client()
    assert codes(client.begin())[0] == "407"
    assert challenge_of(client).type == AuthType.BASIC
    assert challenge_of(client).next_nonce is None
    assert codes(client.begin(cred=basic_cred("guess")))[0] == "401"
    assert codes(client.begin(cred=basic_cred()))[0] == "212"
    assert client.last is not None
    assert client.last.sync_hdr.cred is not None
    assert client.last.sync_hdr.cred.meta is not None
    assert client.last.sync_hdr.cred.meta.type == AuthType.BASIC


def test_another_type_than_asked_for_ends_the_session_even_when_right(bed: Bed) -> None:
    client = bed.client()
    client.begin()
    assert codes(client.begin(cred=basic_cred()))[0] == "401"
    assert bed.outcome is Outcome.DEVICE_NOT_AUTHENTICATED


def test_another_type_sent_unasked_is_challenged(bed: Bed) -> None:
    client = bed.client()
    assert codes(client.begin(cred=basic_cred()))[0] == "401"
    assert codes(client.begin(cred=md5_cred(client.nonce)))[0] == "212"


def test_a_digest_sent_raw(bed: Bed) -> None:
    import base64

    raw = base64.b64decode(md5(USER, PASSWORD, FIRST_NONCE))
    cred = dm.Cred(dm.Meta(type=AuthType.MD5), raw)
    assert codes(bed.client().begin(cred=cred))[0] == "212"


def test_status_200_asks_for_credentials_in_each_message() -> None:
    bed = Bed(ServerSettings(every_message=True))
    bed.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    client = bed.client()
    assert codes(client.begin(cred=md5_cred(FIRST_NONCE)))[0] == "200"
    # Without: the package counts for nothing, and has to be repeated.
    reply = client.answer(header=212)
    assert codes(reply)[0] == "407"
    client.last = decode(encode(reply, Encoding.WBXML), None)[0]
    assert bed.server.sessions[-1].answers == []
    status = dm.Status("", "1", "4", "Get", data="404")
    reply = client.send(client.message(status, cred=md5_cred(client.nonce)))
    assert codes(reply)[0] == "200"
    assert [a.status for a in bed.server.sessions[-1].answers] == [404]
    assert [type(c).__name__ for c in sent(reply)] == ["Exec"]
    client.answer(cred=md5_cred(client.nonce))
    assert bed.outcome is Outcome.FINISHED


def test_an_account_without_client_credentials() -> None:
    bed = Bed(accounts={DEVICE_ID: account(client=False)})
    bed.server.queue(commands({"get": "./A"}))
    reply = bed.client().begin()
    assert codes(reply)[0] == "200"
    assert len(sent(reply)) == 1


# Authentication of the server


def server_cred(message: dm.SyncML) -> str | None:
    cred = message.sync_hdr.cred
    return None if cred is None else dm.text(cred.data)


def expected_cred(nonce_: bytes) -> str:
    return md5(SERVER, SERVER_PASSWORD, nonce_)


def test_the_server_presents_itself_until_212(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}, {"exec": "./B"}))
    client = bed.client()
    reply = client.begin(cred=md5_cred(FIRST_NONCE))
    assert server_cred(reply) == expected_cred(FIRST_SERVER_NONCE)
    assert reply.sync_hdr.source.loc_name == SERVER
    reply = client.answer(header=212)
    assert reply.sync_hdr.cred is None
    assert reply.sync_hdr.source.loc_name is None
    assert bed.server.sessions[-1].server_authenticated


def test_the_server_answers_the_devices_challenge_and_repeats_its_commands(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    reply = client.answer(header=401, status=lambda _: 401, chal=fresh_chal(b"fresh"))
    assert server_cred(reply) == expected_cred(b"fresh")
    assert [type(c).__name__ for c in sent(reply)] == ["Get"]
    assert batch.answers == []
    client.answer(header=212, values={"./A": "a"})
    assert [(a.status, a.value) for a in batch.answers] == [(200, "a")]
    assert [(e.who, e.status) for e in bed.told(Challenged) if isinstance(e, Challenged)] == [("server", 401)]
    assert [e.who for e in bed.told(Authenticated) if isinstance(e, Authenticated)] == ["device", "server"]


def test_the_devices_challenge_may_come_with_the_repeated_package_1(bed: Bed) -> None:
    client = bed.client()
    bed.server.queue(commands({"get": "./A"}))
    client.begin()
    ask = dm.Status("", "1", "0", "SyncHdr", chal=fresh_chal(b"mine"), data="407")
    reply = client.begin(ask, cred=md5_cred(client.nonce))
    assert server_cred(reply) == expected_cred(b"mine")


def test_the_devices_next_nonce_is_kept_for_the_next_session(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    client.answer(header=212, chal=fresh_chal(b"next time"))
    again = bed.client("2")
    reply = again.begin(cred=md5_cred(client.nonce))
    assert server_cred(reply) == expected_cred(b"next time")


def test_a_nonce_from_a_stranger_is_not_kept(bed: Bed) -> None:
    stranger = bed.client("66")
    status = dm.Status("", "1", "0", "SyncHdr", chal=fresh_chal(b"evil"), data="401")
    stranger.begin(status, cred=md5_cred(b"guess"))
    reply = bed.client("2").begin(cred=md5_cred(FIRST_NONCE))
    assert server_cred(reply) == expected_cred(FIRST_SERVER_NONCE)


def test_a_device_that_never_accepts_the_server(bed: Bed) -> None:
    batch = bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    for octets in (b"one", b"two"):
        reply = client.answer(header=401, status=lambda _: 401, chal=fresh_chal(octets))
        assert len(sent(reply)) == 1
    reply = client.answer(header=401, status=lambda _: 401, chal=fresh_chal(b"three"))
    assert sent(reply) == []
    assert bed.outcome is Outcome.SERVER_NOT_AUTHENTICATED
    assert batch.answers[0].status == 401


@pytest.mark.parametrize("kind", [AuthType.BASIC, "syncml:auth-unheard-of"])
def test_a_device_that_asks_for_another_type(bed: Bed, kind: str) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    client.answer(header=401, chal=fresh_chal(b"x", kind), status=lambda _: 401)
    assert bed.outcome is Outcome.SERVER_NOT_AUTHENTICATED


def test_present_when_challenged() -> None:
    bed = Bed(ServerSettings(present=Present.CHALLENGED))
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    assert client.begin(cred=md5_cred(FIRST_NONCE)).sync_hdr.cred is None
    reply = client.answer(header=407, status=lambda _: 407, chal=fresh_chal(b"please"))
    assert server_cred(reply) == expected_cred(b"please")


def test_present_never() -> None:
    bed = Bed(ServerSettings(present=Present.NEVER))
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    assert client.begin(cred=md5_cred(FIRST_NONCE)).sync_hdr.cred is None
    reply = client.answer(header=407, status=lambda _: 407, chal=fresh_chal(b"please"))
    assert reply.sync_hdr.cred is None
    assert bed.outcome is Outcome.SERVER_NOT_AUTHENTICATED


def test_server_200_means_credentials_in_each_message_with_the_new_nonce(bed: Bed) -> None:
    bed.server.queue(commands({"exec": "./A"}, {"exec": "./B"}))
    client = bed.client()
    client.begin(cred=md5_cred(FIRST_NONCE))
    reply = client.answer(header=200, chal=fresh_chal(b"second"))
    assert server_cred(reply) == expected_cred(b"second")
    reply = client.answer(header=200, chal=fresh_chal(b"third"))
    assert server_cred(reply) == expected_cred(b"third")
    assert bed.outcome is Outcome.FINISHED


def test_what_a_stranger_says_about_the_server_does_not_count(bed: Bed) -> None:
    bed.server.queue(commands({"get": "./A"}))
    client = bed.client()
    client.begin(dm.Status("", "1", "0", "SyncHdr", data="513"))
    reply = client.begin(dm.Status("", "1", "0", "SyncHdr", data="212"), cred=md5_cred(b"wrong"))
    assert codes(reply)[0] == "401"
    reply = client.begin(cred=md5_cred(client.nonce))
    assert server_cred(reply) == expected_cred(FIRST_SERVER_NONCE)
    assert len(sent(reply)) == 1


def test_a_server_that_presented_nothing_is_not_called_authenticated() -> None:
    bed = Bed(ServerSettings(present=Present.NEVER))
    bed.server.queue(commands({"get": "./A"}))
    bed.managed().answer(header=212)
    assert not bed.server.sessions[-1].server_authenticated
