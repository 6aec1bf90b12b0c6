"""Make-up: shades against the same face with the product really on it, regions against true ones, and the cost of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from arviz.core.colour import linear_to_srgb, parse_hex, srgb_to_linear, to_uint8
from arviz.core.colour_difference import delta_e_2000, lab
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import Finish, Makeup, MakeupKind
from arviz.flows.models import open_estimator
from arviz.testing.heads import HeadPhoto, make_head, make_shot, photo
from arviz.tryon.makeup.blend import blend
from arviz.tryon.makeup.coverage import Window
from arviz.tryon.makeup.light import face_light, linear
from arviz.tryon.makeup.lip_edges import lips_in_picture
from arviz.tryon.makeup.put_on import put_on, stats
from arviz.tryon.makeup.region import Region, region
from tests.bench.measure import Row, cpu_of, in_turn

LIGHTS = ("neutral", "warm", "cool", "dim", "side")
SHADES = {
    "lipstick": ("#B0263A", "#C98B80", "#6B1F3A", "#D9604C"),
    "eyeshadow": ("#6B4A7A", "#3A5A78", "#A9805A", "#4A4A4A"),
    "blush": ("#C9605C", "#D88A78", "#A8485A", "#C97A9A"),
}
FINISHES: tuple[Finish, ...] = ("matte", "satin", "gloss")
TONES = range(1, 7)
HEADS = len(LIGHTS) * len(TONES)
COVERAGE = {"lipstick": 0.85, "eyeshadow": 0.6, "blush": 0.35}


class Place(NamedTuple):
    """Where the product really is: its mask, the skin beside it, which share of the mask is its middle."""

    mask: str
    beside: str
    core: float


PLACES: dict[MakeupKind, Place] = {
    "lipstick": Place("lips", "around_mouth", 0.99),
    "eyeshadow": Place("eyelids", "under_eyes", 0.5),
    "blush": Place("cheeks", "cheeks", 0.5),
}


class Case(NamedTuple):
    """One product on one head: what it was, and what came out, in CIEDE2000 where it truly is (`own`: drawn into the true mask)."""

    kind: MakeupKind
    tone: int
    light: str
    errors: bool
    bare: float
    half: float
    most: float
    hue: float
    own: float
    found: float
    iou: float
    leak: float
    teeth: float
    told: float
    truly: float


def product(kind: MakeupKind, index: int) -> Makeup:
    """Return the product of one head."""
    albedo = srgb_to_linear(np.array(parse_hex(SHADES[kind][index % len(SHADES[kind])])) / 255)
    finish: Finish = FINISHES[index // 2 % len(FINISHES)] if kind == "lipstick" else "matte"
    return Makeup(kind=kind, albedo=tuple(albedo.tolist()), coverage=COVERAGE[kind], finish=finish)


def differences(drawn: Array, truth: Array, where: Array) -> Array:
    """Return CIEDE2000 of the pixels in a mask."""
    return delta_e_2000(lab(linear(drawn[where])), lab(linear(truth[where])))


def painted_over(pixels: Array, mask: Array, makeup: Makeup, alpha: float) -> Array:
    """Return what most filters do: the shade laid over the lips, in sRGB."""
    shade = linear_to_srgb(np.array(makeup.albedo))
    return to_uint8(pixels / 255 + (alpha * mask)[..., None] * (shade - pixels / 255))


def hue_swapped(pixels: Array, mask: Array, makeup: Makeup) -> Array:
    """Return what others do: the skin's own L*, the shade's a* and b*."""
    colours = lab(linear(pixels))
    shade = lab(np.array(makeup.albedo))
    colours[..., 1:] += (mask * makeup.coverage)[..., None] * (shade[1:] - colours[..., 1:])
    f_y = (colours[..., 0] + 16) / 116
    f = np.stack([f_y + colours[..., 1] / 500, f_y, f_y - colours[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * [0.9505, 1, 1.089]
    from_xyz = np.linalg.inv([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    return np.where(mask[..., None] > 0, to_uint8(linear_to_srgb(xyz @ from_xyz.T)), pixels)


def true_region(mask: Array, place: Place) -> Region:
    """Return the region as it is."""
    rows, columns = np.nonzero(mask > 0)
    cut = Window(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    return Region(cut, mask[cut.of], mask[cut.of] > place.core * mask.max(), place.beside)


def case(bare: HeadPhoto, painted: HeadPhoto, face: Landmarks, makeup: Makeup, *, errors: bool) -> Case | None:
    """Return how well one product on one head came out; None where it shows no light or not the place."""
    pixels, truth = np.asarray(bare.frame.image.pixels), np.asarray(painted.frame.image.pixels)
    place = PLACES[makeup.kind]
    mask = np.array(bare.masks[place.mask])
    light, own = face_light(pixels, face), true_region(mask, place)
    given = None if light is None else stats(pixels, own, makeup, face, light)
    height, width = mask.shape
    where = region(makeup.kind, face, width_px=width, height_px=height)
    if light is None or given is None or where is None:
        return None
    drawn = pixels.copy()
    drawn[own.window.of] = blend(pixels[own.window.of], own.mask, given)
    made = put_on(pixels, face, [makeup], light=light)
    covered = np.zeros_like(mask)
    covered[where.window.of] = where.mask
    whole = mask > 0.5
    lit = np.median(bare.irradiance[mask > place.core * mask.max()], axis=0) * np.array(bare.shot.white_balance)
    share = makeup.coverage / COVERAGE["lipstick"]
    return Case(
        kind=makeup.kind,
        tone=bare.head.skin_tone,
        light=bare.shot.light.kind,
        errors=errors,
        bare=float(differences(pixels, truth, whole).mean()),
        half=float(differences(painted_over(pixels, mask, makeup, 0.5 * share), truth, whole).mean()),
        most=float(differences(painted_over(pixels, mask, makeup, 0.8 * share), truth, whole).mean()),
        hue=float(differences(hue_swapped(pixels, mask, makeup), truth, whole).mean()),
        own=float(differences(drawn, truth, whole).mean()),
        found=float(differences(made.pixels, truth, whole).mean()),
        iou=float(np.minimum(covered, mask).sum() / np.maximum(covered, mask).sum()),
        leak=float((covered * (mask == 0)).sum() / mask.sum()),
        teeth=float((covered * np.array(bare.masks["mouth"])).sum() / mask.sum()),
        told=made.worn[0].shade.sigma,
        truly=float(delta_e_2000(lab(np.array(makeup.albedo) * given.light / lit), lab(np.array(makeup.albedo)))),
    )


def cases(first: int) -> list[Case]:
    """Draw the heads of `first` and the seeds after it."""
    out = []
    with open_estimator(kinds=("face",)) as estimator:
        for index in range(HEADS):
            seed, errors = first + index, index % 4 in (1, 2)
            rng = np.random.default_rng([seed, 9])
            head = make_head(seed, skin_tone=TONES[index % len(TONES)], errors=errors)
            shot = make_shot(
                seed,
                light=LIGHTS[index % len(LIGHTS)],
                errors=errors,
                distance_m=float(rng.uniform(0.3, 0.5)),
                yaw_rad=float(rng.uniform(-0.4, 0.4)),
                offset_px=(0, 0),
            )
            bare = photo(head, shot)
            faces = estimator.estimate(Image(pixels=bare.frame.image.pixels))
            if faces:
                face = lips_in_picture(np.asarray(bare.frame.image.pixels), faces[0])
                layers = [product(kind, index) for kind in PLACES]
                painted = photo(head, shot, makeup=layers)
                out += [found for layer in layers if (found := case(bare, painted, face, layer, errors=errors)) is not None]
    return out


def table_makeup() -> str:
    """Make-up against the same head photographed with the products really on it: CIEDE2000 where they truly are, and regions.

    Six skin tones, five lights, four shades, three finishes; in half of the heads the whites of the eyes, the camera's focal length
    and its white balance are not what they are taken for, and the picture went through JPEG. The rows below a bar say so.

    Where lips end is a fact; where eyeshadow and blush end is taste, and the heads wear them on other places than ours: their last column
    holds that as well. Lips are painted over in sRGB with .5 and .8, the others with as much less as the products cover less.
    """
    first = secrets.randbelow(10**6)
    every = cases(first)
    found = [one for one in every if one.kind == "lipstick"]
    columns = ("bare", "half", "most", "hue", "own", "found")
    lines = [
        f"Heads {first} to {first + HEADS - 1}, {len(found)} with a face; mean / 95th percentile of the heads' means.\n",
        "| | heads | no product | sRGB .5 | sRGB .8 | L\\*, a\\*b\\* swapped | **ours**, true mask | **ours**, landmarks |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    groups: list[tuple[str, Callable[[Case], bool]]] = [("all", lambda one: True)]
    groups += [(light, lambda one, light=light: one.light == light) for light in LIGHTS]  # type: ignore[misc]
    groups += [(f"skin {tone}", lambda one, tone=tone: one.tone == tone) for tone in TONES]  # type: ignore[misc]
    groups += [("with errors", lambda one: one.errors), ("without", lambda one: not one.errors)]
    chosen = [(f"lips, {name}", [one for one in found if wanted(one)]) for name, wanted in groups]
    for kind in ("eyeshadow", "blush"):
        chosen += [(f"{kind}, {name}", [one for one in every if one.kind == kind and wanted(one)]) for name, wanted in groups]
    for name, some in chosen:
        if some:
            cells = [values(some, column) for column in columns]
            lines.append(f"| {name} | {len(some)} | " + " | ".join(f"{v.mean():.1f} / {np.percentile(v, 95):.1f}" for v in cells) + " |")
    own, landmarks = values(found, "own"), values(found, "found")
    tones = [values([one for one in found if one.tone == tone], "own").mean() for tone in TONES if any(one.tone == tone for one in found)]
    lights = {name: [one for one in found if one.light == name] for name in LIGHTS}
    better = {
        name: min(values(some, kind).mean() for kind in ("half", "most", "hue")) / values(some, "own").mean()
        for name, some in lights.items()
        if some
    }
    worst = min(better, key=lambda name: better[name])
    inside = np.mean([one.truly <= 2 * one.told for one in found])
    rows = [
        ("lips, true mask, mean", f"{own.mean():.2f}", "3.5", own.mean() <= 3.5),
        ("lips, landmark mask, mean", f"{landmarks.mean():.2f}", "4.5", landmarks.mean() <= 4.5),
        ("spread of the means over skin tones, true mask", f"{max(tones) - min(tones):.2f}", "1", max(tones) - min(tones) <= 1),
        (f"times better than the best filter, worst light ({worst})", f"{better[worst]:.2f}", "2", better[worst] >= 2),
        ("lips' IoU, mean", f"{values(found, 'iou').mean():.3f}", "0.85", values(found, "iou").mean() >= 0.85),
        (
            "lipstick outside of all lips, share of their area",
            f"{values(found, 'leak').mean():.3f}",
            "0.02",
            values(found, "leak").mean() <= 0.02,
        ),
        ("lipstick on teeth and tongue, share of the lips' area", f"{values(found, 'teeth').mean():.3f}", "", True),
        ("shade within 2 of the stated sigmas", f"{inside:.2f}", "0.90", inside >= 0.9),
    ]
    lines += ["", "| | measured | bar | |", "| --- | --- | --- | --- |"]
    lines += [f"| {name} | {value} | {bar} | {'met' if met else '**missed**'} |" for name, value, bar, met in rows]
    return "\n".join(lines)


def values(chosen: list[Case], column: str) -> Array:
    """Return one number of each case."""
    return np.array([getattr(one, column) for one in chosen])


def bench_lipstick() -> list[Row]:
    """Find a face's landmarks and put lipstick on it, against finding the landmarks alone; 640 x 480, the light of the face included.

    In a film the light is found three times a second, not in each picture: the second row is without it.
    """
    seed = secrets.randbelow(10**6)
    picture = photo(make_head(seed, errors=False), make_shot(seed, light="neutral", yaw_rad=0.1, distance_m=0.45, errors=False))
    image = Image(pixels=picture.frame.image.pixels)
    pixels, layer = np.asarray(image.pixels), product("lipstick", 0)
    rows = []
    with open_estimator(kinds=("face",)) as estimator:
        faces = estimator.estimate(image)
        light = face_light(pixels, faces[0])

        def landmarks() -> tuple[Landmarks, ...]:
            return estimator.estimate(image, previous=faces)

        for name, known in (("landmarks and lipstick", None), ("the same, light known", light)):

            def chain(known: object = known) -> None:
                put_on(pixels, lips_in_picture(pixels, landmarks()[0]), [layer], light=known)  # type: ignore[arg-type]

            ours, reference = in_turn(cpu_of(chain), cpu_of(landmarks), rounds=60)
            rows.append(Row(name, ours, reference, 1.6, f"against the landmarks alone, head {seed}"))
    return rows
