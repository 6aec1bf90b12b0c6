"""Kinds of jobs: the flow that each calls, the options and inputs it takes, and whether it reads files of strangers.

A kind that does is *contained*: its function runs in `arviz.jobs.sandbox`. What a `convert` job has made is ours, encoded by us,
and is drawn in a warm process.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from arviz.core.errors import InputError
from arviz.jobs.options import (
    CheckOptions,
    ConvertOptions,
    LandmarkOptions,
    Options,
    PlaceOptions,
    RenderOptions,
    RoomOptions,
    TryOnOptions,
    TurntableOptions,
)
from arviz.jobs.store import is_blob_id

PIPELINE = 3
"""Raised when the same inputs and options give other files: what was made before is then made anew."""

_FILE = r"[A-Za-z0-9_-]{1,60}\.[a-z0-9]{1,5}"
_OUTPUT_ID = re.compile(r"[a-z2-7]{26}")
MOST_INPUTS = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of job."""

    function: str
    """``module:attribute``; what it is called with says `arviz.jobs.contained` or `arviz.jobs.warm`."""
    options: type[Options]
    contained: bool
    timeout_s: float
    inputs: Mapping[str, Literal["blob", "asset"]]
    """Pattern of an input's name -> what it is: a blob of a stranger, or an asset."""
    needs: str
    """Pattern of the inputs of which there must be at least one."""
    document: Literal["assets", "derived"] | None = "derived"
    """The kind of the document that its output becomes; None: nothing of it is kept."""


KINDS: dict[str, Kind] = {
    "convert": Kind(
        function="arviz.jobs.contained:convert",
        options=ConvertOptions,
        contained=True,
        timeout_s=300,
        inputs={"source": "blob"},
        needs="source",
        document="assets",
    ),
    "check": Kind(
        function="arviz.jobs.contained:check",
        options=CheckOptions,
        contained=True,
        timeout_s=120,
        inputs={"source": "blob"},
        needs="source",
    ),
    "render": Kind(
        function="arviz.jobs.warm:render", options=RenderOptions, contained=False, timeout_s=60, inputs={"asset": "asset"}, needs="asset"
    ),
    "turntable": Kind(
        function="arviz.jobs.warm:turntable",
        options=TurntableOptions,
        contained=False,
        timeout_s=300,
        inputs={"asset": "asset"},
        needs="asset",
    ),
    "room": Kind(
        function="arviz.jobs.contained:room", options=RoomOptions, contained=True, timeout_s=600, inputs={_FILE: "blob"}, needs=_FILE
    ),
    "place": Kind(
        function="arviz.jobs.contained:place",
        options=PlaceOptions,
        contained=True,
        timeout_s=600,
        inputs={r"product\d{0,2}": "asset", _FILE: "blob"},
        needs=r"product\d{0,2}",
    ),
    "tryon": Kind(
        function="arviz.jobs.contained:tryon",
        options=TryOnOptions,
        contained=True,
        timeout_s=60,
        inputs={"photo": "blob", "glasses": "asset"},
        needs="photo",
        document=None,
    ),
    "landmarks": Kind(
        function="arviz.jobs.contained:landmarks",
        options=LandmarkOptions,
        contained=True,
        timeout_s=60,
        inputs={"glasses": "asset"},
        needs="glasses",
        document=None,
    ),
}


def kind_of(name: str) -> Kind:
    """Return a kind.

    Raises
    ------
    InputError
        ``E_JOB_KIND``
    """
    if name not in KINDS:
        raise InputError("E_JOB_KIND", "no such kind of job", expected=", ".join(KINDS), found=repr(name)[:60])
    return KINDS[name]


def checked_options(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a job as plain JSON, defaults filled in.

    Raises
    ------
    InputError
        ``E_JOB_OPTIONS``
    """
    try:
        return kind_of(kind).options.model_validate_json(json.dumps(options)).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(["options", *map(str, first["loc"])])
        raise InputError("E_JOB_OPTIONS", "an option of the job is not usable", where=where, found=first["msg"]) from error


def checked_inputs(kind: str, inputs: Mapping[str, str]) -> dict[str, Literal["blob", "asset"]]:
    """Return what each input of a job is.

    Raises
    ------
    InputError
        ``E_JOB_INPUT``
    """
    wanted = kind_of(kind)
    found: dict[str, Literal["blob", "asset"]] = {}
    for name, identity in list(inputs.items())[: MOST_INPUTS + 1]:
        what = next((what for pattern, what in wanted.inputs.items() if re.fullmatch(pattern, name)), None)
        right = is_blob_id(identity) if what == "blob" else is_output_id(identity)
        if what is None or not right:
            expected = {"blob": "sha256: and 64 digits of base 16", "asset": "the id of an asset", None: " or ".join(wanted.inputs)}[what]
            told, found_here = (
                (f"this is no input of {kind}", None) if what is None else (f"this input of {kind} is not understood", identity[:60])
            )
            raise InputError("E_JOB_INPUT", told, where=f"inputs.{name[:60]}", expected=expected, found=found_here)
        found[name] = what
    if not any(re.fullmatch(wanted.needs, name) for name in found) or len(found) > MOST_INPUTS:
        expected = f"at least {wanted.needs}, at most {MOST_INPUTS}"
        raise InputError("E_JOB_INPUT", f"the inputs of {kind} are not complete", where="inputs", expected=expected, found=len(inputs))
    return found


def output_id(kind: str, inputs: Mapping[str, str], options: Mapping[str, Any]) -> str:
    """Return the id of what a job makes: the same inputs and options, the same id. Of a `convert` job it is the asset's."""
    asked = {"kind": kind, "inputs": dict(inputs), "options": checked_options(kind, options), "pipeline": PIPELINE}
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:26]


def is_output_id(text: object) -> bool:
    """Return whether a text is 26 lower-case letters and digits of base 32."""
    return isinstance(text, str) and _OUTPUT_ID.fullmatch(text) is not None
