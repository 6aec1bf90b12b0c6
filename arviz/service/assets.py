"""``/v1/assets`` and ``/a``: what `convert` jobs made, and the addresses by which pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from arviz.core.errors import NotFoundError
from arviz.flows.thumbnail import PRESETS
from arviz.jobs.kinds import is_output_id
from arviz.service.access import BaseUrl, Reader, Uploader
from arviz.service.addresses import model_endings
from arviz.service.blobs import FOR_EVER, SHOWN_ANYWHERE, blob_answer
from arviz.service.parts import Open, Parts
from arviz.service.picture_address import PictureRequest
from arviz.service.signing import check_signature, sign

router = APIRouter(tags=["assets"])


@router.get("/v1/assets", summary="The ids of all assets")
def every(
    parts: Open,
    key: Reader,
    after: Annotated[str, Query(max_length=26, description="The last id of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, list[str]]:
    """Return ids in the order of the alphabet."""
    del key
    return {"assets": sorted(name for name in parts.store.documents("assets") if name > after)[:limit]}


@router.get("/v1/assets/{asset}", summary="One asset")
def one(asset: str, parts: Open, key: Reader, base: BaseUrl) -> dict[str, Any]:
    """Return size in millimetres with its sigma, variants, anchors, the report, ``outputs`` and signed ``links``.

    `outputs` tells target, bytes, SHA-256, triangles and quality of each model file, `links` has its address: ``glb`` (the master),
    ``usdz``, ``web`` and other targets by name; and a picture per device.
    """
    del key
    record = asset_record(parts, asset)
    links = asset_links(parts, asset, record, pictures={device: device_picture(asset, device) for device in PRESETS})
    return {"id": asset, **record, "links": {name: base + path for name, path in links.items()}}


@router.delete("/v1/assets/{asset}", status_code=204, summary="Drop an asset")
async def delete(asset: str, request: Request, parts: Open, key: Uploader) -> Response:
    """Forget an asset. Its addresses end; its bytes go with the next sweep, unless another asset has the same."""
    del key
    await run_sync(asset_record, parts, asset)
    await run_sync(parts.store.delete_document, "assets", asset)
    request.app.state.pictures.forget(asset)
    return Response(status_code=204)


@router.head("/a/{signature}/{name}", include_in_schema=False)
@router.get("/a/{signature}/{name}", summary="An asset's file")
async def file(signature: str, name: str, request: Request, parts: Open) -> Response:
    """Return the GLB, USDZ or GLB of a target (``<asset>.web.glb``) of a signed address, whole or in ranges, to every page."""
    check_signature(f"/a/{name}", signature, secret=parts.secret)
    asset, _, ending = name.partition(".")
    record = await run_sync(asset_record, parts, asset)
    models = {ending: record["files"][file] for file, ending in model_endings(record["files"]).items()}
    if ending not in models:
        raise NotFoundError("E_NOT_FOUND", "this asset has no such file", where=asset, expected=", ".join(models), found=ending)
    headers = {"Cache-Control": FOR_EVER, **SHOWN_ANYWHERE}
    return await blob_answer(request, parts.store, models[ending], ending=ending.rpartition(".")[2], headers=headers)


def asset_record(parts: Parts, asset: str) -> dict[str, Any]:
    """Return what is known of an asset.

    Raises
    ------
    NotFoundError
        ``E_ASSET_NOT_FOUND``
    """
    record = parts.store.document("assets", asset) if is_output_id(asset) else None
    if record is None:
        raise NotFoundError("E_ASSET_NOT_FOUND", "there is no such asset", found=asset[:64], hint="A job of kind convert makes one.")
    return record


def asset_links(parts: Parts, asset: str, record: dict[str, Any], *, pictures: Mapping[str, PictureRequest]) -> dict[str, str]:
    """Return signed paths: of model files by what they are, and of `pictures` by name."""
    paths = {file: f"/a/{asset}.{ending}" for file, ending in model_endings(record["files"]).items()}
    paths |= {name: picture.path() for name, picture in pictures.items()}
    return {name: sign(path, secret=parts.secret) for name, path in paths.items()}


def device_picture(asset: str, device: str) -> PictureRequest:
    """Return the picture of an asset that suits a device."""
    return PictureRequest(asset=asset, ending=PRESETS[device].suffixes[0].removeprefix("."), device=device)
