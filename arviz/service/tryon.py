"""``POST /v1/tryon``: a recipe on the people in a photo, or on landmarks in its place. Off unless the service was told to; nothing is kept.

What was sent comes in a request, is worked on in the sandbox, whose folder is memory, and what is made goes back in the answer. It is no
job: no table, no store and no log ever holds it.
"""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter
from pydantic import BaseModel, Field

from arviz.core.errors import DependencyError, InputError
from arviz.jobs.kinds import KINDS
from arviz.jobs.options import LandmarkOptions, TryOnOptions
from arviz.jobs.tryon import TryOn
from arviz.service.access import Mirror
from arviz.service.assets import asset_record
from arviz.service.blobs import TYPES
from arviz.service.keys import Key
from arviz.service.parts import Open, Parts

router = APIRouter(tags=["try-on"])
MOST_AT_ONCE = 8
"""Requests that wait for the one process that works on them: all of their photos are in memory."""
PHOTO_BYTES = 16 * 2**20
_TO_TIDY_S = 10.0
"""The sandbox ends what takes too long and removes its photo; only then does the engine end the sandbox's process, which cannot."""
_DATA_URL = re.compile(r"^data:image/[a-z.+-]{1,20};base64,")
"""What stands before the base64 that a canvas or a FileReader makes of a picture."""
_GLASSES: Any = Field(
    "", pattern=r"^([a-z2-7]{26})?$", description="The asset that the glasses of the recipe are; their uri is `glasses.glb`."
)
_REPORT: Any = Field(description="arviz.tryon.report/1: scale, pupillary distance, fit and shade, each with its sigma.")
_CONSENT: Any = Field(description="Where people are told what was done; empty where the service was given no such address.")


class TryOnRequest(TryOnOptions):
    """A photo, and what is tried on."""

    photo: str = Field(
        max_length=PHOTO_BYTES * 4 // 3 + 64,
        repr=False,
        description="The photo as base64, or as a data URL: JPEG, PNG or WebP, up to 16 MiB.",
    )
    glasses: str = _GLASSES


class TryOnAnswer(BaseModel):
    """The picture, and what was measured."""

    picture: str = Field(repr=False, description="As base64.")
    type: str = Field(description="Media type of the picture.")
    report: dict[str, Any] = _REPORT
    consent: str = _CONSENT


class LandmarksRequest(LandmarkOptions):
    """The landmarks of a face, and what is tried on."""

    glasses: str = _GLASSES


class LandmarksAnswer(BaseModel):
    """What goes over the photo, and what was measured."""

    overlay: str | None = Field(repr=False, description="The glasses: a PNG of the photo's size with alpha, as base64; null without any.")
    makeup: list[dict[str, Any]] = Field(
        description="Each layer as in the recipe, first below: `mask`, a grey PNG as base64 whose corner is at `left`, `top`; the numbers "
        "`brdf` of arviz.brdf/1; `beside`, the landmarks of skin that is lit alike."
    )
    camera_from_head: list[list[float]] = Field(description="Where the head is: 4 x 4, metres, x right, y down, z forward.")
    head_from_glasses: list[list[list[float]]] = Field(description="Where each pair of glasses sits on it: 4 x 4 each.")
    report: dict[str, Any] = _REPORT
    consent: str = _CONSENT


@router.post("/v1/tryon", response_model=TryOnAnswer, summary="Try a recipe on")
async def try_on(asked: TryOnRequest, parts: Open, key: Mirror) -> TryOnAnswer:
    """Put make-up or glasses on the people in a photo and return the picture. Nothing of it is kept or logged.

    Needs a key with the scope ``tryon``, and a service that was started with ``--tryon``.
    """
    files, made = await _worked(parts, key, "tryon", asked, photo=asked.photo)
    picture = base64.b64encode(files["picture"]).decode()
    return TryOnAnswer(picture=picture, type=TYPES[asked.format], report=made["report"], consent=parts.settings.consent_url)


@router.post("/v1/tryon/landmarks", response_model=LandmarksAnswer, summary="Try a recipe on without a photo")
async def try_on_landmarks(asked: LandmarksRequest, parts: Open, key: Mirror) -> LandmarksAnswer:
    """Return what goes over a photo that stays where it was taken. Nothing of the landmarks is kept or logged.

    Glasses come as a picture that is drawn over the photo, in a light that is only likely. Make-up comes as masks and numbers: its shade
    follows from the skin, which the photo alone shows. Needs what ``POST /v1/tryon`` needs.
    """
    files, made = await _worked(parts, key, "landmarks", asked)
    overlay = base64.b64encode(files["overlay"]).decode() if "overlay" in files else None
    return LandmarksAnswer(overlay=overlay, consent=parts.settings.consent_url, **made)


async def _worked(
    parts: Parts, key: Key, kind: Literal["tryon", "landmarks"], asked: TryOnRequest | LandmarksRequest, *, photo: str = ""
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the pictures and the rest of what the process makes that puts things on people."""
    if parts.trying is None:
        hint = "Who runs the service starts it with --tryon, after a look at what the law asks for where the people live."
        raise DependencyError("E_TRYON_OFF", "this service takes neither photos of people nor landmarks", hint=hint)
    if asked.glasses:
        await run_sync(asset_record, parts, asked.glasses)
    elif _has_glasses(asked.recipe):
        hint = "Convert their file with a job of kind convert; their `uri` in the recipe is glasses.glb."
        raise InputError("E_RECIPE_FILE", "nothing says which glasses", where="glasses", expected="the id of their asset", hint=hint)
    try:
        decoded = base64.b64decode(_DATA_URL.sub("", photo, count=1), validate=True)
    except ValueError:
        raise InputError("E_BASE64", "the photo is not base64", where="photo", expected="base64, or a data URL of it") from None
    options = asked.model_dump(mode="json", exclude={"photo", "glasses"})
    task = TryOn(kind=kind, photo=decoded, options=options, setup=parts.trying.setup, store=parts.store.url, glasses=asked.glasses)
    with parts.held.one("tryon", most=MOST_AT_ONCE):
        await run_sync(parts.quotas.take, key, "jobs", 1)
        made: tuple[dict[str, bytes], dict[str, Any]] = await asyncio.wrap_future(
            parts.trying.engine.submit(task, timeout_s=KINDS[kind].timeout_s + _TO_TIDY_S)
        )
        return made


def _has_glasses(recipe: dict[str, Any]) -> bool:
    """Return whether a recipe puts glasses on; whether it is one at all is found out where it is read."""
    items = recipe.get("items")
    return isinstance(items, list) and any(isinstance(item, dict) and item.get("kind") == "glasses" for item in items)
