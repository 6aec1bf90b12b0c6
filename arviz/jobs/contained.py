"""What runs in the sandbox: one flow each, on files of strangers.

Each is called as ``function(inputs, options, out, progress)``: paths by the names that `arviz.jobs.perform` gives them, the
options of `arviz.jobs.options` as plain JSON, the folder for results, ``progress(fraction, stage)``. It returns plain JSON in which
``files`` maps what a result is to its path below `out`. No path of this machine stands in it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.image import encode
from arviz.core.landmarks import Landmarks
from arviz.flows import check as check_flow
from arviz.flows import convert as convert_flow
from arviz.flows import place as place_flow
from arviz.flows import room as room_flow
from arviz.flows import try_on as try_on_flow
from arviz.flows.product_file import product_file
from arviz.flows.without_photo import without_photo
from arviz.formats.untrusted import clean_name
from arviz.jobs.preview import write_preview

Progress = Callable[[float, str], None]
Inputs = Mapping[str, Path]


def convert(inputs: Inputs, options: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Make an asset of a source: master GLB, its preview, files of its targets, poster, and the report."""
    progress(0.0, "reading")
    model = _model(inputs)
    options.pop("format")
    name = clean_name(options.pop("name")) or "product"
    made = convert_flow.convert(model, out=out, name="product", trust="untrusted", **options)
    files = {_role(kind): path for kind, path in made.files.items() if kind not in ("report", "page")}
    roles = {path.name: role for role, path in files.items()}
    files["preview"] = out / "preview.glb"
    write_preview(made.files["master"], files["preview"])
    report = {**made.report, "name": name, "source": {**made.report["source"], "file": f"{name}{model.suffix}"}}
    return {
        "files": {role: path.relative_to(out).as_posix() for role, path in files.items()},
        "name": name,
        "ok": made.ok,
        "size_mm": report["size_mm"],
        "variants": report["variants"],
        "anchors": report["anchors"],
        "outputs": [{"file": roles[output["uri"]], **{key: output[key] for key in _OUTPUT}} for output in report["outputs"]],
        "report": report,
    }


_OUTPUT = ("target", "bytes", "sha256", "triangles", "quality")


def _role(kind: str) -> str:
    """Return what an asset calls a file of `arviz.convert`: GLBs ``glb``, ``web``, ``lod1``, ``web.lod1`` as they end, ``usdz``."""
    return {"master": "glb", "quick-look": "usdz"}.get(kind, kind.removeprefix("master."))


def check(inputs: Inputs, options: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Judge a source."""
    del out
    progress(0.0, "reading")
    options.pop("format")
    return {"files": {}, "report": check_flow.check(_model(inputs), **options)}


def room(inputs: Inputs, options: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Measure a room."""
    drawing = "found.png" if options.pop("draw") else None
    ending = options.pop("mesh")
    mesh = None if ending is None else f"room.{ending}"
    measured = _measured(
        inputs,
        options,
        out=out / "room.json",
        draw=None if drawing is None else out / drawing,
        mesh=None if mesh is None else out / mesh,
        measure=options.pop("measure"),
        progress=_swapped(progress),
    )
    report = measured.to_json()
    report.pop("files")
    made = {"room": "room.json", "drawing": drawing, "mesh": mesh}
    return {"files": {role: name for role, name in made.items() if name is not None}, "report": report}


def place(inputs: Inputs, options: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Put assets, the inputs ``1/<name>.glb``, ``2/<name>.glb`` ..., into a room."""
    products = [path for name, path in inputs.items() if "/" in name]
    measure = {name: options.pop(name) for name in _MEASURE}
    photo = options.pop("photo")
    if not measure["sources"] and "room.json" not in inputs:
        measure["sources"], photo = _unnamed(inputs, measure, photo)
    if measure["sources"]:
        known: Any = _measured(inputs, measure, progress=_swapped(progress)).room
    else:
        known = _input(inputs, "room.json")
    asked = {"picture": options.pop("picture"), "plan": options.pop("plan"), "mesh": options.pop("mesh")}
    files = {role: f"{role}.{ending}" for role, ending in asked.items() if ending is not None}
    depth = dict(zip(measure["sources"], measure["depth"], strict=False)).get(photo)
    placed = place_flow.place(
        products,
        room=known,
        frame=None if photo is None else _input(inputs, photo),
        depth=None if depth is None else _input(inputs, depth),
        depth_scale=None if depth is None else measure["depth_scale"],
        out=out / files["picture"] if "picture" in files else None,
        plan=out / files["plan"] if "plan" in files else None,
        mesh=out / files["mesh"] if "mesh" in files else None,
        progress=_swapped(progress),
        **options,
    )
    report = placed.to_json()
    report.pop("files")
    return {"files": {role: files[role] for role in placed.files}, "report": report}


def tryon(inputs: Inputs, options: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Put a recipe on the people in a photo."""
    recipe = _recipe(inputs, options)
    picture = out / f"picture.{options['format']}"
    worn = try_on_flow.try_on(inputs["photo"], recipe, out=picture, pd=options["pd"], card=options["card"], progress=_swapped(progress))
    return {"files": {"picture": picture.name}, "report": {**worn.to_json(), "file": None}}


def landmarks(inputs: Inputs, options: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Put a recipe on the landmarks of a face: what goes over its photo."""
    progress(0.0, "measuring")
    face = Landmarks(kind="face", points_px=np.array(options["landmarks"]), confidence=1.0, source="told")
    made = without_photo(
        face,
        _recipe(inputs, options),
        width_px=options["width"],
        height_px=options["height"],
        focal_px=options["focal_px"],
        pd=options["pd"],
    )
    if made.overlay is not None:
        (out / "overlay.png").write_bytes(encode(made.overlay, "PNG"))
    return {
        "files": {} if made.overlay is None else {"overlay": "overlay.png"},
        "makeup": [mask.to_json() for mask in made.masks],
        "camera_from_head": made.camera_from_head.tolist(),
        "head_from_glasses": [seat.head_from_glasses.tolist() for seat in made.face.seats],
        "report": made.to_json(),
    }


def _recipe(inputs: Inputs, options: dict[str, Any]) -> Path:
    """Return the recipe as a file, with the glasses that it names beside it."""
    recipe = Path(tempfile.mkdtemp()) / "recipe.tryon.json"
    recipe.write_text(json.dumps(options["recipe"]))
    if "glasses" in inputs:
        shutil.copyfile(inputs["glasses"], recipe.with_name("glasses.glb"))
    return recipe


_MEASURE = ("sources", "depth", "depth_scale", "camera", "gravity", "scale", "floor_points", "max_frames")


def _measured(inputs: Inputs, options: dict[str, Any], **more: Any) -> room_flow.MeasuredRoom:
    """Call the flow `room` with the files that options name."""
    options = dict(options)
    sources = [_input(inputs, name) for name in options.pop("sources")]
    depth = [_input(inputs, name) for name in options.pop("depth")]
    camera = options.pop("camera")
    return room_flow.room(sources, depth=depth, camera=None if camera is None else _input(inputs, camera), **options, **more)


def _unnamed(inputs: Inputs, measure: Mapping[str, Any], photo: str | None) -> tuple[list[str], str | None]:
    """Return what a room is measured from where no option says it, a capture or else all photos, and which is furnished: the only one."""
    rest = sorted(name for name in inputs if "/" not in name and name not in (measure["camera"], *measure["depth"]))
    captures = [name for name in rest if name.endswith((".json", ".zip"))]
    photos = [name for name in rest if name not in captures]
    if not rest:
        hint = "Add a photo of the room among the inputs, as photo.jpg, with the option scale; or room.json of a job of kind room."
        raise FormatError(
            "E_JOB_INPUT", "there is no room to place it in", where="inputs", expected="photos, a capture or room.json", hint=hint
        )
    return captures or photos, photos[0] if photo is None and len(photos) == 1 else photo


def _input(inputs: Inputs, name: str) -> Path:
    if name not in inputs:
        known = ", ".join(sorted(name for name in inputs if "/" not in name)) or "none"
        raise FormatError("E_JOB_INPUT", "an option names an input that the job does not have", expected=known[:200], found=name)
    return inputs[name]


def _model(inputs: Inputs) -> Path:
    """Return the model file of a source, unpacked where it is an archive."""
    (source,) = inputs.values()
    return product_file(source, into=Path(tempfile.mkdtemp()) / "product")


def _swapped(progress: Progress) -> Callable[[str, float], None]:
    """Return what flows tell their progress to: their step stands first."""
    return lambda step, share: progress(share, step)
