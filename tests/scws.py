"""A card with a web server, for tests: its image, and the card."""

from __future__ import annotations

from collections.abc import Callable

from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.tls.run import RunCertificates
from simulator.bootstrap.message import build as bootstrap
from simulator.objects.dmacc import AccountData

MESSAGE = bootstrap(AccountData("dm.example.com", "https://dm.example.com/dm"))
PATH = "/OMA/DM/Bootstrap.xml"


def image(
    message: bytes | None = MESSAGE, *, faults: dict[str, object] | None = None, **scws: object
) -> CardImage:
    served = {} if message is None else {"bootstrap": {"message": message.hex()}}
    return CardImage.model_validate(
        {
            "iccid": "8988211000000430051",
            "layout": {"application": "none"},
            "scws": {**served, **scws},
            "faults": {"scws": faults or {}},
        }
    )


def card(
    message: bytes | None = MESSAGE,
    *,
    certificates: RunCertificates | None = None,
    told: Callable[[str], None] | None = None,
    faults: dict[str, object] | None = None,
    **scws: object,
) -> Uicc:
    return build(image(message, faults=faults, **scws), certificates, told)
