"""A synthetic head: shape, skin, eyes, each known exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields, vector

Sex = Literal["female", "male"]


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
    iris_diameter_m : float
        Horizontal visible diameter.
    pd_m : float
        Distance between the pupils as the eyes look afar, straight on.
    template_scale : float
        How many times larger than the template.
    points_m : ndarray (V, 3) float64
        Corners of the fine mesh (`arviz.testing.heads.mesh`), with expression.
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
    expression: Mapping[str, float] | None = None,
    errors: bool | None = None,
) -> SyntheticHead:
    """Draw a head.

    Parameters
    ----------
    seed : int
    skin_tone, sex, iris_diameter_m
        None draws them: tones evenly, the iris from 11.0 to 12.5 mm about 11.7 mm.
    expression : mapping or None
        Name of an expression's target -> weight; empty for none, None draws a slight one.
    errors : bool or None
        Whether the sclera is another than (.80, .78, .76), which make-up engines take it for; None: in half of the seeds.
    """
    raise NotImplementedError
