"""Answers that are blobs: whole or in ranges, with the validator that their hash is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from arviz.core.errors import NotFoundError
from arviz.jobs.perform import MAGIC
from arviz.jobs.store import Store

TYPES = {
    "glb": "model/gltf-binary",
    "usdz": "model/vnd.usdz+zip",
    "webp": "image/webp",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "webm": "video/webm",
    "mp4": "video/mp4",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}
"""Ending -> media type of what jobs make; anything else is only ever downloaded."""
FOR_EVER = "public, max-age=31536000, immutable"
SHOWN_ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
ONLY_SHOWN = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
"""An SVG or HTML of ours that is opened by itself runs nothing."""
_HEAD_BYTES = 16
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


async def blob_answer(request: Request, store: Store, blob_id: str, *, ending: str = "", headers: Mapping[str, str]) -> Response:
    """Return a blob, or the one range of it that is asked for (RFC 9110, section 14).

    Parameters
    ----------
    ending : str
        What it is, see `TYPES`; default: what its first bytes tell.

    Raises
    ------
    NotFoundError
        ``E_NOT_FOUND``: the store holds it no more.
    """
    size = await run_sync(store.size, blob_id)
    if size is None:
        raise NotFoundError("E_NOT_FOUND", "this file is not here any more", found=blob_id, hint="Make it again.")
    ending = ending or await run_sync(_ending, store, blob_id)
    told = {
        "Content-Type": TYPES.get(ending, "application/octet-stream"),
        "ETag": f'"{blob_id[7:39]}"',
        "Accept-Ranges": "bytes",
        **headers,
    }
    if request.headers.get("if-none-match") in (told["ETag"], "*"):
        return Response(status_code=304, headers=told)
    if request.method == "HEAD":  # nothing is read for it
        return Response(headers={**told, "Content-Length": str(size)})
    span = _span(request.headers.get("range"), size) if request.headers.get("if-range", told["ETag"]) == told["ETag"] else None
    if span is None:
        return StreamingResponse(store.stream(blob_id), headers={**told, "Content-Length": str(size)})
    start, end = span
    if start >= end:
        return Response(status_code=416, headers={**told, "Content-Range": f"bytes */{size}"})
    told |= {"Content-Range": f"bytes {start}-{end - 1}/{size}", "Content-Length": str(end - start)}
    return StreamingResponse(store.stream(blob_id, start=start, end=end), status_code=206, headers=told)


def _ending(store: Store, blob_id: str) -> str:
    head = b"".join(store.stream(blob_id, start=0, end=_HEAD_BYTES))
    return next((ending.removeprefix(".") for ending, begins in MAGIC.items() if head.startswith(begins)), "")


def _span(header: str | None, size: int) -> tuple[int, int] | None:
    """Return first and one after last byte of a range, None for all: of several ranges, or what is no range, all is sent."""
    found = _RANGE.fullmatch(header or "")
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
