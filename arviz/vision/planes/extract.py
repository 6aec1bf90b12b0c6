"""`extract_planes`: all planes of one depth picture, each with its pixels and its uncertainty."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import ImageError
from arviz.core.frozen import Array
from arviz.vision.depth.unit import check_unit
from arviz.vision.planes.cells import MOMENTS, Rays, inverted, moments
from arviz.vision.planes.confidence import Judged, judge
from arviz.vision.planes.covariance import tilts_and_offset
from arviz.vision.planes.field import PlaneField, SeenPlane
from arviz.vision.planes.grow import Cells, grow
from arviz.vision.planes.merge import merge
from arviz.vision.planes.noise import KINECT, DepthNoise
from arviz.vision.planes.refine import Assigned, Pixels, assign, candidates, moved, refit
from arviz.vision.planes.settle import Settled, settle

__all__ = ["PlaneField", "SeenPlane", "extract_planes"]

LEAST_SHARE = 0.007
"""Of the picture's pixels: smaller planes are not told from clutter."""
MOST_PLANES = 24


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
    check_unit(depth)
    pixels = _pixels(depth, rays, noise)
    least = LEAST_SHARE * depth.size
    thetas, sheet, cells = _planes_of_cells(pixels.known, pixels, rays=rays, noise=noise, least_share=0.6)
    noise = noise.scaled(cells.factor)
    sheets, free = sheet[None], pixels.known
    if len(thetas):
        near = candidates(sheets, rays)
        thin = pixels.thin()
        inner = _inner(sheets, near, cells)
        assigned = assign(thin, thetas, near, inner=inner, cells=cells.sums, rays=rays, noise=noise, exact=False)
        thetas = refit(thetas, assigned)
        free = free & (_thick(assigned.labels, pixels) == 0)
    # The second pass sees what the first left over: cells on edges, cleared of the planes on either side.
    if np.count_nonzero(free) >= least:
        found, sheet, _ = _planes_of_cells(free, pixels, rays=rays, noise=noise, least_share=0.3)
        sheets = np.stack([sheets[0], np.where(sheet > 0, sheet + len(thetas), 0)])
        thetas = np.concatenate([thetas, found])
    if not len(thetas):
        return PlaneField(labels=np.zeros(depth.shape, np.uint8))
    near = candidates(sheets, rays)
    inner = _inner(sheets, near, cells)
    assigned = assign(pixels, thetas, near, inner=inner, cells=cells.sums, rays=rays, noise=noise, exact=True)
    thetas, assigned = moved(thetas, assigned)
    judged = judge(thetas, assigned, near, rays=rays, noise=noise)
    return _described(settle(thetas, assigned, rays=rays, noise=noise), judged, assigned, rays=rays, least=least)


def _inner(sheets: Array, near: Array, cells: Cells) -> Array:
    """Return (N,) the cells within one plane."""
    out: Array = (sheets[0] > 0) & (near[:, 1] == 0) & (cells.sums[:, 5] > 0)
    return out


def _thick(labels: Array, pixels: Pixels) -> Array:
    """Return labels of thinned cells for all pixels."""
    sides = [round(size**0.5) for size in (labels.shape[1], pixels.known.shape[1])]
    times = sides[1] // sides[0]
    if times == 1:
        return labels
    squares = labels.reshape(-1, sides[0], sides[0]).repeat(times, axis=1).repeat(times, axis=2)
    return squares.reshape(len(labels), -1)


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


def _pixels(depth: Array, rays: Rays, noise: DepthNoise) -> Pixels:
    # Comparisons are false for NaN; what is unknown becomes infinitely far.
    known = (depth > noise.near_m) & (depth < noise.far_m)
    inverse = rays.blocks(1 / np.where(known, depth, np.float32(np.inf)).astype(np.float32, copy=False))
    inverse *= rays.seen[:, None]
    return Pixels(inverse, inverse > 0, rays.basis())


def _planes_of_cells(free: Array, pixels: Pixels, *, rays: Rays, noise: DepthNoise, least_share: float) -> tuple[Array, Array, Cells]:
    """Return planes (K, 3) found among free pixels the plane (N,) of each cell, 0 for none, and the cells."""
    sums = np.zeros((len(free), MOMENTS))
    rows = np.flatnonzero(np.count_nonzero(free, axis=1) >= least_share * rays.cell_px**2)
    left = free[rows]
    sums[rows] = moments(left, pixels.inverse[rows] * left, basis=pixels.basis, jacobian=rays.jacobian[rows])
    cells = Cells.of(sums, rays=rays, noise=noise, least_share=least_share)
    parts = merge(cells, grow(cells))
    sheet = np.zeros(len(sums), np.int64)
    for index, members in enumerate(parts.cells[:MOST_PLANES]):
        sheet[members] = index + 1
    return parts.theta[:MOST_PLANES], sheet, cells


def _described(settled: Settled, judged: Judged, assigned: Assigned, *, rays: Rays, least: float) -> PlaneField:
    import cv2

    thetas = settled.thetas
    size = rays.camera.width_px * rays.camera.height_px
    counts = cv2.calcHist([assigned.labels], [0], None, [256], [0, 256]).reshape(-1)[1 : len(thetas) + 1].astype(np.int64)
    totals, points, squares = _sums_over_cells(thetas, assigned)
    said = (counts >= least) & inverted(totals)[1]
    order = np.argsort(-counts, kind="stable")
    planes = []
    renamed = np.zeros(256, np.uint8)
    for index in order[said[order]].tolist():
        theta = thetas[index]
        distance = 1 / float(np.linalg.norm(theta))
        centroid = points[index] / totals[index, 5]
        planes.append(
            SeenPlane(
                normal=-theta * distance,
                offset_m=distance,
                centroid_m=centroid,
                pixels=int(counts[index]),
                share=float(counts[index] / size),
                rms_m=float(np.sqrt(squares[index] / totals[index, 5])) * distance,
                covariance=tilts_and_offset(theta, settled.covariances[index], centroid),
                curvature=float(judged.curvature[index]),
                confidence=float(judged.confidence[index]),
            )
        )
        renamed[index + 1] = len(planes)
    return PlaneField(planes=tuple(planes), labels=rays.picture(cv2.LUT(assigned.labels, renamed)))


def _sums_over_cells(thetas: Array, assigned: Assigned) -> tuple[Array, Array, Array]:
    """Return of each plane the sums of `moments`, of its points (m), and of squared distances over those of the plane."""
    sums = assigned.sums
    number = np.maximum(sums[:, 5:6], 1e-9)
    ray = sums[:, 3:6] / number
    inverse = (ray * thetas[assigned.plane]).sum(axis=1, keepdims=True)
    inverse = np.where(sums[:, 5:6] > 0, inverse, 1.0)
    values = np.concatenate([sums, sums[:, 3:6] / inverse, sums[:, 9:] / inverse**2], axis=1)
    total = assigned.per_plane(values, len(thetas))
    return total[:, : sums.shape[1]], total[:, -4:-1], total[:, -1]
