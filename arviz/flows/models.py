"""The networks of this machine as the environment sets them up, and what ``arviz models`` shows of them.

This is the one place that reads the environment for networks:

- ``ARVIZ_MODEL_<NAME>``: a file of the user's own, for example ``ARVIZ_MODEL_FACE_LANDMARKER``;
- ``ARVIZ_MODELS_DIR``: a folder with models by their file names;
- ``ARVIZ_OFFLINE``: 1: nothing is fetched;
- ``ARVIZ_ALLOW_MEDIAPIPE_TELEMETRY``: 1: a mediapipe that reports to a server may run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.core.disk_cache import folder_or_none
from arviz.vision.landmarks.estimator import LANDMARK_ESTIMATORS, Kind, LandmarkEstimator
from arviz.vision.models.catalogue import LICENCE, MODELS, Model
from arviz.vision.models.catalogue import model as known
from arviz.vision.models.fetch import fetch
from arviz.vision.models.store import ModelStore

SCHEMA = "arviz.models/1"
_NO = ("", "0", "false", "no", "off")


def model_store(environment: Mapping[str, str] | None = None) -> ModelStore:
    """Return the store that this process should look into."""
    environment = os.environ if environment is None else environment
    files = {name: value for name in MODELS if (value := environment.get(f"ARVIZ_MODEL_{name.upper()}"))}
    folder = environment.get("ARVIZ_MODELS_DIR")
    return ModelStore(
        cache=folder_or_none("models"),
        files={name: Path(value).expanduser() for name, value in files.items()},
        folder=Path(folder).expanduser() if folder else None,
        offline=is_set("ARVIZ_OFFLINE", environment),
    )


def is_set(variable: str, environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether a switch of the environment is on."""
    environment = os.environ if environment is None else environment
    return environment.get(variable, "").strip().lower() not in _NO


def open_estimator(
    name: str = "mediapipe", *, kinds: Iterable[Kind] = ("face",), store: ModelStore | None = None, far: bool = True
) -> LandmarkEstimator:
    """Return a landmark estimator for some kinds of things, with the networks of this machine; close it by ``with``.

    Parameters
    ----------
    name : str
        As in `arviz.vision.landmarks.estimator.LANDMARK_ESTIMATORS`.
    kinds : iterable of str
        ``face``, ``pose``, ``hand``, ``person``.
    store : ModelStore, optional
        By default that of the environment.
    far : bool
        Look for faces that are small in the picture, with the help of bodies too.
    """
    allowed = {"allow_telemetry": is_set("ARVIZ_ALLOW_MEDIAPIPE_TELEMETRY")} if name == "mediapipe" else {}
    made: LandmarkEstimator = LANDMARK_ESTIMATORS.get(name)(kinds, models=store or model_store(), far=far, **allowed)
    return made


def list_models(store: ModelStore | None = None, *, names: Iterable[str] = ()) -> dict[str, Any]:
    """Return what is known of each model and where it is, as plain data; ``state`` is ok, missing or damaged."""
    store = store or model_store()
    return {"schema": SCHEMA, "models": [_row(store, known(name)) for name in (tuple(names) or MODELS)]}


def fetch_models(
    names: Iterable[str] = (),
    *,
    store: ModelStore | None = None,
    wheels: str | PathLike[str] | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> dict[str, Any]:
    """Fetch the models called `names` (default: all) that are missing or damaged, and return what `list_models` does.

    Each row says by ``fetched`` whether it was new.
    """
    store, names = store or model_store(), tuple(names) or tuple(MODELS)
    added = {one.name for one in fetch(store, names, wheels=Path(fspath(wheels)) if wheels else None, progress=progress)}
    listed = list_models(store, names=names)
    return {**listed, "models": [{**row, "fetched": row["name"] in added} for row in listed["models"]]}


def _row(store: ModelStore, one: Model) -> dict[str, Any]:
    found = store.locate(one.name)
    return {
        "name": one.name,
        "file": one.file,
        "purpose": one.purpose,
        "licence": LICENCE,
        "size_bytes": one.size_bytes,
        "sha256": one.sha256,
        "sources": sorted({part.wheel.requirement for part in one.parts}),
        "state": "missing" if found is None or not found.path.is_file() else "ok" if found.right else "damaged",
        "origin": found.origin if found else None,
        "path": str(found.path) if found else None,
    }
