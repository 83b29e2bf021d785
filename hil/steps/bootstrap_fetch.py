"""``server.offer_bootstrap``, ``device.bootstrap_url``: a bootstrap that the device fetches with HTTPS GET."""

from __future__ import annotations

from typing import Literal

from hil.device.contract import Fetching
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.contract import Networked
from hil.server.offer import Offer
from hil.steps.bootstrap_push import SignedBootstrap


class OfferBootstrap(SignedBootstrap):
    """From now on the server answers a GET for a bootstrap with the account; without this step, with 404."""

    short = "mac"
    needs = frozenset({"server.transport"})

    mac: Literal["none", "right", "wrong", "withdrawn"] = "none"
    """A MAC is needed over plain HTTP only. ``withdrawn``: there is no bootstrap any more."""


@step("server.offer_bootstrap", OfferBootstrap)
def offer_bootstrap(run: Run, wanted: OfferBootstrap) -> None:
    server = run.part("server", Networked)
    if wanted.mac == "withdrawn":
        server.offer(None)
        return
    body, content_type = wanted.message(run), wanted.media_type()
    if wanted.mac != "none":
        content_type += f"; SEC={wanted.sec}; MAC={wanted.mac_of(run, body, right=wanted.mac == 'right')}"
    server.offer(Offer(body, content_type))


class BootstrapUrl(StepModel):
    """Where the device looks for a bootstrap when it is switched on without an account: the rig's own server, or
    this URL; ``none`` for nowhere but where a Bootstrap Config object in its tree says."""

    short = "url"
    needs = frozenset({"device.bootstrap_url"})

    url: str | None = None


@step("device.bootstrap_url", BootstrapUrl)
def bootstrap_url(run: Run, wanted: BootstrapUrl) -> None:
    url = run.bench.variables().get("server.bootstrap_url") if wanted.url is None else wanted.url
    run.part("device", Fetching).bootstrap_from(None if url == "none" else url)
