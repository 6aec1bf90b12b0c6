"""Make assets/heads/head.npz again: head, neck and shoulders of MakeHuman's CC0 body, how they vary, and where landmarks lie on them.

``python assets/make/heads.py`` makes the mesh and its targets; the landmarks are kept as they are. ``heads.py face_landmarker.task``
finds them again with that network, on pictures of synthetic heads (`observed_places`).
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import makehuman
import numpy as np
from head_targets import STEP_M, all_targets
from makehuman import Array
from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parent.parent / "heads"
PARTS = {
    "skin": ("body",),
    "right_eye": ("helper-r-eye",),
    "left_eye": ("helper-l-eye",),
    "upper_teeth": ("helper-upper-teeth",),
    "lower_teeth": ("helper-lower-teeth",),
    "tongue": ("helper-tongue",),
    "lashes": ("helper-l-eyelashes-1", "helper-l-eyelashes-2", "helper-r-eyelashes-1", "helper-r-eyelashes-2"),
}
MASKS = ("lips", "eyelids", "ears", "face", "inside-mouth")
LOWEST_M, WIDEST_M = 0.29, 0.27
"""Of the base mesh: what is above and between is kept."""
UPPER_TEETH_M = (0.0, -0.0035, 0.002)
"""MakeHuman's upper teeth end where the lip does: they would not be seen in an open mouth."""


def sampled(name: str, uv: Array) -> Array:
    """Return a mask's values 0..1 at texture coordinates (N, 2)."""
    from PIL import Image

    picture = np.asarray(Image.open(io.BytesIO(makehuman.member(f"textures/mpfb_{name}.jpg"))).convert("L"), np.float64) / 255
    height, width = picture.shape
    x, y = np.clip(uv[:, 0] * width - 0.5, 0, width - 1.001), np.clip((1 - uv[:, 1]) * height - 0.5, 0, height - 1.001)
    i, j = y.astype(int), x.astype(int)
    v, u = y - i, x - j
    return (1 - v) * ((1 - u) * picture[i, j] + u * picture[i, j + 1]) + v * ((1 - u) * picture[i + 1, j] + u * picture[i + 1, j + 1])


def document() -> dict[str, NDArray[np.generic]]:
    """Return what head.npz holds, without landmarks; ``assets/heads/README.md`` says what each array is."""
    mean, targets = all_targets()
    mean[np.unique(makehuman.base().groups["helper-upper-teeth"])] += UPPER_TEETH_M
    base, (uv, uv_groups) = makehuman.base(), makehuman.layout()
    rest = base.positions
    kept_m = (rest[:, 1] > LOWEST_M) & (abs(rest[:, 0]) < WIDEST_M)
    faces, corners, part = [], [], []
    for i, groups in enumerate(PARTS.values()):
        for group in groups:
            whole = kept_m[base.groups[group]].all(1)
            faces.append(base.groups[group][whole])
            corners.append(uv_groups[group][whole])
            part.append(np.full(int(whole.sum()), i, np.uint8))
    quads, quads_uv = np.concatenate(faces), np.concatenate(corners)
    kept, quads = _compact(quads)
    kept_uv, quads_uv = _compact(quads_uv)
    masks = np.zeros((len(MASKS), len(kept)))
    for i, name in enumerate(MASKS):
        np.maximum.at(masks[i], quads, sampled(name, uv[kept_uv])[quads_uv])
    start, index, steps = [0], [], []
    for target in targets:
        step = np.round(target.shift[kept] / STEP_M)
        moved = np.flatnonzero(step.any(1))
        index.append(moved)
        steps.append(step[moved])
        start.append(start[-1] + len(moved))
    return {
        "points_m": mean[kept].astype(np.float32),
        "quads": quads.astype(np.uint16),
        "quads_part": np.concatenate(part),
        "part_names": np.array(list(PARTS)),
        "uv": uv[kept_uv].astype(np.float32),
        "quads_uv": quads_uv.astype(np.uint16),
        "mask_names": np.array(MASKS),
        "masks": np.round(masks * 255).astype(np.uint8),
        "target_names": np.array([t.name for t in targets]),
        "target_fit": np.array([t.use == "fit" for t in targets]),
        "target_start": np.array(start, np.int32),
        "target_points": np.concatenate(index).astype(np.uint16),
        "target_steps": np.concatenate(steps).astype(np.int16),
        "step_m": np.array(STEP_M),
    }


def _compact(corners: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers in use, sorted, and the corners in terms of these."""
    used, renamed = np.unique(corners, return_inverse=True)
    return used, renamed.reshape(corners.shape)


def main(model: str | None = None) -> None:
    """Write head.npz: the mesh and its targets again; the landmarks as they were, or found with a model."""
    path = FOLDER / "head.npz"
    FOLDER.mkdir(exist_ok=True)
    arrays = document()
    if path.exists():
        with np.load(path) as old:
            places = {name: old[name] for name in old.files if name.startswith("landmark_")}
    else:
        places = nearest_places(arrays)
    save(path, arrays | places)
    if model is not None:
        save(path, arrays | observed_places(model))


HEADS, VIEWS = 40, 3
ASTRAY_M = 0.02
"""A ray that slips past the outline meets the neck or an ear: observations farther from the first guess are left out."""


def observed_places(model: str) -> dict[str, NDArray[np.generic]]:
    """Return where landmarks lie, as mediapipe's network sees them on synthetic heads without expression.

    Each landmark of each picture is followed along its ray to the skin, and from there to the same place of the mean head. The
    place is the median of what all pictures say, and of what they say of the landmark on the other side, weighted by how straight
    on the skin is seen: where it is seen from the side, a landmark says more of the outline than of a place.
    """
    import mediapipe
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions

    from arviz.testing.heads import make_head, make_shot, photo
    from arviz.testing.heads.scene import HeadScene

    places: list[tuple[Array, Array]] = []
    with FaceLandmarker.create_from_options(FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=model))) as finder:
        for seed in range(HEADS):
            head = make_head(seed, expression={}, errors=False)
            for view in range(VIEWS):
                rng = np.random.default_rng([seed, view, 4])
                yaw, pitch = np.radians(rng.uniform(-32, 32)), np.radians(rng.uniform(-12, 12))
                shot = make_shot(
                    seed, yaw_rad=yaw, pitch_rad=pitch, roll_rad=0, distance_m=0.5, offset_px=(0, 0), light="neutral", errors=False
                )
                picture = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(photo(head, shot, samples=1).frame.image.pixels))
                found = finder.detect(picture).face_landmarks
                if not found:
                    continue
                size = np.array([picture.width, picture.height])
                pixels = np.array([(point.x, point.y) for point in found[0][:468]]) * size - 0.5
                places.append(HeadScene(head, shot, worn=()).places(shot.camera.rays(pixels)))
            print(f"head {seed}: {len(places)} pictures with a face", flush=True)
    return settled(np.array([place for place, _ in places]), np.array([cosine for _, cosine in places]))


def settled(seen: Array, cosine: Array) -> dict[str, NDArray[np.generic]]:
    """Return landmarks from observations (N, 468, 3) on the mean head and how straight on they were (N, 468)."""
    partner, guess = _other_side(), _guessed()
    both, straight = np.concatenate([seen, seen[:, partner] * [-1, 1, 1]]), np.concatenate([cosine, cosine[:, partner]])
    astray = ~(np.linalg.norm(both - guess, axis=-1) < ASTRAY_M) | ~(straight > 0)
    weights = np.where(astray, 0, straight**4)
    middle = np.array([_median(both[:, i], weights[:, i]) for i in range(468)])
    away = np.where(astray, np.nan, np.linalg.norm(both - middle, axis=-1))
    places = _on_mesh(middle)
    print("kept per landmark:", np.percentile((~astray).sum(0), [0, 5, 50]), "median scatter (m):", np.nanmedian(away))
    return places | {"landmark_scatter_m": np.nanmedian(away, axis=0).astype(np.float32)}


def _guessed() -> Array:
    """Return the landmarks (468, 3) of the first guess, on the mean head."""
    arrays = document()
    places = nearest_places(arrays)
    corners = np.asarray(arrays["points_m"], np.float64)[np.asarray(arrays["quads"], np.int64)[places["landmark_quad"].astype(np.int64)]]
    u, v = np.asarray(places["landmark_uv"], np.float64).T
    out: Array = (corners * np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=1)[..., None]).sum(1)
    return out


def _other_side() -> NDArray[np.int64]:
    """Return which landmark (468,) is each one's image in the mirror."""
    from scipy.spatial import cKDTree

    from arviz.core.face import face_template

    points = face_template().points_m
    out: NDArray[np.int64] = cKDTree(points).query(points * [-1, 1, 1])[1]
    return out


def _median(points: Array, weights: Array) -> Array:
    """Return the point (3,) with the least weighted sum of distances to points (N, 3) (Weiszfeld 1937)."""
    points, weights = points[weights > 0], weights[weights > 0]
    at: Array = np.average(points, axis=0, weights=weights)
    for _ in range(80):
        pull = weights / np.maximum(np.linalg.norm(points - at, axis=1), 1e-6)
        at = (points * pull[:, None]).sum(0) / pull.sum()
    return at


def _on_mesh(points: Array) -> dict[str, NDArray[np.generic]]:
    """Return the coarse quads that points (N, 3) near the fine mean head lie on, and where in them."""
    import open3d as o3d

    from arviz.core.head_model import head_model

    model = head_model()
    triangles, fine = model.fine_triangles("skin"), np.flatnonzero(np.repeat(model.part == model.parts.index("skin"), 4))
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(model.finer(model.points_m).astype(np.float32)), o3d.core.Tensor(triangles.astype(np.uint32)))
    found = scene.compute_closest_points(o3d.core.Tensor(points.astype(np.float32)))
    triangle, (u, v) = found["primitive_ids"].numpy().astype(np.int64), found["primitive_uvs"].numpy().astype(np.float64).T
    second = triangle >= len(triangles) // 2
    a, b = np.where(second, u, u + v) / 2, np.where(second, u + v, v) / 2  # in the coarse quad, from the fine quad's corner
    quad, corner = np.divmod(fine[triangle % len(fine)], 4)
    inside = np.stack([np.choose(corner, [a, 1 - b, 1 - a, b]), np.choose(corner, [b, a, 1 - b, 1 - a])], axis=1)
    return {"landmark_quad": quad.astype(np.uint16), "landmark_uv": inside.astype(np.float32)}


def nearest_places(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Return a first guess of where the landmarks lie: on the mean head, nearest to the template that was laid there."""
    import open3d as o3d

    from arviz.core.face import face_template
    from arviz.core.transforms import apply
    from arviz.testing.heads.head import similarity

    points = np.asarray(arrays["points_m"], np.float64)
    quads = np.asarray(arrays["quads"], np.int64)[np.asarray(arrays["quads_part"]) == 0]
    scene = o3d.t.geometry.RaycastingScene()
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    scene.add_triangles(o3d.core.Tensor(points.astype(np.float32)), o3d.core.Tensor(triangles.astype(np.uint32)))
    template = face_template().points_m
    laid = template - template[[33, 133, 362, 263]].mean(0) + [0, 0, 0.012]  # the mean head's origin lies between its eyeballs
    for _ in range(30):
        found = scene.compute_closest_points(o3d.core.Tensor(laid.astype(np.float32)))
        laid = apply(similarity(template, found["points"].numpy().astype(np.float64)), template)
    found = scene.compute_closest_points(o3d.core.Tensor(laid.astype(np.float32)))
    triangle, weights = found["primitive_ids"].numpy().astype(np.int64), found["primitive_uvs"].numpy().astype(np.float64)
    second, quad = np.divmod(triangle, len(quads))
    u, v = weights.T
    inside = np.where(second[:, None] == 0, np.stack([u + v, v], 1), np.stack([u, u + v], 1))
    return {
        "landmark_quad": quad.astype(np.uint16),
        "landmark_uv": inside.astype(np.float32),
        "landmark_scatter_m": np.zeros(468, np.float32),
    }


def save(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write an npz whose bytes depend on the arrays alone (numpy's own writer stores the time)."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.save(data, array)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, data.getvalue(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main(*sys.argv[1:2])
