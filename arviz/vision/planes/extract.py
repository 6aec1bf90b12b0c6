"""`extract_planes`: all planes of one depth picture, each with its pixels and its uncertainty."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import ImageError, UnitError
from arviz.core.frozen import Array
from arviz.vision.planes.cells import MOMENTS, Rays, fit_one, moments
from arviz.vision.planes.confidence import Judged, judge
from arviz.vision.planes.covariance import tilts_and_offset
from arviz.vision.planes.field import PlaneField, SeenPlane
from arviz.vision.planes.grow import Cells, grow
from arviz.vision.planes.merge import merge
from arviz.vision.planes.noise import KINECT, DepthNoise
from arviz.vision.planes.refine import PORTION, Assigned, Pixels, assign, candidates, refit
from arviz.vision.planes.settle import Settled, settle

__all__ = ["PlaneField", "SeenPlane", "extract_planes"]

LEAST_SHARE = 0.007
"""Of the picture's pixels: smaller planes are not told from clutter."""
MOST_PLANES = 24
_PLAUSIBLE_M = (0.05, 20.0)
"""Median depth of a room; outside, the unit is mistaken."""


def extract_planes(
    depth_m: Array, *, camera: Camera, noise: DepthNoise = KINECT, cell_px: int | None = None, rays: Rays | None = None
) -> PlaneField:
    """Find the planes of a depth picture.

    Parameters
    ----------
    depth_m : ndarray (H, W)
        Metres along z; +inf, 0 or NaN where unknown.
    camera : Camera
        That the depth belongs to, its lens included.
    noise : DepthNoise
        Of the sensor.
    cell_px : int, optional
        Side of the squares that are fitted first; by default a fortieth of the width, at least 8.
    rays : Rays, optional
        ``Rays.of(camera, cell_px=...)``, kept from an earlier frame of the same camera.

    Returns
    -------
    PlaneField
        Empty where there is no plane.

    Raises
    ------
    ImageError
        ``E_DEPTH_SIZE``: the camera belongs to pictures of another size.
    UnitError
        ``E_DEPTH_UNIT``: these cannot be metres.
    """
    depth = np.asarray(depth_m)
    _check_size(depth, camera)
    if rays is None:
        rays = Rays.of(camera, cell_px=cell_px or max(8, round(camera.width_px / 40)))
    _check_unit(depth)
    pixels = _pixels(depth, rays, noise)
    least = LEAST_SHARE * depth.size
    thetas, sheets = np.zeros((0, 3)), np.zeros((0, rays.rows * rays.columns), np.int64)
    labels = np.zeros(pixels.known.shape, np.uint8)
    sums = np.zeros((len(labels), MOMENTS))
    near = inner = None
    # The second pass sees what the first left over: cells on edges, cleared of the planes on either side.
    for least_share in (0.6, 0.3):
        free = pixels.known & (labels == 0)
        if free.sum() < least:
            break
        found, sheet, cells = _planes_of_cells(free, pixels, rays=rays, noise=noise, least_share=least_share)
        if least_share == 0.6:
            noise, sums = noise.scaled(cells.factor), cells.sums
        if not len(found):
            continue
        sheets = np.concatenate([sheets, np.where(sheet > 0, sheet + len(thetas), 0)[None]])
        thetas = np.concatenate([thetas, found])
        near = candidates(sheets, rays)
        inner = (sheets[0] > 0) & (near[:, 1] == 0) & (sums[:, 5] > 0)
        assigned = assign(pixels, thetas, near, inner=inner, cells=sums, rays=rays, noise=noise, exact=False)
        thetas, labels = refit(thetas, assigned), assigned.labels
    if near is None or inner is None:
        return PlaneField(labels=np.zeros(depth.shape, np.uint8))
    assigned = assign(pixels, thetas, near, inner=inner, cells=sums, rays=rays, noise=noise, exact=True)
    judged = judge(thetas, assigned, near, rays=rays, noise=noise)
    return _described(settle(thetas, assigned, rays=rays, noise=noise), judged, assigned, rays=rays, least=least)


def _check_size(depth: Array, camera: Camera) -> None:
    if depth.shape != (camera.height_px, camera.width_px):
        found = " x ".join(str(side) for side in depth.shape[::-1])
        raise ImageError(
            "E_DEPTH_SIZE",
            "the depth picture and the camera differ in size",
            expected=f"{camera.width_px} x {camera.height_px} pixels, as the camera says",
            found=f"{found} pixels",
            hint="Give the camera of the depth picture: K of another resolution must be scaled.",
        )


def _check_unit(depth: Array) -> None:
    some = depth[::4, ::4]
    some = some[np.isfinite(some) & (some > 0)]
    if not len(some):
        return
    middle = float(np.median(some))
    if not _PLAUSIBLE_M[0] <= middle <= _PLAUSIBLE_M[1]:
        raise UnitError(
            "E_DEPTH_UNIT",
            "these depths cannot be metres",
            expected=f"a median between {_PLAUSIBLE_M[0]} and {_PLAUSIBLE_M[1]:g} m",
            found=f"{middle:.4g} m",
            hint="Give --depth-scale: 1000 for millimetres, 5000 for TUM's pictures.",
        )


def _pixels(depth: Array, rays: Rays, noise: DepthNoise) -> Pixels:
    known = (depth > noise.near_m) & (depth < noise.far_m)
    inverse = 1 / np.where(known, depth, np.float32(np.inf)).astype(np.float32, copy=False)
    return Pixels(rays.blocks(inverse), rays.blocks(known) & rays.seen[:, None])


def _planes_of_cells(free: Array, pixels: Pixels, *, rays: Rays, noise: DepthNoise, least_share: float) -> tuple[Array, Array, Cells]:
    """Return planes (K, 3) found among free pixels the plane (N,) of each cell, 0 for none, and the cells."""
    sums = np.zeros((len(free), MOMENTS))
    enough = np.flatnonzero(np.count_nonzero(free, axis=1) >= least_share * rays.cell_px**2)
    basis = rays.basis()
    # In portions that stay in the processor's cache.
    for rows in np.split(enough, range(PORTION, len(enough), PORTION)):
        inverse = (pixels.inverse[rows] * free[rows]).astype(np.float64)
        sums[rows] = moments(free[rows], inverse, basis=basis, jacobian=rays.jacobian[rows])
    cells = Cells.of(sums, rays=rays, noise=noise, least_share=least_share)
    parts = merge(cells, grow(cells))[:MOST_PLANES]
    sheet = np.zeros(len(sums), np.int64)
    for index, part in enumerate(parts):
        sheet[part.cells] = index + 1
    return np.array([part.theta for part in parts]).reshape(-1, 3), sheet, cells


def _described(settled: Settled, judged: Judged, assigned: Assigned, *, rays: Rays, least: float) -> PlaneField:
    thetas = settled.thetas
    counts = np.bincount(assigned.labels.reshape(-1), minlength=len(thetas) + 1)[1:]
    order = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index] >= least]
    planes = []
    renamed = np.zeros(len(thetas) + 1, np.uint8)
    for index in order:
        sums = assigned.sums[assigned.plane == index]
        sums = sums[sums[:, 5] > 0]
        if not len(sums) or fit_one(sums.sum(axis=0)) is None:
            continue
        number = sums[:, 5]
        theta = thetas[index]
        distance = 1 / float(np.linalg.norm(theta))
        ray = sums[:, 3:6] / number[:, None]
        inverse = ray @ theta
        centroid = (number[:, None] * ray / inverse[:, None]).sum(axis=0) / number.sum()
        square = (sums[:, 9] * (distance / inverse) ** 2).sum() / number.sum()
        planes.append(
            SeenPlane(
                normal=-theta * distance,
                offset_m=distance,
                centroid_m=centroid,
                pixels=int(counts[index]),
                share=float(counts[index] / (rays.camera.width_px * rays.camera.height_px)),
                rms_m=float(np.sqrt(square)),
                covariance=tilts_and_offset(theta, settled.covariances[index], centroid),
                curvature=float(judged.curvature[index]),
                confidence=float(judged.confidence[index]),
            )
        )
        renamed[index + 1] = len(planes)
    return PlaneField(planes=tuple(planes), labels=rays.picture(renamed[assigned.labels]))
