"""Make the scale figures again: people from MakeHuman's CC0 body, cat and dog from blended round shapes. No face, no skin, grey."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import makehuman
import numpy as np
from animals import ANIMALS, animal
from isosurface import Field, skin
from model import Palette, Part, anchor, asset
from numpy.typing import NDArray
from surfaces import Array, Surface

from arviz.core.asset import Asset
from arviz.core.graph import triangle_count
from arviz.core.material import Material
from arviz.formats.gltf.write import write_glb

FOLDER = Path(__file__).resolve().parent.parent / "figures"
GREY = Material(name="matt grey", base_color_factor=(0.5, 0.5, 0.5, 1), metallic_factor=0.0, roughness_factor=0.85)
TRIANGLES = 7600
STEP_M, COARSE, BAND_M = 0.005, 4, 0.03
SOLID = ("body", "helper-l-eye", "helper-r-eye")
"""The eyes fill their sockets; nothing else of the helpers is used."""


@dataclass(frozen=True)
class Person:
    """`height_m` standing; `weights` of targets; `pose` as `makehuman.posed` has it."""

    title: str
    height_m: float
    weights: dict[str, float]
    pose: dict[str, makehuman.Aim]


def limbs(**directions: tuple[float, float, float]) -> dict[str, makehuman.Aim]:
    """Return where the limbs of the left side (+x) point, and the right ones mirrored; feet stay level."""
    ends = {"upperarm01": "elbow", "lowerarm01": "hand", "upperleg01": "knee", "lowerleg01": "ankle", "foot": "foot-1"}
    out = {}
    for side, sign in (("l", 1), ("r", -1)):
        for bone, end in ends.items():
            x, y, z = directions.get(bone, (0, 0, 0))
            out[f"{bone}.{side.upper()}"] = makehuman.Aim(f"joint-{side}-{end}", (sign * x, y, z) if bone in directions else None)
    return out


RELAXED = limbs(upperarm01=(0.17, -1, -0.03), lowerarm01=(0.10, -1, 0.20), upperleg01=(0.045, -1, 0.01), lowerleg01=(0.02, -1, -0.05))
SITTING = limbs(upperarm01=(0.18, -1, 0.10), lowerarm01=(-0.12, -0.62, 1), upperleg01=(0.12, -0.03, 1), lowerleg01=(0.02, -1, 0.06))
ADULT = {"young": 0.75, "old": 0.25}
WOMAN = {
    **makehuman.macro(male=0, ages=ADULT),
    "breast/female-young-averagemuscle-averageweight-mincup-averagefirmness": 0.6,  # as shop mannequins have it
}
PEOPLE = {
    "woman": Person("Woman, 166 cm", 1.66, WOMAN, RELAXED),
    "man": Person("Man, 179 cm", 1.79, makehuman.macro(male=1, ages=ADULT), RELAXED),
    "child": Person("Child of six, 120 cm", 1.20, makehuman.macro(male=1, ages={"baby": 0.4, "child": 0.6}), RELAXED),
    "seated": Person("Seated woman, 166 cm when standing", 1.66, WOMAN, SITTING),
}


def distances(points: Array, faces: NDArray[np.int64]) -> Field:
    """Return the signed distance to a body (V, 3), cut off at `BAND_M`: coarse everywhere, exact near the skin."""
    import open3d as o3d
    from scipy.ndimage import zoom

    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(points.astype(np.float32)), o3d.core.Tensor(faces.astype(np.uint32)))

    def signed(at: Array) -> Array:
        found = scene.compute_signed_distance(o3d.core.Tensor(at.astype(np.float32)), nsamples=3)
        return np.asarray(found.numpy(), np.float64)

    used = points[np.unique(faces)]
    low = used.min(0) - 0.045
    shape = np.ceil((used.max(0) + 0.045 - low) / (COARSE * STEP_M)).astype(int) + 1
    coarse = Field(np.zeros(shape), low, COARSE * STEP_M)
    fine = Field(zoom(signed(coarse.points()), COARSE, order=1, grid_mode=True, mode="nearest"), low - (COARSE - 1) / 2 * STEP_M, STEP_M)
    near = abs(fine.values) < 1.5 * COARSE * STEP_M
    values = fine.values.copy()
    values[near] = signed(fine.points()[near])
    return replace(fine, values=np.clip(values, -BAND_M, BAND_M))


def shut(field: Field, *, about: Array, reach_m: float, gap_m: float) -> Field:
    """Return the field with slits narrower than twice `gap_m` shut in a cube about a point, and the hollows behind them filled."""
    from scipy.ndimage import distance_transform_edt, label

    first = np.maximum(((about - reach_m - field.origin_m) / field.step_m).astype(int), 0)
    last = ((about + reach_m - field.origin_m) / field.step_m).astype(int) + 1
    box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    part = field.values[box]
    regions = label(part > gap_m)[0]
    inner = np.zeros(part.shape, bool)
    inner[1:-1, 1:-1, 1:-1] = True
    outside = np.isin(regions, np.unique(regions[~inner & (regions > 0)]))
    away = distance_transform_edt(~outside) * field.step_m
    rim = distance_transform_edt(inner) * field.step_m  # nothing changes at the cube's faces
    values = field.values.copy()
    values[box] = np.where(outside | (rim < 2 * gap_m), part, np.minimum(part, gap_m - away))
    return replace(field, values=values)


def person(who: Person) -> Surface:
    """Return a person's skin: closed, without features of the face, smoother on the trunk than on hands and feet."""
    from scipy.ndimage import gaussian_filter

    rest, faces = makehuman.shaped(who.weights), makehuman.base().triangles(SOLID)
    rest *= who.height_m / np.ptp(rest[np.unique(faces), 1])
    body = makehuman.posed(rest, who.pose)
    field = distances(body, faces)
    head = (makehuman.joint(body, "joint-head") + makehuman.joint(body, "joint-mouth")) / 2
    field = shut(field, about=head, reach_m=0.17, gap_m=0.008)
    for side in "lr":  # fingers side by side, as a mitten has them
        field = shut(field, about=makehuman.joint(body, f"joint-{side}-finger-3-2"), reach_m=0.09, gap_m=0.0055)
    crisp, soft = (gaussian_filter(field.values, s / STEP_M) for s in (0.005, 0.015))
    fine = np.stack([makehuman.joint(body, f"joint-{side}-{end}") for side in "lr" for end in ("hand-2", "foot-1")])
    near = np.min([np.linalg.norm(field.points() - p, axis=-1) for p in fine], axis=0)
    share = np.clip((near / who.height_m - 0.085) / 0.03, 0, 1)
    return skin(replace(field, values=crisp + (soft - crisp) * share), triangles=TRIANGLES)


def placed(s: Surface, *, height_m: float | None = None) -> Surface:
    """Return the figure with feet on y = 0, its bounding box about x = z = 0; exactly `height_m` high if that is given."""
    low, high = s.positions.min(0), s.positions.max(0)
    factor = 1.0 if height_m is None else height_m / (high[1] - low[1])
    return replace(s, positions=(s.positions - [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2]) * factor)


def figure(name: str, title: str, s: Surface, *, anchors: Sequence[Part] = ()) -> Asset:
    """Return the Asset of one figure."""
    feet = anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1))
    root = Part(title, children=(Part(name, ((s, GREY.name),)), feet, *anchors))
    return asset(root, Palette(materials=(GREY,)), declared_size_m=tuple(np.ptp(s.positions, axis=0).tolist()))


def made(name: str) -> Asset:
    """Make a figure by its name."""
    if name in ANIMALS:
        raw, withers = animal(ANIMALS[name], triangles=TRIANGLES)
        shift = -(raw.positions[:, 2].min() + raw.positions[:, 2].max()) / 2
        at = (0.0, withers[1], float(withers[2] + shift))
        return figure(
            name, ANIMALS[name].title, placed(raw), anchors=[anchor("hotspot", "withers", at_m=at, normal=(0, 1, 0), up=(0, 0, 1))]
        )
    who = PEOPLE[name]
    if who.pose is not SITTING:
        return figure(name, who.title, placed(person(who), height_m=who.height_m))
    s = placed(person(who))
    back = s.positions[s.positions[:, 2] < s.positions[:, 2].min() + 0.25]
    _, y, z = back[np.argmin(back[:, 1])].tolist()
    return figure(name, who.title, s, anchors=[anchor("contact", "seat", at_m=(0, y, z), normal=(0, -1, 0), up=(0, 0, 1))])


def main(names: list[str]) -> None:
    """Write the named figures, or all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or (*PEOPLE, *ANIMALS):
        asset_made = made(name)
        path = FOLDER / f"{name}.glb"
        path.write_bytes(write_glb(asset_made))
        print(f"{name}: {triangle_count(asset_made)} triangles, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
