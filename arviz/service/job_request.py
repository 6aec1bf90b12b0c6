"""What a client sends to start a job, and what it gets back: the models that OpenAPI is made of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from arviz.core.errors import AccessError, NotFoundError
from arviz.jobs.kinds import MOST_INPUTS, checked_inputs
from arviz.jobs.options import CheckOptions, ConvertOptions, PlaceOptions, RenderOptions, RoomOptions, TurntableOptions
from arviz.service.keys import Key
from arviz.service.parts import Parts
from arviz.service.webhooks import check_webhook


class _Asked(BaseModel):
    """What all kinds have in common."""

    model_config = ConfigDict(extra="forbid")
    inputs: dict[str, str] = Field(max_length=MOST_INPUTS, description="Name -> a source (`sha256:...`) or an asset.")
    priority: int = Field(0, ge=-10, le=10, description="Larger ones go first.")
    webhook: str | None = Field(
        None, max_length=2000, pattern=r"^https?://", description="Where to tell that the job has ended, signed (standardwebhooks.com)."
    )


class ConvertJob(_Asked):
    """Make an asset of a source: master GLB, a file per target, poster, report. Inputs: `source`."""

    kind: Literal["convert"]
    options: ConvertOptions = ConvertOptions()


class CheckJob(_Asked):
    """Judge a file by the rules of platforms. Inputs: `source`."""

    kind: Literal["check"]
    options: CheckOptions = CheckOptions()


class RenderJob(_Asked):
    """Draw an asset. Inputs: `asset`."""

    kind: Literal["render"]
    options: RenderOptions = RenderOptions()


class TurntableJob(_Asked):
    """Draw an asset from all around, as a clip. Inputs: `asset`."""

    kind: Literal["turntable"]
    options: TurntableOptions = TurntableOptions()


class RoomJob(_Asked):
    """Measure a room. Inputs: photos, depth pictures or a capture under names of their own."""

    kind: Literal["room"]
    options: RoomOptions


class PlaceJob(_Asked):
    """Put assets into a room. Inputs: `product`, `product2`, ..., and `room.json`, a capture or photos."""

    kind: Literal["place"]
    options: PlaceOptions = PlaceOptions()


JobRequest = Annotated[ConvertJob | CheckJob | RenderJob | TurntableJob | RoomJob | PlaceJob, Field(discriminator="kind")]


class JobAnswer(BaseModel):
    """A job as it is."""

    id: str
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float = Field(description="0 to 1, within this attempt.")
    stage: str
    attempt: int
    spec: dict[str, Any]
    result: dict[str, Any] | None = Field(description="What the kind gives: `asset`, `files` by name as `sha256:...`, a report.")
    error: dict[str, Any] | None = Field(
        description="code, message, title, status, where, expected, found, hint; also of an attempt that is made again."
    )
    batch: str | None
    created: str = Field(description="RFC 3339.")
    updated: str
    sequence: int = Field(description="Grows with every change of any job.")


def checked(parts: Parts, asked: Any, *, key: Key) -> dict[str, Any]:
    """Return the spec of a request as the table keeps it.

    Raises
    ------
    InputError
        ``E_JOB_INPUT``, ``E_WEBHOOK``
    NotFoundError
        ``E_INPUT_NOT_FOUND``: a source that was not uploaded, or an asset that was not made.
    AccessError
        ``E_SCOPE_MISSING``
    """
    if not key.may("read"):
        raise AccessError("E_SCOPE_MISSING", "a key that may not read cannot use inputs", expected="read", found=", ".join(key.scopes))
    for name, what in checked_inputs(asked.kind, asked.inputs).items():
        identity = asked.inputs[name]
        if not (parts.store.exists(identity) if what == "blob" else parts.store.document("assets", identity) is not None):
            raise NotFoundError(
                "E_INPUT_NOT_FOUND",
                "an input of the job is not here",
                where=f"inputs.{name}",
                found=identity,
                hint="Upload it first: PUT /v1/sources." if what == "blob" else "A job of kind convert makes an asset of a source.",
            )
    if asked.webhook:
        check_webhook(asked.webhook, trusted=parts.settings.webhook_hosts)
    spec = {"inputs": asked.inputs, "options": asked.options.model_dump(mode="json", exclude_defaults=True)}
    return {**spec, "webhook": asked.webhook} if asked.webhook else spec
