"""``/v1/uploads``: large files in parts, taken up again where a connection was cut, by the tus protocol 1.0.0 (tus.io).

Core protocol with the extensions creation, creation-with-upload, checksum (sha1, sha256), expiration and termination; Uppy and
tus-js-client speak it. When the last byte is there the answer carries ``Arviz-Source: sha256:...``, and so does ``HEAD`` afterwards.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Annotated, Any, BinaryIO

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request, Response

from arviz.core.errors import ConflictError, InputError, LimitError
from arviz.formats.untrusted import clean_name
from arviz.jobs.scratch import locked
from arviz.jobs.store_address import write_whole
from arviz.service.access import Uploader
from arviz.service.bodies import pieces
from arviz.service.parts import Open, Parts
from arviz.service.problems import problem
from arviz.service.upload import Upload

router = APIRouter(tags=["uploads"])
_CHECKSUM_MISMATCH = 460
_HASHES = ("sha1", "sha256")
_VERSION = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}
_BODY = "application/offset+octet-stream"
Checksum = Annotated[str | None, Header(description="`sha256` or `sha1`, and base64.")]


@router.options("/v1/uploads", status_code=204, summary="What of tus is spoken here")
def options(parts: Open) -> Response:
    """Return version, extensions and the largest file in headers."""
    told = {
        "Tus-Version": "1.0.0",
        "Tus-Extension": "creation,creation-with-upload,checksum,expiration,termination",
        "Tus-Checksum-Algorithm": ",".join(_HASHES),
        "Tus-Max-Size": str(parts.settings.upload_bytes),
    }
    return Response(status_code=204, headers=_VERSION | told)


@router.post("/v1/uploads", status_code=201, summary="Begin an upload")
async def create(
    request: Request,
    parts: Open,
    key: Uploader,
    upload_length: Annotated[int, Header(ge=0, lt=10**15, description="Bytes of the whole file.")],
    upload_metadata: Annotated[str, Header(description="Pairs of a name and base64: `filename c29mYS5vYmo=`.")] = "",
    upload_checksum: Checksum = None,
) -> Response:
    """Begin a file of ``Upload-Length`` bytes; ``Upload-Metadata`` may hold its ``filename``. A body is its first part."""
    length = upload_length
    if length > parts.settings.upload_bytes:
        raise LimitError(
            "E_LIMIT_BODY", "the file is too large", expected=f"at most {parts.settings.upload_bytes:,} bytes", found=f"{length:,}"
        )
    name = clean_name(_metadata(upload_metadata).get("filename", ""))
    await run_sync(parts.quotas.take, key, "bytes", length)
    upload = await run_sync(lambda: Upload.begin(parts.settings.folder / "uploads", owner=key.id, name=name, length=length))
    status = 201
    if request.headers.get("content-type") == _BODY or length == 0:
        upload, status = await _append(request, parts, upload, given=0, checksum=upload_checksum, done=201)
    answer = _answer(upload, status)
    answer.headers["Location"] = f"/v1/uploads/{upload.id}"
    return answer


@router.head("/v1/uploads/{upload_id}", summary="How much of an upload is there")
def head(upload_id: str, parts: Open, key: Uploader) -> Response:
    """Return offset and length in headers."""
    upload = _opened(parts, upload_id, owner=key.id)
    if upload.offset == upload.length and not upload.source:  # the service ended, or its disk was full, before the last answer
        with _alone(upload):
            upload = _kept_if_whole(parts, _opened(parts, upload_id, owner=key.id))
    return _answer(upload, 200)


@router.patch("/v1/uploads/{upload_id}", status_code=204, summary="Send the next part")
async def patch(
    upload_id: str,
    request: Request,
    parts: Open,
    key: Uploader,
    upload_offset: Annotated[int, Header(ge=0, lt=10**15, description="Where the upload stands.")],
    upload_checksum: Checksum = None,
) -> Response:
    """Append the body at ``Upload-Offset``, which must be where the upload stands; ``Upload-Checksum`` is checked if given."""
    if request.headers.get("content-type") != _BODY:
        raise InputError(
            "E_UPLOAD_TYPE", "parts have a type of their own", expected=_BODY, found=request.headers.get("content-type", "none")
        )
    upload = await run_sync(lambda: _opened(parts, upload_id, owner=key.id))
    upload, status = await _append(request, parts, upload, given=upload_offset, checksum=upload_checksum, done=204)
    return _answer(upload, status)


@router.delete("/v1/uploads/{upload_id}", status_code=204, summary="Drop an upload")
def delete(upload_id: str, parts: Open, key: Uploader) -> Response:
    """Remove what is there of an upload that nobody writes just now; a source that it became stays."""
    upload = _opened(parts, upload_id, owner=key.id)
    with _alone(upload):
        upload.end()
    return Response(status_code=204, headers=_VERSION)


async def _append(request: Request, parts: Parts, upload: Upload, *, given: int, checksum: str | None, done: int) -> tuple[Upload, int]:
    """Write the body on; return the upload and the status. What came before a cut stays, unless it was to be checked."""
    digest, expected = _checked(checksum)
    with _alone(upload) as file:
        upload = await run_sync(lambda: _opened(parts, upload.id, owner=upload.owner))  # it may have become whole just before
        begun = at = upload.offset
        if given != at:
            raise ConflictError("E_UPLOAD_OFFSET", "the upload stands elsewhere", expected=at, found=given, hint="HEAD tells where.")
        whole = False
        try:
            async for chunk in pieces(request):
                at += len(chunk)
                if at > upload.length:
                    raise ConflictError(
                        "E_UPLOAD_LENGTH", "more bytes than were announced", expected=f"{upload.length:,}", found=f"{at:,} and more"
                    )
                digest.update(chunk)
                await run_sync(functools.partial(write_whole, file, chunk, where=upload.id))
            whole = True
        finally:
            if expected is not None and not (whole and digest.digest() == expected):
                await run_sync(upload.cut, begun)
        if expected is not None and digest.digest() != expected:
            return upload, _CHECKSUM_MISMATCH
        return await run_sync(_kept_if_whole, parts, upload), done


def _kept_if_whole(parts: Parts, upload: Upload) -> Upload:
    """Make a source of an upload that has all its bytes."""
    if upload.source or upload.offset < upload.length:
        return upload
    return upload.became(parts.store.put(upload.folder / "part").id)


@contextmanager
def _alone(upload: Upload) -> Iterator[BinaryIO]:
    """Open an upload for writing, against a second writer in any process: a client that was cut off comes back before we notice."""
    with upload.append() as file:
        if not locked(file):
            raise ConflictError("E_UPLOAD_BUSY", "another request writes this upload", hint="Try again in a few seconds.")
        yield file


def _opened(parts: Parts, upload_id: str, *, owner: str) -> Upload:
    return Upload.open(parts.settings.folder / "uploads", upload_id, owner=owner)


def _answer(upload: Upload, status: int) -> Response:
    if status == _CHECKSUM_MISMATCH:
        error = InputError("E_UPLOAD_CHECKSUM", "the part is not what its checksum says", hint="Send it again.")
        answer: Response = problem(error, status=_CHECKSUM_MISMATCH)
    else:
        answer = Response(status_code=status)
    told = {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": formatdate(upload.expires, usegmt=True),
    }
    answer.headers.update(_VERSION | told | ({"Arviz-Source": upload.source} if upload.source else {}))
    return answer


def _metadata(header: str) -> dict[str, str]:
    """Return ``Upload-Metadata``: pairs of a key and base64 text."""
    found = {}
    for pair in filter(None, (part.strip() for part in header[:8192].split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except ValueError:
            raise InputError(
                "E_UPLOAD_HEADER", "a header of tus is wrong", where="upload-metadata", expected="base64 of UTF-8", found=value[:40]
            ) from None
    return found


def _checked(header: str | None) -> tuple[Any, bytes | None]:
    """Return a hash to feed and the value of ``Upload-Checksum`` that it should end at, None where nothing is to be checked."""
    if header is None:
        return hashlib.sha1(usedforsecurity=False), None
    name, _, value = header.partition(" ")
    try:
        expected = base64.b64decode(value, validate=True)
    except ValueError:
        expected = b""
    if name not in _HASHES or not expected:
        raise InputError(
            "E_UPLOAD_HEADER",
            "a header of tus is wrong",
            where="upload-checksum",
            expected=f"{' or '.join(_HASHES)} and base64",
            found=header[:60],
        )
    return hashlib.new(name, usedforsecurity=False), expected
