"""Metres from a network's depth: a scale, and where its kind needs one a shift, from points whose depth is known.

The fit is linear in the kind's own domain: z = a p for ``metric``, z = a p + b for ``relative``, 1 / z = a p + b for ``inverse``. It
starts from the pairs of points that leave the least median residual (Rousseeuw 1984), so that up to half of the anchors may
be wrong, and ends with Tukey's weights. Networks err by regions, not by pixels: however many anchors lie in one cell of the
picture, they count as one, else a thousand points on one floor would promise a certainty of a thousand.

Not taken: least squares alone, which one sofa in the floor's mask bends; the covariance by clusters of residuals (Liang & Zeger
1986), which was 1.3 to 2 times too small on errors smoother than its cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array, readonly, set_fields
from arviz.vision.depth.provider import DepthKind

LEAST_ANCHORS = 12
LEAST_CELLS = 3
CELLS = 4
"""Cells along a side of the picture, inside of which a network's errors are taken as one. Simulated with errors that change
within a twelfth, an eighth and a third of the picture, the scale's error was 0.4, 0.7 and 1.9 times its sigma."""
LEAST_SPREAD = 1.25
"""With a shift to be found: the far tenth of the anchors over the near tenth."""
MOST_SCALE_SIGMA = 0.15
"""Relative; beyond it metres would be a guess."""
MOST_SLOPE_SIGMA = 0.3
"""Relative, of the scale where a shift is found with it: beyond it the prediction says nothing of near and far."""
MOST_SCATTER = 0.3
LEAST_INLIERS = 0.5
_TUKEY = 4.685
_STARTS = 400
_ROUNDS = 15


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DepthAnchors:
    """Where in the picture depth is known.

    Parameters
    ----------
    pixels : ndarray (N, 2)
        x, y; centres at integers.
    depth_m : ndarray (N,)
        Along z.
    sigma_m : ndarray (N,)
        Of each on its own.
    sigma_scale : float
        Relative: what all may be wrong together, as by the camera's assumed height.
    source : str
    """

    pixels: Array
    depth_m: Array
    sigma_m: Array
    sigma_scale: float = 0.0
    source: str

    def __post_init__(self) -> None:
        pixels, depth, sigma = (readonly(value, np.float64) for value in (self.pixels, self.depth_m, self.sigma_m))
        if pixels.ndim != 2 or pixels.shape[1] != 2 or depth.shape != (len(pixels),) or sigma.shape != depth.shape:
            raise ValueError(f"anchors are (N, 2), (N,) and (N,), found {pixels.shape}, {depth.shape}, {sigma.shape}")
        if not all(np.isfinite(value).all() for value in (pixels, depth, sigma)) or (depth <= 0).any() or (sigma < 0).any():
            raise ValueError("anchors are finite, their depths positive, their sigmas from 0 on")
        set_fields(self, pixels=pixels, depth_m=depth, sigma_m=sigma)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AlignedDepth:
    """A network's depth in metres.

    Parameters
    ----------
    depth_m, sigma_m : ndarray (H, W) float32
        Along z, +inf where the prediction makes none; one standard deviation of each pixel: of the fit, and of the network
        where it was tested by the anchors.
    scale, shift : float
        a and b of the module's formulas.
    sigma_scale : float
        Relative, of all depths together at the anchors' middle.
    scatter : float
        Relative: how far the network is off the anchors, one standard deviation.
    inliers : float
        Share of the anchors that agree.
    source : str
        Of the anchors.
    """

    depth_m: Array
    sigma_m: Array
    scale: float
    shift: float
    sigma_scale: float
    scatter: float
    inliers: float
    source: str

    def __post_init__(self) -> None:
        set_fields(self, depth_m=readonly(self.depth_m, np.float32), sigma_m=readonly(self.sigma_m, np.float32))


def plane_anchors(
    camera: Camera, *, normal: Array, offset_m: float, inside: Array, sigma_offset_m: float, source: str, step_px: int = 8
) -> DepthAnchors:
    """Return anchors on a known plane, such as the floor of a photo whose scale is known.

    Parameters
    ----------
    camera : Camera
        Of the picture.
    normal : (3,) float
        In the camera's frame, towards the camera.
    offset_m : float
        ``normal . x + offset_m = 0``: for the floor the camera's height.
    inside : ndarray (H, W) bool
        Where the picture shows the plane.
    sigma_offset_m : float
        It moves all anchors in proportion: it becomes their common `sigma_scale`.
    """
    rows, columns = np.nonzero(np.asarray(inside, bool)[::step_px, ::step_px])
    pixels = np.stack([columns, rows], axis=1) * float(step_px)
    rays = camera.rays(pixels)
    towards = -(rays @ np.asarray(normal, np.float64))
    seen = towards > 0.02  # nearer to the horizon a pixel is metres
    depth = offset_m / towards[seen]
    one_px = np.abs(depth) / (camera.k[1, 1] * towards[seen])
    return DepthAnchors(
        pixels=pixels[seen],
        depth_m=depth,
        sigma_m=one_px,
        sigma_scale=sigma_offset_m / abs(offset_m),
        source=source,
    )


def align_depth(predicted: Array, *, kind: DepthKind, anchors: DepthAnchors) -> AlignedDepth:
    """Return a prediction in metres.

    Parameters
    ----------
    predicted : ndarray (H, W)
        As `DepthProvider.predict` gives it.
    kind : str
        The provider's.
    anchors : DepthAnchors

    Raises
    ------
    InputError
        ``E_DEPTH_ANCHOR``: the anchors are too few, too near to one another, or do not agree with the prediction.
    """
    p, z, sigma, cell = _samples(predicted, anchors)
    y, weight_sigma = (1 / z, sigma / z**2) if kind == "inverse" else (z, sigma)
    columns = np.column_stack([p, np.ones_like(p)])[:, : 1 if kind == "metric" else 2]
    _check_anchors(z, cell, shifted=kind != "metric")
    start = _start(columns, y, z, kind)
    fitted, weights = _refine(columns, y, weight_sigma, start)
    if fitted[0] <= 0:
        _refuse("the prediction falls where the known depth rises", "a rising one", f"a scale of {fitted[0]:.3g}", "Name the other kind.")
    inliers = float((weights > 0).mean())
    if inliers < LEAST_INLIERS:
        _refuse("the anchors do not agree with the prediction", f"{LEAST_INLIERS:.0%} that do", f"{inliers:.0%}")
    at_anchors = _depth(columns @ fitted, kind)
    scatter = float(1.4826 * np.nanmedian(np.abs(at_anchors / z - 1)[weights > 0]))
    if not scatter < MOST_SCATTER:
        _refuse("the anchors do not agree with the prediction", f"within {MOST_SCATTER:.0%}", f"{scatter:.0%} off")
    good = weights > 0
    covariance = _covariance(columns[good] / y[good, None], scatter, cells=len(np.unique(cell[good])))
    if len(fitted) > 1 and np.sqrt(covariance[0, 0]) > MOST_SLOPE_SIGMA * fitted[0]:
        found = f"{np.sqrt(covariance[0, 0]) / fitted[0]:.0%}"
        _refuse("the prediction tells nothing of near and far", f"a scale known to {MOST_SLOPE_SIGMA:.0%}", found)
    middle = np.median(columns, axis=0)
    value = float(middle @ fitted)
    of_fit = float(np.sqrt(max(middle @ covariance @ middle, 0.0))) / abs(value)
    sigma_scale = float(np.hypot(of_fit, anchors.sigma_scale))
    if not np.isfinite(sigma_scale) or sigma_scale > MOST_SCALE_SIGMA:
        _refuse("the anchors leave the scale open", f"a sigma of at most {MOST_SCALE_SIGMA:.0%}", f"{sigma_scale:.0%}")
    return _aligned(predicted, kind, fitted, covariance, scatter, sigma_scale, inliers, anchors)


def _samples(predicted: Array, anchors: DepthAnchors) -> tuple[Array, Array, Array, Array]:
    """Return the prediction, depth, sigma and cell of each anchor inside of the picture."""
    height, width = predicted.shape
    at = np.round(anchors.pixels).astype(np.int64)
    seen = (at[:, 0] >= 0) & (at[:, 0] < width) & (at[:, 1] >= 0) & (at[:, 1] < height)
    x, y = at[seen].T
    p = np.asarray(predicted, np.float64)[y, x]
    good = np.isfinite(p)
    cell = (y * CELLS // height) * CELLS + x * CELLS // width
    return p[good], anchors.depth_m[seen][good], anchors.sigma_m[seen][good], cell[good]


def _check_anchors(z: Array, cell: Array, *, shifted: bool) -> None:
    cells = len(np.unique(cell))
    if len(z) < LEAST_ANCHORS or cells < LEAST_CELLS:
        expected = f"at least {LEAST_ANCHORS} in {LEAST_CELLS} of {CELLS * CELLS} parts of the picture"
        _refuse("too few points of known depth", expected, f"{len(z)} in {cells}")
    near, far = np.quantile(z, [0.1, 0.9])
    if shifted and far < LEAST_SPREAD * near:
        expected = f"a spread of {LEAST_SPREAD:g} to 1 for a scale and a shift"
        _refuse("the points of known depth are all equally far", expected, f"{near:.2f} to {far:.2f} m")


def _start(columns: Array, y: Array, z: Array, kind: DepthKind) -> Array:
    """Return the parameters through one or two anchors that leave the least median relative residual."""
    rng = np.random.default_rng(0)  # the same anchors give the same answer
    count = columns.shape[1]
    picks = rng.integers(0, len(y), (_STARTS, count))
    if count == 1:
        used = np.abs(columns[picks[:, 0], 0]) > 1e-12
        fits = (y[picks[used, 0]] / columns[picks[used, 0], 0])[:, None]
    else:
        run = columns[picks[:, 1], 0] - columns[picks[:, 0], 0]
        used = np.abs(run) > 1e-9 * max(float(np.abs(columns[:, 0]).max()), 1e-12)
        slope = (y[picks[used, 1]] - y[picks[used, 0]]) / run[used]
        fits = np.column_stack([slope, y[picks[used, 0]] - slope * columns[picks[used, 0], 0]])
    if not len(fits):
        _refuse("the prediction is the same everywhere", "depths that differ", f"{columns[0, 0]:.3g}")
    residual = np.abs(columns @ fits.T - y[:, None]) / y[:, None]
    best: Array = fits[int(np.median(residual, axis=0).argmin())]
    return best


def _refine(columns: Array, y: Array, sigma: Array, start: Array) -> tuple[Array, Array]:
    """Return the parameters and the weight of each anchor after rounds of Tukey's weights on relative residuals."""
    fitted, weights = start, np.ones(len(y))
    for _ in range(_ROUNDS):
        residual = columns @ fitted - y
        spread = 1.4826 * float(np.median(np.abs(residual / y)))
        # Equal relative errors of the network, on top of each anchor's own.
        # Relative to the mean of both, since the errors are the prediction's, whose square would make the scale too small.
        width = np.hypot(max(spread, 1e-6) * np.sqrt(y * np.maximum(columns @ fitted, 1e-3 * y)), sigma)
        weights = np.maximum(1 - (residual / (_TUKEY * width)) ** 2, 0) ** 2 / width**2
        root = np.sqrt(weights)[:, None]
        fitted = np.linalg.lstsq(columns * root, y * root[:, 0], rcond=None)[0]
    return fitted, weights


def _covariance(columns: Array, scatter: float, *, cells: int) -> Array:
    """Return the parameters' covariance for relative errors of one size, as many independent ones as there are cells."""
    out: Array = scatter**2 * len(columns) / cells * np.linalg.pinv(columns.T @ columns)
    return out


def _depth(values: Array, kind: DepthKind) -> Array:
    positive = np.where(values > 1e-9, values, np.nan)
    return 1 / positive if kind == "inverse" else positive


def _aligned(
    predicted: Array,
    kind: DepthKind,
    fitted: Array,
    covariance: Array,
    scatter: float,
    sigma_scale: float,
    inliers: float,
    anchors: DepthAnchors,
) -> AlignedDepth:
    p = np.asarray(predicted, np.float64)
    shift = float(fitted[1]) if len(fitted) > 1 else 0.0
    value = fitted[0] * p + shift
    # Not further than a hundred times the farthest anchor: 1 / z near 0 is the sky, or nothing.
    depth = _depth(value, kind)
    known = np.isfinite(depth) & (depth < 100 * anchors.depth_m.max())
    variance = covariance[0, 0] * p**2
    if len(fitted) > 1:
        variance = variance + 2 * covariance[0, 1] * p + covariance[1, 1]
    relative = np.sqrt(np.maximum(variance, 0)) / np.where(known, np.abs(value), 1)
    sigma = np.where(known, depth, 1) * np.sqrt(relative**2 + scatter**2 + anchors.sigma_scale**2)
    return AlignedDepth(
        depth_m=np.where(known, depth, np.inf),
        sigma_m=np.where(known, sigma, np.inf),
        scale=float(fitted[0]),
        shift=shift,
        sigma_scale=sigma_scale,
        scatter=scatter,
        inliers=inliers,
        source=anchors.source,
    )


def _refuse(what: str, expected: str, found: str, hint: str = "Give points nearer and farther, or measure one length more.") -> NoReturn:
    raise InputError("E_DEPTH_ANCHOR", what, expected=expected, found=found, hint=hint)
