from __future__ import annotations

import pytest

from simulator.codes import alert, mime, status, wbxml
from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode


def test_a_status_code_is_an_int_with_a_meaning() -> None:
    assert StatusCode.NOT_FOUND == 404
    assert StatusCode(418).name == "ALREADY_EXISTS"
    assert StatusCode(418).meaning == "already exists"
    assert str(int(StatusCode.OK)) == "200"


def test_the_meaning_of_what_a_peer_wrote() -> None:
    assert status.meaning("425") == "permission denied"
    assert status.meaning("two hundred") == status.meaning("299") == "no status code of the standard"
    assert status.meaning("200") == status.meaning("200", "Get") == "OK"
    assert status.meaning("200", "SyncHdr") == "OK: authenticated for this message"
    assert "the user said no" in status.meaning("304", "Alert")
    assert alert.meaning(1230) == "sessionless report"
    assert alert.meaning("1221") == "no alert code of DM"  # a data synchronisation alert


def test_the_alerts_that_a_person_answers() -> None:
    assert set(alert.USER_INTERACTION) == {AlertCode(code) for code in range(1100, 1105)}


@pytest.mark.parametrize(
    ("text", "media_type", "parameters"),
    [
        ("application/vnd.syncml.dm+wbxml", mime.DM_WBXML, {}),
        (" Application/VND.syncml.dm+xml ; charset = utf-8", mime.DM_XML, {"charset": "utf-8"}),
        ('a/b;MAC="01;\\"2";sec=NETWPIN', "a/b", {"mac": '01;"2', "sec": "NETWPIN"}),
        ("a/b; ; nonsense; q=", "a/b", {"q": ""}),
        ("", "", {}),
    ],
)
def test_a_media_type_taken_apart(text: str, media_type: str, parameters: dict[str, str]) -> None:
    assert mime.parse_media_type(text) == (media_type, parameters)


@pytest.mark.parametrize(
    ("page", "name", "token"),
    [
        # First, last and some in the middle of each page (SyncML RepPro §9, MetInfo §6, TND §9).
        (wbxml.SYNCML, "Add", 0x05),
        (wbxml.SYNCML, "Replace", 0x20),
        (wbxml.SYNCML, "SyncML", 0x2D),
        (wbxml.SYNCML, "VerDTD", 0x31),
        (wbxml.SYNCML, "Correlator", 0x3C),
        (wbxml.METINF, "Anchor", 0x05),
        (wbxml.METINF, "NextNonce", 0x10),
        (wbxml.METINF, "FieldLevel", 0x16),
        (wbxml.DMDDF, "AccessType", 0x05),
        (wbxml.DMDDF, "MgmtTree", 0x20),
        (wbxml.DMDDF, "Node", 0x24),
        (wbxml.DMDDF, "node", 0x25),
        (wbxml.DMDDF, "Value", 0x36),
        (wbxml.DMDDF, "ZeroOrOne", 0x3C),
    ],
)
def test_tokens(page: int, name: str, token: int) -> None:
    assert wbxml.TOKENS[page][name] == token
    assert wbxml.NAMES[page][token] == name


def test_the_reserved_token_has_no_name() -> None:
    assert 0x30 not in wbxml.NAMES[wbxml.SYNCML]
