"""The Flask application around a DM server: one POST, one reply (DM HTTP Binding §5.3); a GET for a bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from hil.server.engine import Reply
from hil.server.offer import PATHS, Offer

Receive = Callable[[bytes, str | None, Mapping[str, str], str], Reply]
"""A request's body, Content-Type, headers and path in, the reply out. Called from several threads."""

MAX_BODY = 1024 * 1024
"""Bytes of a request. Chunked bodies, which do not tell their size, are counted as they come."""


CHUNK = 512
"""Bytes in each chunk of an answer in chunks: so few that a message of some size has several."""


def create_app(
    receive: Receive,
    *,
    max_body: int = MAX_BODY,
    chunked: bool = False,
    offer: Callable[[], Offer | None] = lambda: None,
) -> Flask:
    """A DM server at every path: which one a device posts to is its account's business.

    ``offer``: the bootstrap message that a GET is answered with; None: there is none.
    """
    app = Flask(__name__, static_folder=None)
    # One more than is taken: of a chunked body, werkzeug reads so much and leaves the rest without a word.
    app.config["MAX_CONTENT_LENGTH"] = max_body + 1

    @app.route("/", defaults={"path": ""}, methods=["POST"])
    @app.route("/<path:path>", methods=["POST"])
    def message(path: str) -> Response:
        body = request.get_data(cache=False)
        if len(body) > max_body:
            raise RequestEntityTooLarge
        reply = receive(body, request.headers.get("Content-Type"), dict(request.headers), request.path)
        # What does not tell its length is sent in chunks to a client of HTTP/1.1.
        pieces = (reply.body[at : at + CHUNK] for at in range(0, len(reply.body), CHUNK))
        return Response(
            pieces if chunked else reply.body,
            status=reply.status,
            headers=reply.headers.items(),
            content_type=reply.content_type,
        )

    def bootstrap() -> Response:
        found = offer()
        if found is None:
            return Response("there is no bootstrap here\n", 404, content_type="text/plain; charset=utf-8")
        return Response(found.body, headers=found.headers.items(), content_type=found.content_type)

    for path in PATHS:
        app.add_url_rule(path, path, bootstrap, methods=["GET"])

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        """A sentence instead of a page: the reader is a developer with curl, or a log."""
        answer = Response(f"{error.description}\n", status=error.code, content_type="text/plain; charset=utf-8")
        if error.code == 405:
            answer.headers["Allow"] = "POST"
            answer.set_data("a DM message is sent with POST\n")
        elif error.code == 413:
            answer.set_data(f"a request has at most {max_body} bytes\n")
        return answer

    return app
