"""``/embed`` and ``/web``: what a shop's page needs to show an asset."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from arviz.core.errors import NotFoundError
from arviz.core.resources import resource
from arviz.flows.embed import FIRST_FRAMES, SCRIPT, WEB_FILES, embed_page, embed_record, embed_snippet
from arviz.flows.embed_words import LANGUAGES
from arviz.flows.thumbnail import PRESETS
from arviz.service.access import BaseUrl
from arviz.service.assets import asset_links, asset_record, device_picture
from arviz.service.blobs import SHOWN_ANYWHERE
from arviz.service.parts import Open, Parts
from arviz.service.picture_address import PictureRequest
from arviz.service.signing import sign

router = APIRouter(tags=["embed"])
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self' blob: data:; base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy of a page with `<ar-view>`: scripts, pictures and models of this service, and nothing from elsewhere.

WebAssembly is the decoder of meshopt that model-viewer has within itself, and prepares wherever it is loaded.
"""
_START = {"start.js": ("assets", "web", "start.js")}
_A_DAY = "public, max-age=86400"


@router.get("/embed/{asset}.json", summary="What <ar-view> reads of an asset")
def record(asset: str, parts: Open, base: BaseUrl) -> Response:
    """Return the record ``arviz.embed/1``: name, size in millimetres with its sigma, variants, hotspots and signed links."""
    return JSONResponse(_record(parts, asset, base), headers={"Cache-Control": "public, max-age=300", **SHOWN_ANYWHERE})


@router.get("/embed/{asset}", summary="A page that shows an asset", response_class=HTMLResponse)
def page(
    asset: str,
    parts: Open,
    base: BaseUrl,
    lang: Annotated[str, Query(pattern=f"^({'|'.join(LANGUAGES)})$", description="Language of the page.")] = "en",
) -> Response:
    """Return a page with the element and its snippet; it may stand in a frame of any page."""
    found = _record(parts, asset, base)
    snippet = embed_snippet(found, asset=f"{base}/embed/{asset}.json", script=f"{base}/web/{SCRIPT}", lang=lang)
    return HTMLResponse(
        embed_page(found, snippet, lang=lang), headers={"Content-Security-Policy": POLICY, "Cache-Control": "public, max-age=300"}
    )


@router.get("/web/{name}", summary="The element <ar-view> and what it loads", response_class=FileResponse)
def web(name: str) -> Response:
    """Return ``ar-view.js``, the 3D viewer that it loads on demand, or its light."""
    place = _START.get(name) or WEB_FILES.get(name)
    if place is None:
        raise NotFoundError("E_NOT_FOUND", "there is no such file", expected=", ".join(WEB_FILES), found=name[:60])
    return FileResponse(resource(*place), headers={"Cache-Control": _A_DAY, **SHOWN_ANYWHERE})


@router.get("/", include_in_schema=False)
def start() -> Response:
    """Return the page on which a file can be tried, and that lists the requests; a key is typed there: nobody may frame it."""
    headers = {"Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'", "Cache-Control": "no-cache"}
    return FileResponse(resource("assets", "web", "start.html"), headers=headers)


def _record(parts: Parts, asset: str, base: str) -> dict[str, Any]:
    found = asset_record(parts, asset)
    shown = {device: _first_frame(asset, device) if device in FIRST_FRAMES else device_picture(asset, device) for device in PRESETS}
    links = asset_links(parts, asset, found, pictures=shown)
    posters = {name: sign(_first_frame(asset, "desktop", variant=name).path(), secret=parts.secret) for name in found["variants"]}
    whole = [{name: base + path for name, path in paths.items()} for paths in (links, posters)]
    return embed_record(found, name=found["name"], links=whole[0], posters=whole[1])


def _first_frame(asset: str, device: str, *, variant: str = "") -> PictureRequest:
    """Return what the viewer shows first."""
    preset = PRESETS[device]
    return PictureRequest(asset=asset, ending="webp", width_px=preset.width_px, height_px=preset.height_px, variant=variant)
