"""A synthetic head: shape, skin, eyes, each known exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from arviz.core.face import face_template
from arviz.core.frozen import Array, freeze, readonly, set_fields, vector
from arviz.core.head_model import head_model
from arviz.testing.heads.draws import draw_beard, draw_colours, draw_expression, draw_identity
from arviz.testing.heads.mesh import shaped, shares

Sex = Literal["female", "male"]
SCLERA = (0.80, 0.78, 0.76)
"""What make-up engines take the white of the eye for, linear."""
EYES_OUT = "eye-trans-out"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SyntheticHead:
    """A head with exact truth, at its true size, eyes looking afar.

    Its frame is that of `arviz.core.face`: metres, +Y up, +Z out of the face, +X to the person's left. The relation is this:
    the template's 468 points are laid on the 468 points of this head without expression by the similarity of least squares
    (Umeyama 1991); the head's frame is the template's after its rotation and shift, without its scale, which is
    `template_scale`. So a pose found with the template's points and the right scale is the pose of this head.

    Parameters
    ----------
    seed : int
        What it was drawn from.
    sex : "female" or "male"
    age_years : float
        18 to 75.
    targets : mapping
        Name of a target of ``assets/heads/head.npz`` -> weight: the shape, without expression.
    expression : mapping
        Name of a target -> weight: what the face does now.
    skin_tone : int
        1 to 6, Fitzpatrick's types.
    skin_albedo, lip_albedo, hair_albedo, iris_albedo, sclera_albedo : (3,) float
        Linear Rec.709; the means of what varies over the skin.
    beard : float
        0 shaven, 0.3 stubble, 1 full.
    iris_diameter_m : float
        Horizontal visible diameter.
    pd_m : float
        Distance between the pupils as the eyes look afar, straight on.
    template_scale : float
        How many times larger than the template.
    points_m : ndarray (V, 3) float64
        Corners of the fine mesh (`arviz.core.head_model`), with expression.
    eyes_m : ndarray (2, 3) float64
        Centres of the right and the left eyeball.
    eye_radius_m : float
    landmarks_m : ndarray (468, 3) float64
        Where the landmarks lie on the skin, with expression.
    landmarks_scatter_m : ndarray (468,) float64
        How far the landmark network itself strays from these points, by which they were found; see ``assets/heads``.
    """

    seed: int
    sex: Sex
    age_years: float
    targets: Mapping[str, float] = field(repr=False)
    expression: Mapping[str, float] = field(repr=False)
    skin_tone: int
    skin_albedo: tuple[float, ...]
    lip_albedo: tuple[float, ...]
    hair_albedo: tuple[float, ...]
    iris_albedo: tuple[float, ...]
    sclera_albedo: tuple[float, ...]
    beard: float
    iris_diameter_m: float
    pd_m: float
    template_scale: float
    points_m: Array = field(repr=False)
    eyes_m: Array = field(repr=False)
    eye_radius_m: float
    landmarks_m: Array = field(repr=False)
    landmarks_scatter_m: Array = field(repr=False)

    def __post_init__(self) -> None:
        arrays = {name: readonly(getattr(self, name), np.float64) for name in ("points_m", "eyes_m", "landmarks_m", "landmarks_scatter_m")}
        colours = {
            name: vector(getattr(self, name), 3) for name in ("skin_albedo", "lip_albedo", "hair_albedo", "iris_albedo", "sclera_albedo")
        }
        set_fields(self, **arrays, **colours)


def make_head(
    seed: int,
    *,
    skin_tone: int | None = None,
    sex: Sex | None = None,
    iris_diameter_m: float | None = None,
    beard: float | None = 0.0,
    expression: Mapping[str, float] | None = None,
    errors: bool | None = None,
) -> SyntheticHead:
    """Draw a head.

    Parameters
    ----------
    seed : int
    skin_tone, sex, iris_diameter_m
        None draws them: tones evenly, the iris from 11.0 to 12.5 mm about 11.7 mm.
    beard : float or None
        0 shaven to 1 full; None: half of the men have one.
    expression : mapping or None
        Name of an expression's target -> weight; empty for none, None draws a slight one.
    errors : bool or None
        Whether the sclera is another than (.80, .78, .76), which make-up engines take it for; None: in half of the seeds.
    """
    rng = np.random.default_rng([seed, 1])
    female = bool(rng.random() < 0.5) if sex is None else sex == "female"
    tone = int(rng.integers(1, 7)) if skin_tone is None else skin_tone
    age = float(18 + 57 * rng.beta(1.2, 2.2))
    iris = float(np.clip(rng.normal(0.0117, 0.0004), 0.0110, 0.0125)) if iris_diameter_m is None else iris_diameter_m
    wrong_sclera = bool(rng.random() < 0.5) if errors is None else errors
    whiteness = rng.normal(0, 0.08), rng.normal(0, (0.01, 0.02, 0.04))
    sclera = np.clip(np.array(SCLERA) * (1 + whiteness[0]) + whiteness[1], 0.5, 0.92) if wrong_sclera else np.array(SCLERA)
    identity = draw_identity(rng, female=female, age_years=age, tone=tone)
    pd, size = rng.normal(0.0615 if female else 0.0640, 0.0033), rng.normal(1.035, 0.025)
    identity |= _eye_distance(identity, float(np.clip(pd, 0.054, 0.073)) / size)
    face = draw_expression(rng) if expression is None else dict(expression)
    skin, lips, hair, eyes = draw_colours(rng, tone=tone, age_years=age)
    return _assembled(
        identity,
        face,
        size=float(size),
        seed=seed,
        sex="female" if female else "male",
        age_years=age,
        skin_tone=tone,
        skin_albedo=skin,
        lip_albedo=lips,
        hair_albedo=hair,
        iris_albedo=eyes,
        sclera_albedo=tuple(sclera),
        beard=draw_beard(seed, female=female) if beard is None else beard,
        iris_diameter_m=iris,
    )


def _assembled(identity: Mapping[str, float], expression: Mapping[str, float], *, size: float, **facts: Any) -> SyntheticHead:
    """Return a head in its frame, from targets of a mesh that is `size` times larger."""
    model = head_model()
    still = size * shaped(identity)
    moved = still + size * (shaped(expression) - model.points_m)
    from_template = similarity(face_template().points_m, model.landmarks(model.finer(still)))
    scale = float(np.cbrt(np.linalg.det(from_template[:3, :3])))
    turn, shift = from_template[:3, :3] / scale, from_template[:3, 3]
    fine = (model.finer(moved) - shift) @ turn
    eyes = [_sphere((moved[points] - shift) @ turn) for points in _eye_points()]
    centres = np.array([centre for centre, _ in eyes])
    return SyntheticHead(
        targets=freeze(dict(identity)),
        expression=freeze(dict(expression)),
        pd_m=float(np.linalg.norm(centres[0] - centres[1])),
        template_scale=scale,
        points_m=fine,
        eyes_m=centres,
        eye_radius_m=float(np.mean([radius for _, radius in eyes])),
        landmarks_m=model.landmarks(fine),
        landmarks_scatter_m=model.landmark_scatter_m * size,
        **facts,
    )


def similarity(source: Array, target: Array) -> Array:
    """Return the (4, 4) similarity that lays points (N, 3) on others with the least squares (Umeyama 1991)."""
    a, b = source - source.mean(0), target - target.mean(0)
    left, strength, right = np.linalg.svd(b.T @ a)
    signs = np.array([1, 1, np.sign(np.linalg.det(left @ right))])
    scale = float((strength * signs).sum() / (a**2).sum())
    out = np.eye(4)
    out[:3, :3] = scale * (left * signs) @ right
    out[:3, 3] = target.mean(0) - out[:3, :3] @ source.mean(0)
    return out


def _eye_distance(identity: Mapping[str, float], wanted_m: float) -> dict[str, float]:
    """Return how far the eyes stand out for a distance between their centres, as far as the target reaches."""

    def distance(weight: float) -> float:
        points = shaped({**identity, **shares(**{EYES_OUT: weight})})
        right, left = (_sphere(points[eye])[0] for eye in _eye_points())
        return float(np.linalg.norm(right - left))

    now, out, into = distance(0), distance(1), distance(-1)
    weight = (wanted_m - now) / (out - now) if wanted_m > now else -(now - wanted_m) / (now - into)
    return shares(**{EYES_OUT: float(np.clip(weight, -1, 1))})


def _eye_points() -> list[Array]:
    """Return the coarse points of the right and the left eyeball."""
    model = head_model()
    return [np.unique(model.quads[model.part == model.parts.index(part)]) for part in ("right_eye", "left_eye")]


def _sphere(points: Array) -> tuple[Array, float]:
    """Return centre and radius of the sphere of least squares (Coope 1993) through points (N, 3)."""
    rows = np.c_[2 * points, np.ones(len(points))]
    x = np.linalg.lstsq(rows, (points**2).sum(1), rcond=None)[0]
    return x[:3], float(np.sqrt(x[3] + x[:3] @ x[:3]))
