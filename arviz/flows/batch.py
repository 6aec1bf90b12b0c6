"""One product of a catalogue, converted: what a worker of a batch does, and what the batch keeps of it.

`convert_entry` makes the product's folder in a place of its own and returns a *record*, plain JSON without a path of this machine or
a time: what stands in ``manifest.json`` of the product, a small picture for the catalogue report, and what tells later whether the
same would come out again.
"""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from arviz.core.errors import ArvizError, LimitError
from arviz.core.report import Finding
from arviz.flows.catalogue import Entry
from arviz.flows.convert import Conversion, convert
from arviz.flows.product_file import ARCHIVE
from arviz.flows.targets import Delivery
from arviz.formats.files import Files

THUMBNAIL_PX = 160
_THUMBNAIL_QUALITY = 72
_KEPT = ("passed", "failed")


def options_of(entry: Entry, delivery: Delivery) -> dict[str, Any]:
    """Return what `arviz.flows.convert.convert` is told of one product, as keyword arguments; targets that its row names are its own.

    Raises
    ------
    InputError
        ``E_TARGET_UNKNOWN``
    """
    said: dict[str, Any] = {"unit": entry.unit, "size": entry.size_m, "up": entry.up, "front": entry.front}
    own = replace(delivery, targets=entry.targets) if entry.targets else delivery
    return {**asdict(own), **{name: value for name, value in said.items() if value is not None}}


def delivery_to_json(delivery: Delivery) -> dict[str, Any]:
    """Return what every product is made for as the manifest says it."""
    return {**asdict(delivery), "targets": list(delivery.targets)}


def convert_entry(file: Path, *, name: str, out: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Convert one product into ``out/name`` and return its record; what is wrong with it is a finding in there, no exception."""
    try:
        made = convert(file, out=out, name=name, **options)
    except ArvizError as error:
        return refused_record([as_finding(error)], hide=[out, file.parent])
    report = made.report
    return {
        "key": key_of(name, options),
        "inputs": _inputs(file, report["source"]),
        "product": _told(made),
        "thumbnail": _thumbnail(made),
    }


def _inputs(file: Path, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hashes of what a product was made of: of an archive there is nothing beside it."""
    if file.suffix.lower() == ARCHIVE:
        return {"sha256": sha256(Files(file, name=file.name).read_input()).hexdigest(), "beside": {}}
    return {"sha256": source["sha256"], "beside": source["beside"]}


def refused_record(findings: Sequence[Finding], *, hide: Sequence[Path] = ()) -> dict[str, Any]:
    """Return the record of a product that was not converted; folders in `hide` are left out of the words."""
    grouped = _grouped([finding.to_json() for finding in findings])
    for told in grouped:
        told.update({part: _without(text, hide) for part, text in told.items() if isinstance(text, str)})
    return {"product": {"state": "error", "findings": grouped}, "thumbnail": None}


def as_finding(error: ArvizError) -> Finding:
    """Return an error as what is wrong with one product of many."""
    return Finding(code=error.code, severity="error", where=error.where or "", message=str(error), hint=error.hint or "")


def key_of(name: str, options: Mapping[str, Any]) -> str:
    """Return what tells one way of converting from another: the name, the options, and who converts."""
    asked = {"name": name, "options": dict(options), "arviz": version("arviz3d")}
    return sha256(json.dumps(asked, sort_keys=True, default=asdict).encode()).hexdigest()


def still_holds(record: Mapping[str, Any], file: Path, *, key: str, out: Path) -> bool:
    """Return whether a record and its files in `out` are what converting again would give: same options, same inputs, all there."""
    product = record.get("product", {})
    if record.get("key") != key or product.get("state") not in _KEPT:
        return False
    try:
        if any((out / path).stat().st_size != size for path, size in product["files"].items()):
            return False
        files = Files(file, name=file.name)
        if sha256(files.read_input()).hexdigest() != record["inputs"]["sha256"]:
            return False
        for uri in record["inputs"]["beside"]:
            with suppress(LimitError):  # a name that leads elsewhere was not followed then, either
                files.read(uri)
    except (OSError, ArvizError):
        return False
    return files.beside == dict(record["inputs"]["beside"])


def _told(made: Conversion) -> dict[str, Any]:
    """Return what the manifest says of a converted product."""
    report = made.report
    files = {f"{made.name}/{path.name}": path.stat().st_size for path in sorted(made.folder.iterdir())}
    return {
        "state": "passed" if made.ok else "failed",
        "folder": made.name,
        "files": files,
        "outputs": [_output(output, made.name) for output in report["outputs"]],
        "source": {name: report["source"][name] for name in ("format", "bytes", "sha256")},
        "size_mm": report["size_mm"],
        "listed_mm": report["listed_mm"],
        "variants": report["variants"],
        "profiles": [
            {"name": verdict["name"], "file": f"{made.name}/{verdict['uri']}", "ok": verdict["ok"]} for verdict in report["profiles"]
        ],
        "findings": _grouped(report["findings"]),
    }


def _output(output: Mapping[str, Any], folder: str) -> dict[str, Any]:
    return {
        "target": output["target"],
        "path": f"{folder}/{output['uri']}",
        **{name: output[name] for name in ("bytes", "sha256", "triangles", "quality")},
        **{name: output[name] for name in ("level", "coverage", "distance_m", "error_mm") if name in output},
    }


def _grouped(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the first finding of each code, and how many there are."""
    counts = Counter(finding["code"] for finding in findings)
    firsts = {finding["code"]: finding for finding in reversed(findings)}
    return [{**firsts[code], "count": count} for code, count in counts.items()]


def _thumbnail(made: Conversion) -> str | None:
    """Return the poster as a small WebP, in base 64."""
    if "poster" not in made.files:
        return None
    from PIL import Image

    with Image.open(made.files["poster"]) as poster:
        small = poster.convert("RGB").resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
    data = io.BytesIO()
    small.save(data, "WEBP", quality=_THUMBNAIL_QUALITY, method=4)
    return b64encode(data.getvalue()).decode("ascii")


def _without(text: str, hidden: Sequence[Path]) -> str:
    for folder in hidden:
        text = text.replace(f"{folder}/", "")
    return text
