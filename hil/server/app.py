"""The Flask application around a DM server: one POST, one reply (DM HTTP Binding §5.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from hil.server.engine import Reply

Receive = Callable[[bytes, str | None, Mapping[str, str], str], Reply]
"""A request's body, Content-Type, headers and path in, the reply out. Called from several threads."""

MAX_BODY = 1024 * 1024
"""Bytes of a request. Chunked bodies, which do not tell their size, are counted as they come."""


def create_app(receive: Receive, *, max_body: int = MAX_BODY) -> Flask:
    """A DM server at every path: which one a device posts to is its account's business."""
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
        return Response(
            reply.body, status=reply.status, headers=reply.headers.items(), content_type=reply.content_type
        )

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
