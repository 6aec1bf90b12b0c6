"""The bundle of constants: complete, true to its hashes, and what its script writes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from arviz.core.face import face_template
from arviz.tryon.constants import FOLDER, look, painted, regions
from assets.make.tryon_constants import main


def manifest() -> dict[str, dict[str, object]]:
    document = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return {row["uri"]: row for row in document["files"]}


def test_every_file_is_listed_with_its_hash_size_and_licence() -> None:
    listed = manifest()
    assert sorted(listed) == sorted(path.name for path in FOLDER.iterdir() if path.name != "manifest.json")
    for name, row in listed.items():
        data = (FOLDER / name).read_bytes()
        assert (row["bytes"], row["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert row["licence"]


def test_the_script_writes_the_same_bytes(tmp_path: Path) -> None:
    main(tmp_path)
    for path in FOLDER.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_masks_have_no_colour_chunks_and_are_symmetric() -> None:
    for name in ("eyeshadow", "blush"):
        data = (FOLDER / f"{name}.png").read_bytes()
        assert not any(kind in data[:60] for kind in (b"gAMA", b"sRGB", b"iCCP", b"cHRM"))
        assert np.array_equal(painted(name), painted(name)[:, ::-1])
        assert painted(name).max() > 0.9


def test_regions_are_landmarks_and_the_mesh_is_the_template() -> None:
    assert all(0 <= numbers.min() <= numbers.max() < 478 for numbers in regions().values())
    mesh = json.loads((FOLDER / "mesh.json").read_text(encoding="utf-8"))
    for name in ("points_m", "uv", "triangles", "rigid", "upper"):
        np.testing.assert_allclose(mesh[name], getattr(face_template(), name), atol=1e-6)
    assert set(look()["brdf"]["finish"]) == {"matte", "satin", "gloss"}
