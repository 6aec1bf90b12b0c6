"""`extract_planes`: all planes of one depth picture, each with its pixels and its uncertainty."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import ImageError
from arviz.core.frozen import Array
from arviz.vision.depth.unit import check_unit
from arviz.vision.planes.cells import MOMENTS, Rays, inverted, moments
from arviz.vision.planes.cluster import cluster
from arviz.vision.planes.confidence import Judged, judge
from arviz.vision.planes.covariance import tilts_and_offset
from arviz.vision.planes.field import PlaneField, SeenPlane
from arviz.vision.planes.flat import Cells
from arviz.vision.planes.merge import merge
from arviz.vision.planes.noise import KINECT, DepthNoise
from arviz.vision.planes.refine import Assigned, Pixels, assign, candidates, moved, unexplained
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
    cells = _cells(pixels.known, pixels, rays=rays, noise=noise, least_share=0.6)
    measured = noise.scaled(cells.factor)
    regions, thin = cluster(cells, square=True), pixels.thin()
    near, inner = _candidates(_sheets(regions), rays)
    free = unexplained(thin, cells.fitted(regions).theta, near, inner=inner, rays=rays, noise=measured)
    # What the first planes left over: cells on edges, cleared of the planes on either side.
    rest = _cells(free, thin, rays=rays, noise=noise, least_share=0.3, like=cells)
    more = cluster(rest, square=False)
    parts = merge(cells.beside(rest), np.block([[regions, np.zeros_like(regions)], [np.zeros_like(more), more]]))
    thetas = parts.theta[:MOST_PLANES]
    if not len(thetas):
        return PlaneField(labels=np.zeros(depth.shape, np.uint8))
    near, inner = _candidates(_sheets(parts.cells[:MOST_PLANES]).reshape(2, -1), rays)
    assigned = assign(pixels, thetas, near, inner=inner, cells=cells.sums, rays=rays, noise=measured)
    thetas, assigned = moved(thetas, assigned)
    judged = judge(thetas, assigned, near, rays=rays, noise=measured)
    return _described(settle(thetas, assigned, rays=rays, noise=measured), judged, assigned, rays=rays)


def _sheets(regions: Array) -> Array:
    """Return (1, N): the number from 1 of the one region of (K, N) that each cell lies in, 0 for none."""
    return np.asarray(np.arange(1, len(regions) + 1) @ regions)[None]


def _candidates(sheets: Array, rays: Rays) -> tuple[Array, Array]:
    """Return the `candidates` (N, 4), and which cells (N,) lie within one plane."""
    near = candidates(sheets, rays)
    return near, (sheets[0] > 0) & (near[:, 1] == 0)


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
    import cv2

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inverse = rays.blocks(np.reciprocal(depth, dtype=np.float32))
        if not rays.seen.all():
            inverse *= rays.seen[:, None]
        # Comparisons are false for NaN.
        known = (inverse < 1 / noise.near_m) & (inverse > 1 / noise.far_m)
    return Pixels(cv2.copyTo(inverse, known.view(np.uint8)), known, rays.basis())


def _cells(free: Array, pixels: Pixels, *, rays: Rays, noise: DepthNoise, least_share: float, like: Cells | None = None) -> Cells:
    """Return the cells of which free pixels fill at least a share."""
    sums = np.zeros((len(free), MOMENTS))
    least = least_share * free.shape[1]
    rows = np.flatnonzero(np.count_nonzero(free, axis=1) >= least)
    sums[rows] = moments(free[rows], pixels.inverse, rows=rows, basis=pixels.basis, rays=rays, cells=rows)
    return Cells.of(sums, rays=rays, noise=noise, least_pixels=least, like=like)


def _described(settled: Settled, judged: Judged, assigned: Assigned, *, rays: Rays) -> PlaneField:
    import cv2

    thetas = settled.thetas
    size = rays.camera.width_px * rays.camera.height_px
    counts = assigned.pixels.astype(np.int64)
    totals, points, squares = _sums_over_cells(thetas, assigned)
    said = (counts >= LEAST_SHARE * size) & inverted(totals)[1]
    order = np.argsort(-counts, kind="stable")
    order = order[said[order]]
    thetas, counts = thetas[order], counts[order]
    distances = 1 / np.linalg.norm(thetas, axis=1)
    normals = -thetas * distances[:, None]
    centroids = points[order] / totals[order, 5:6]
    rms = np.sqrt(squares[order] / totals[order, 5]) * distances
    covariances = tilts_and_offset(normals, distances, settled.covariances[order], centroids)
    planes = [
        SeenPlane(
            normal=normals[i],
            offset_m=float(distances[i]),
            centroid_m=centroids[i],
            pixels=int(counts[i]),
            share=float(counts[i] / size),
            rms_m=float(rms[i]),
            covariance=covariances[i],
            curvature=float(judged.curvature[index]),
            confidence=float(judged.confidence[index]),
        )
        for i, index in enumerate(order)
    ]
    renamed = np.zeros(256, np.uint8)
    renamed[order + 1] = np.arange(1, len(order) + 1)
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
