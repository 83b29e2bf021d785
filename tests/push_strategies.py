"""Pushes and notifications of every kind, for property tests."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from simulator.codes.wsp import PduType
from simulator.notification import options
from simulator.notification.model import Format, Initiator, Notification, Option, UIMode
from simulator.push.wsp import Push

NOTIFICATION_12 = "application/vnd.syncml.notification"
NOTIFICATION_13 = "application/vnd.syncml.dm.notification"
DM_WBXML = "application/vnd.syncml.dm+wbxml"

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])).filter(
    lambda text: not text or ord(text[0]) > 0x1F
)
dates = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda when: when.replace(microsecond=0)
)
tokens = st.text("abcXYZ-09", min_size=1).map(lambda text: "Z-" + text)
headers = st.one_of(
    st.tuples(st.sampled_from(["X-Wap-Initiator-URI", "Server", "Content-ID", "Encoding-Version"]), texts),
    st.tuples(
        st.sampled_from(["X-Wap-Application-Id", "Push-Flag", "Content-Length", "Bearer-Indication"]),
        st.integers(0, 2**200) | texts,
    ),
    st.tuples(st.sampled_from(["Date", "Expires"]), dates),
    st.tuples(tokens, texts),
    st.tuples(
        st.sampled_from(["3:0x00", "3:0x7F", "200:0x10"]), st.binary(max_size=5).map(lambda b: bytes([len(b)]) + b)
    ),
)
parameters = st.one_of(
    st.tuples(st.just("charset"), st.integers(0, 2**31) | texts),
    st.tuples(st.just("SEC"), st.integers(0, 127)),
    st.tuples(st.just("MAC"), texts),
    st.tuples(st.sampled_from(["name", "filename", "start"]), texts.filter(lambda text: not text.startswith('"'))),
    st.tuples(tokens, st.integers(0, 2**31)),
)
media_types = st.sampled_from(
    [NOTIFICATION_12, NOTIFICATION_13, DM_WBXML, "application/vnd.syncml+xml", "x/y", "0x7F"]
)
pushes = st.builds(
    Push,
    media_types,
    st.binary(),
    st.lists(parameters, max_size=4),
    st.lists(headers, max_size=6),
    st.integers(0, 255),
    st.sampled_from([PduType.PUSH, PduType.CONFIRMED_PUSH]),
)


server_ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@st.composite
def options_13(draw: st.DrawFn) -> list[Option]:
    drawn = []
    for number in sorted(draw(st.lists(st.integers(2, 15), max_size=8))):
        row = options.OPTIONS.get(number)
        if row is not None and not row.repeats and any(option.number == number for option in drawn):
            continue
        smallest, largest = (row.smallest, min(row.largest, 40)) if row else (0, 40)
        drawn.append(Option(number, draw(st.binary(min_size=smallest, max_size=largest))))
    return drawn


modes, initiators, ids = st.sampled_from(UIMode), st.sampled_from(Initiator), st.integers(0, 0xFFFF)
notifications_12 = st.builds(
    Notification, server_ids, ids, modes, initiators, st.just(Format.DM_1_2), st.just(11), st.binary(max_size=40)
)
notifications_13 = st.builds(
    Notification,
    server_ids,
    ids,
    modes,
    initiators,
    version=st.just(1),
    timestamp=st.none() | st.integers(1, 2**32 - 1).map(lambda s: datetime.fromtimestamp(s, UTC)),
    timeout_days=st.none() | st.integers(1, 255),
    options=options_13(),
    hash_name=st.sampled_from([None, "md5", "sha256"]),
)
