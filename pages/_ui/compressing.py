"""Answers in JSON travel compressed: a page's layout is a lot of text that says the same again and again."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

FROM_BYTES = 2_000   # less is not worth it


def compress_json(server: Flask) -> None:
    """Compress what the server answers from now on, for browsers that can take it."""
    server.after_request(_compressed)


def _compressed(answer: Response) -> Response:
    fits = answer.mimetype == "application/json" and "gzip" in request.accept_encodings
    if not fits or answer.direct_passthrough or "Content-Encoding" in answer.headers:
        return answer
    if len(answer.get_data()) >= FROM_BYTES:
        answer.set_data(gzip.compress(answer.get_data(), compresslevel=1))
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers.add("Vary", "Accept-Encoding")
    return answer
