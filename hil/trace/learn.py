"""Learning the secrets of a run from its raw bytes, for exports that are written when it is over.

Whoever learns a secret while the run goes on tells the masker. This finds what nobody told: a card whose bootstrap
was refused, an account that a server added in a session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hil.trace.exchange import exchanges
from hil.trace.mask import Masker
from hil.trace.messages import secrets_of_message
from hil.trace.record import Record
from simulator.codes.apdu import Ins

READ_BINARY, GET_RESPONSE = bytes([Ins.READ_BINARY]), bytes([Ins.GET_RESPONSE])


def learn(records: Iterable[Record], masker: Masker) -> None:
    """Tell ``masker`` the account secrets in HTTP bodies and in the files that were read from cards."""
    records = list(records)
    messages = [record.data for record in records if record.kind == "http" and record.data]
    for message in dict.fromkeys([*messages, *files_read(records)]):
        for secret in secrets_of_message(message):
            masker.add(secret)


def files_read(records: Iterable[Record]) -> Iterator[bytes]:
    """What each run of READ BINARYs gave: a file, or a part of one, put together from its chunks."""
    files: dict[str, bytearray] = {}
    for exchange in exchanges(records):
        part, instruction = exchange.record.part, exchange.command[1:2]
        if instruction == READ_BINARY:
            files.setdefault(part, bytearray()).extend(exchange.response[:-2])
        elif instruction == GET_RESPONSE and part in files:
            # what a READ BINARY announced with 61xx
            files[part] += exchange.response[:-2]
        elif part in files:
            yield bytes(files.pop(part))
    yield from map(bytes, files.values())
