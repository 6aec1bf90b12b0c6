"""A request that does not fit its model, told as every other error: where, what was expected, what was found.

pydantic says both in one sentence of its own, and names the place by how the models are built (``body.convert.options.sizes``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arviz.core.errors import InputError
from arviz.jobs.kinds import KINDS

_ASKED = ("kind", "inputs", "options", "priority", "webhook")
_FOUND_CHARACTERS = 60


def misunderstood(errors: Sequence[Any]) -> InputError:
    """Return what is told of the first of pydantic's errors: ``E_REQUEST``."""
    first = errors[0]
    steps = [step for step in first["loc"] if step != "body"]
    where: str | None = ".".join(str(step) for step in steps if step not in KINDS) or None  # the model has a step more where kinds differ
    what, expected, found, hint = "this request is not understood", _expectation(first), _shown(first.get("input")), "See /openapi.json."
    match first["type"]:
        case "missing":
            what, expected, found = "something is missing in this request", None, None
        case "extra_forbidden":
            what, expected, found = "this request says what is not known here", _known(steps), str(steps[-1])[:_FOUND_CHARACTERS]
        case "json_invalid":
            what, expected, found, where = "this request is no JSON", None, str(first["ctx"]["error"]), f"character {steps[-1]}"
        case "union_tag_invalid" | "union_tag_not_found":
            where = "kind" if where is None else f"{where}.kind"
            expected, found = ", ".join(name for name, kind in KINDS.items() if kind.document is not None), _shown(first["ctx"].get("tag"))
    if where is None or first["type"] == "json_invalid":
        hint = "Send JSON, with the header Content-Type: application/json."
    return InputError("E_REQUEST", what, where=where, expected=expected, found=found, hint=hint)


def _known(steps: Sequence[Any]) -> str | None:
    """Return what may stand where something unknown stood, if it is part of a job."""
    match steps:
        case [*_, str(kind), "options", str()] if kind in KINDS:
            return ", ".join(KINDS[kind].options.model_fields)
        case [*_, str(kind), str()] if kind in KINDS:
            return ", ".join(_ASKED)
    return None


def _expectation(error: Any) -> str | None:
    """Return what pydantic expected; most of its sentences begin with "Input should be"."""
    told = error.get("ctx", {}).get("expected")
    return told if isinstance(told, str) else str(error["msg"]).removeprefix("Input should be ")


def _shown(value: object) -> str | None:
    """Return what was found, if it is short: neither a photo nor a face."""
    if not isinstance(value, (str, int, float)):
        return None
    text = repr(value)
    return text if len(text) <= _FOUND_CHARACTERS else f"{text[:_FOUND_CHARACTERS]}..."
