"""``PUT /v1/sources``: the bytes of a product, a photo or a scan, kept under their hash."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from arviz.formats.untrusted import clean_name
from arviz.service.access import Uploader
from arviz.service.bodies import pieces
from arviz.service.parts import Open

router = APIRouter(tags=["sources"])


class Source(BaseModel):
    """Bytes that the service keeps."""

    source: str = Field(description="`sha256:` and the hash: what a job's input names.")
    bytes: int
    name: str = Field(description="The file's name as plain text; it is told again with what is made of it, and used for nothing else.")


@router.put("/v1/sources", status_code=201, response_model=Source, summary="Upload a file")
async def put_source(
    request: Request,
    parts: Open,
    key: Uploader,
    name: Annotated[str, Query(max_length=400, description="The file's name; its ending says what it is.")],
) -> Source:
    """Keep the body of the request as it is. Nothing in it is read here; a job reads it, contained.

    The same bytes give the same `source`, however often they are sent.
    """
    writer = await run_sync(parts.store.writer)
    try:
        async for piece in pieces(request):
            await run_sync(writer.write, piece)
        await run_sync(parts.quotas.take, key, "bytes", writer.received_bytes)
        blob = await run_sync(writer.finish)
    finally:
        await run_sync(writer.close)
    return Source(source=blob.id, bytes=blob.bytes, name=clean_name(name))
