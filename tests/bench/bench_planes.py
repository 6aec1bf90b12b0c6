"""Planes of depth pictures: time, accuracy and honesty of `extract_planes` beside cv2.findPlanes and open3d's two methods.

python -m tests.bench.run bench_planes
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from arviz.vision.planes.extract import extract_planes
from arviz.vision.planes.manhattan import snap
from arviz.vision.planes.noise import KINECT, LIDAR
from tests.bench.measure import Row, cpu_of, in_turn
from tests.vision.planes.views import Case, Truth, angle_deg, pixel_rays, room_case

ROOMS = 10
NOISE = {"kinect": KINECT, "lidar": LIDAR}
LEAST, LARGE = 0.01, 0.05
HIT_DEG, HIT_M = 5.0, 0.06
SURE = 0.5
"""Planes of less confidence are named but not claimed: they count neither as found nor as false."""


class Found(NamedTuple):
    """A plane as some method found it: ``normal . x + offset_m = 0`` and the pixels (H, W) that it takes for it."""

    normal: np.ndarray
    offset_m: float
    mask: np.ndarray


class Score(NamedTuple):
    """Of one method over all rooms: errors of hits, and counts."""

    angles_deg: np.ndarray
    offsets_mm: np.ndarray
    recall: float
    recall_large: float
    recall_separable: float
    precision: float

    def cells(self) -> str:
        """Return the columns of a table."""
        angle, offset = self.angles_deg, self.offsets_mm
        if not len(angle):
            return "- | - | 0 (0; 0) | -"
        return (
            f"{np.median(angle):.3f} / {np.percentile(angle, 90):.3f} | {np.median(offset):.2f} / {np.percentile(offset, 90):.2f} | "
            f"{self.recall:.3f} ({self.recall_large:.3f}; {self.recall_separable:.3f}) | {self.precision:.3f}"
        )


def ours(case: Case, kind: str) -> list[Found]:
    """Return the planes that `extract_planes` is sure of."""
    field = extract_planes(case.depth_m, camera=case.camera, noise=NOISE[kind])
    return [Found(p.normal, p.offset_m, field.labels == i + 1) for i, p in enumerate(field.planes) if p.confidence > SURE]


def ours_snapped(case: Case, kind: str) -> list[Found]:
    """Return the same, snapped to right angles."""
    field = extract_planes(case.depth_m, camera=case.camera, noise=NOISE[kind])
    snapped = snap(field)
    planes = field.planes if snapped is None else snapped.planes
    return [Found(p.normal, p.offset_m, field.labels == i + 1) for i, p in enumerate(planes) if p.confidence > SURE]


class FindPlanes:
    """cv2.findPlanes on FALS normals, OpenCV 5; its rays and its normals' tables are made once per camera."""

    def __init__(self, case: Case) -> None:
        import cv2

        cv2.setNumThreads(1)
        height, width = case.depth_m.shape
        self.rays = pixel_rays(case.camera).astype(np.float32)
        self.normals = cv2.RgbdNormals_create(
            height, width, cv2.CV_32F, case.camera.k.astype(np.float32), 5, 50.0, cv2.RgbdNormals_RGBD_NORMALS_METHOD_FALS
        )
        self.block = 40 if width >= 640 else 16

    def __call__(self, depth_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return labels (H, W), 255 for none, and planes (K, 4)."""
        import cv2

        points = np.full((*depth_m.shape, 4), np.nan, np.float32)
        known = np.isfinite(depth_m)
        points[..., :3] = np.where(known[..., None], self.rays * np.where(known, depth_m, 0)[..., None], np.nan)
        normals = self.normals.apply(points)
        least = int(LEAST * depth_m.size)
        mask, planes = cv2.findPlanes(
            points, normals, None, None, self.block, least, 0.02, sensor_error_a=0.0019, sensor_error_b=0.0, sensor_error_c=0.0012
        )
        return mask, np.zeros((0, 4)) if planes is None else np.asarray(planes).reshape(-1, 4)


def find_planes(case: Case, kind: str) -> list[Found]:
    """Return the planes of cv2.findPlanes."""
    mask, planes = FindPlanes(case)(case.depth_m)
    return [_towards(plane[:3], plane[3], mask == i) for i, plane in enumerate(planes)]


def open3d_segments(case: Case, kind: str) -> list[Found]:
    """Return the planes of open3d's segment_plane, one after the other, 2 cm (Kinect) or 3 cm (LiDAR), at most 16."""
    import open3d as o3d

    points, place = _cloud(case)
    left, out = np.arange(len(points)), []
    while len(left) > LEAST * case.depth_m.size and len(out) < 16:
        cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points[left]))
        plane, inliers = cloud.segment_plane(0.02 if kind == "kinect" else 0.03, 3, 300)
        if len(inliers) < LEAST * case.depth_m.size:
            break
        mask = np.zeros(case.depth_m.size, bool)
        mask[place[left[inliers]]] = True
        out.append(_towards(np.array(plane[:3]), plane[3], mask.reshape(case.depth_m.shape)))
        left = np.delete(left, inliers)
    return out


def open3d_patches(case: Case, kind: str) -> list[Found]:
    """Return open3d's planar patches of the cloud in 3 cm voxels; a patch takes the points in its box, 2 cm thick."""
    import open3d as o3d

    points, place = _cloud(case)
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points)).voxel_down_sample(0.03)
    cloud.estimate_normals(o3d.geometry.KDTreeSearchParamKNN(30))
    out = []
    for box in cloud.detect_planar_patches(60, 75, 0.75, 0.0, 0, o3d.geometry.KDTreeSearchParamKNN(30)):
        normal, centre = np.asarray(box.R)[:, 2], np.asarray(box.center)
        local = (points - centre) @ np.asarray(box.R)
        half = np.asarray(box.extent) / 2
        inside = (np.abs(local[:, :2]) < half[:2]).all(axis=1) & (np.abs(local[:, 2]) < 0.02)
        mask = np.zeros(case.depth_m.size, bool)
        mask[place[inside]] = True
        out.append(_towards(normal, float(-normal @ centre), mask.reshape(case.depth_m.shape)))
    return out


METHODS: dict[str, Callable[[Case, str], list[Found]]] = {
    "ours": ours,
    "ours, snapped": ours_snapped,
    "cv2.findPlanes (FALS)": find_planes,
    "open3d segment_plane": open3d_segments,
    "open3d planar patches": open3d_patches,
}


def _towards(normal: np.ndarray, offset: float, mask: np.ndarray) -> Found:
    length = float(np.linalg.norm(normal)) * (1.0 if offset >= 0 else -1.0)
    return Found(np.asarray(normal, np.float64) / length, float(offset) / length, mask)


def _cloud(case: Case) -> tuple[np.ndarray, np.ndarray]:
    known = np.flatnonzero(np.isfinite(case.depth_m))
    rays = pixel_rays(case.camera).reshape(-1, 3)[known]
    return rays * case.depth_m.reshape(-1)[known, None].astype(np.float64), known


@cache
def seeds(kind: str, rooms: int) -> tuple[int, ...]:
    """Return seeds that are drawn now, and printed."""
    drawn = tuple(int(seed) for seed in np.random.default_rng().integers(0, 2**31, rooms))
    print(f"rooms for {kind}: {drawn}", file=sys.stderr)
    return drawn


@cache
def cases(kind: str, rooms: int) -> list[Case]:
    """Return views of fresh rooms."""
    return [room_case(kind, seed) for seed in seeds(kind, rooms)]


def error(found: Found, true: Truth, case: Case, index: int) -> tuple[float, float]:
    """Return degrees, and metres at the middle of what is seen of both."""
    both = found.mask & (case.labels == index + 1)
    middle = (pixel_rays(case.camera)[both] * case.depth_m[both][:, None]).mean(axis=0)
    middle = middle - (true.normal @ middle + true.offset_m) * true.normal
    return angle_deg(found.normal, true.normal), abs(float(found.normal @ middle + found.offset_m))


def separable(index: int, case: Case, kind: str) -> bool:
    """Tell whether no larger plane comes within three sigmas of single pixels of most of what is seen of this one."""
    pixels = case.labels == index + 1
    true, rays = case.truth[index], pixel_rays(case.camera)[pixels]
    depth = -true.offset_m / (rays @ true.normal)
    sigma = np.hypot(NOISE[kind].sigma_m(depth), NOISE[kind].smooth_share * depth)
    for other in case.truth:
        if other is not true and other.pixels >= true.pixels:
            # How far apart they are in depth: where the other plane is at inverse depth -n . ray / d.
            apart = np.abs(-(rays @ other.normal) / other.offset_m - 1 / depth) * depth**2
            if (apart < 3 * sigma).mean() > 0.8:
                return False
    return True


def score(method: Callable[[Case, str], list[Found]], kind: str, rooms: int) -> Score:
    """Score a method: planes of 1 % of the pixels and more; hit below 5 degrees and 60 mm, by the surface that most pixels show."""
    angles, offsets = [], []
    claimed = right = 0
    seen = np.zeros((3, 2), int)  # least, large, separable: there, found
    for case in cases(kind, rooms):
        size = case.depth_m.size
        hit = set()
        for found in sorted(method(case, kind), key=lambda f: -int(f.mask.sum())):
            over = np.bincount(case.labels[found.mask], minlength=len(case.truth) + 1)[1:]
            index = int(over.argmax())
            counts = found.mask.sum() >= LEAST * size
            claimed += counts
            if not over[index] or index in hit:
                continue
            angle, offset = error(found, case.truth[index], case, index)
            if angle < HIT_DEG and offset < HIT_M:
                hit.add(index)
                right += counts
                if case.truth[index].pixels >= LEAST * size:
                    angles.append(angle)
                    offsets.append(offset * 1000)
        for row, least in enumerate((LEAST, LARGE)):
            there = {i for i, true in enumerate(case.truth) if true.pixels >= least * size}
            seen[row] += len(there), len(there & hit)
        apart = {i for i, true in enumerate(case.truth) if true.pixels >= LEAST * size and separable(i, case, kind)}
        seen[2] += len(apart), len(apart & hit)
    recall = seen[:, 1] / np.maximum(seen[:, 0], 1)
    return Score(np.array(angles), np.array(offsets), *(float(share) for share in recall), right / max(claimed, 1))


def table_planes_accuracy() -> str:
    """Compare errors of planes in unseen rooms, seen by two sensors, of all methods; hits only.

    Recall is of all planes of 1 % of the pixels and more, also of those that lie in pieces; in brackets, of those of 5 %, and of
    those that no larger plane comes nearer than three sigmas of single pixels. Bars: kinect, ours 0.10 / 0.50 deg, 0.5 / 2.0 mm;
    lidar, ours snapped 0.30 / 0.80 deg, 2.0 / 6.0 mm; recall and precision 0.97.
    """
    lines = [
        "| sensor | method | normal, deg: median / 90 % | offset, mm: median / 90 % | recall (>= 5 %; separable) | precision |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind in NOISE:
        lines += [f"| {kind} | {name} | {score(method, kind, ROOMS).cells()} |" for name, method in METHODS.items()]
    return "\n".join([*lines, "", *_seeds()])


def _seeds() -> list[str]:
    return [f"Seeds, {kind}: {', '.join(map(str, seeds(kind, ROOMS)))}." for kind in NOISE]


class Ratios(NamedTuple):
    """Errors over their own sigma: of the normal (by both tilts) and of the offset."""

    normal: np.ndarray
    offset: np.ndarray


@cache
def ratios(kind: str, rooms: int, snapped: bool) -> Ratios:
    """Return error / sigma of all hits."""
    normal, offset = [], []
    for case in cases(kind, rooms):
        field = extract_planes(case.depth_m, camera=case.camera, noise=NOISE[kind])
        turned = snap(field) if snapped else None
        for i, plane in enumerate(field.planes if turned is None else turned.planes):
            over = np.bincount(case.labels[field.labels == i + 1], minlength=len(case.truth) + 1)[1:]
            true = case.truth[int(over.argmax())]
            angle, off = angle_deg(plane.normal, true.normal), float(true.normal @ plane.centroid_m + true.offset_m)
            if plane.confidence > SURE and plane.share >= LEAST and angle < HIT_DEG and abs(off) < HIT_M:
                normal.append(np.radians(angle) / plane.sigma_normal_rad)
                offset.append(abs(off) / plane.sigma_offset_m)
    return Ratios(np.array(normal), np.array(offset))


def table_planes_honesty() -> str:
    """Count planes by error over stated sigma, in per cent, and those within two sigmas; bar: 0.90 to 0.99."""
    edges = [0, 0.5, 1, 1.5, 2, 3, 5, np.inf]
    names = [f"{low:g} - {high:g}" for low, high in itertools.pairwise(edges[:-1])] + ["> 5"]
    lines = [f"| sensor | error / sigma of | {' | '.join(names)} | within 2 sigma |", f"|{' --- |' * (len(names) + 3)}"]
    for kind in NOISE:
        for snapped in (False, True):
            for name, values in zip(("normal", "offset"), ratios(kind, ROOMS, snapped), strict=True):
                shares = np.histogram(values, edges)[0] / max(len(values), 1) * 100
                label = f"{name}{', snapped' if snapped else ''}"
                lines.append(f"| {kind} | {label} | {' | '.join(f'{s:.0f}' for s in shares)} | {(values < 2).mean():.3f} |")
    return "\n".join([*lines, "", *_seeds()])


def bench_planes_time() -> Row:
    """Find the planes of 640x480 depth pictures of unseen rooms, against cv2.findPlanes on FALS normals, turn by turn.

    From the depth picture on, one thread. Made once per camera and not counted: our `Rays` (about 1 ms), their rays and the object
    that computes normals. Counted on their side: points, normals, planes.

    What keeps it above the bar is what numpy takes for some thousand small steps: a quarter goes into joining cells to regions,
    a sixth each into sums over cells, labels of pixels beside borders, and what is said of each plane (sigma, confidence).
    """
    from arviz.vision.planes.cells import Rays

    pairs = []
    for case in cases("kinect", ROOMS)[:8]:
        rays, theirs = Rays.of(case.camera, cell_px=16), FindPlanes(case)
        mine = cpu_of(lambda c=case, r=rays: extract_planes(c.depth_m, camera=c.camera, noise=KINECT, rays=r))
        other = cpu_of(lambda c=case, f=theirs: f(c.depth_m))
        mine(), other()
        pairs.append(in_turn(mine, other, rounds=5))
    mine_s, other_s = np.median(np.array(pairs), axis=0)
    return Row("planes of 640x480 depth, against cv2.findPlanes", float(mine_s), float(other_s), 0.55, "budget 0.040 s")
