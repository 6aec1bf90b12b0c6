"""Places that the photo shows: the raster agrees with the camera, and of what is as good the shown one wins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.placement import Placement
from arviz.core.room import View
from arviz.place.floor.shown import unshown_cells
from arviz.place.rules import read_rules
from arviz.place.single.search import search
from arviz.place.together.arrange import arrange
from tests.place.sites import box, furniture, site_of_outline
from tests.seeds import drawn_seed

RULES = read_rules()
SOFA = furniture("sofa", (2.0, 0.8, 0.9), kind="sofa", front=0.6)
TABLE = furniture("table", (1.0, 0.45, 0.6), kind="coffee-table")
WHOLE_M, DEEP_M = 6.0, 4.0


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(drawn_seed())


def looking(at_m: tuple[float, float, float], to_m: tuple[float, float, float], *, distortion: tuple[float, ...] = ()) -> View:
    """Return a view of 640 x 480 from a place to another, upright."""
    k = np.array([[500.0, 0, 319.5], [0, 500.0, 239.5], [0, 0, 1]])
    camera = Camera(k=k, width_px=640, height_px=480, distortion=distortion)
    return View(camera=camera, world_from_camera=look_at(np.array(at_m), np.array(to_m)))


def pixels(view: View, points_m: np.ndarray) -> np.ndarray:
    """Return where points (N, 3) are seen, NaN behind the camera."""
    local = (points_m - view.world_from_camera[:3, 3]) @ view.world_from_camera[:3, :3]
    out = view.camera.project_distorted(np.where(local[:, 2:] > 0.1, local, [0.0, 0.0, 1.0]))
    return np.where(local[:, 2:] > 0.1, out, np.nan)


def share_shown(view: View, place: Placement) -> float:
    """Return which share of a placed sofa's plan a photo shows, at its foot and at its top, from 200 points."""
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 20), [0.0, 0.8], np.linspace(-0.45, 0.45, 5)), axis=-1).reshape(-1, 3)
    seen = pixels(view, grid @ place.world_from_asset[:3, :3].T + place.world_from_asset[:3, 3])
    with np.errstate(invalid="ignore"):
        return float(((seen >= 0) & (seen <= (639, 479))).all(axis=1).mean())


@pytest.mark.parametrize("distortion", [(), (-0.25, 0.08, 0.0, 0.0, 0.0)])
def test_the_raster_says_what_the_camera_shows(rng: np.random.Generator, distortion: tuple[float, ...]) -> None:
    site = site_of_outline(
        box(0, 0, WHOLE_M, DEEP_M), world_from_site=np.array([[0, 0, 1, 2.0], [0, 1, 0, 0.3], [-1, 0, 0, 1], [0, 0, 0, 1]])
    )
    eye, to = rng.uniform((2, 1.2, -5), (6, 2, 1)), rng.uniform((2, 0.3, -5), (6, 0.6, 1))
    view, height = looking(tuple(eye), tuple(to), distortion=distortion), rng.uniform(0, 0.8)
    rows, columns = np.indices(site.inside.shape)
    middles = np.stack([columns.ravel() * 0.025 + 0.0125, np.full(rows.size, height), rows.ravel() * 0.025 + 0.0125], axis=1)
    world = middles @ site.world_from_site[:3, :3].T + site.world_from_site[:3, 3]
    local = (world - eye) @ view.world_from_camera[:3, :3]
    seen = pixels(view, world)
    near = (local[:, 2] > 0.15) & (np.linalg.norm(local[:, :2], axis=1) < 1.3 * local[:, 2])  # as far as the lens is one to one
    with np.errstate(invalid="ignore"):
        inside, outside = ((seen > margin) & (seen < (639 - margin, 479 - margin)) for margin in (1, -1))
    shown = ~unshown_cells(site, view, height_m=height).ravel()
    assert shown[near & inside.all(axis=1)].all()
    assert not shown[~near | ~outside.all(axis=1)].any()


def test_of_places_as_good_the_photo_shows_the_best() -> None:
    site = site_of_outline(box(0, 0, WHOLE_M, DEEP_M))
    middle = (WHOLE_M / 2, 1.4, DEEP_M / 2)
    for end in (0.0, WHOLE_M):
        view = looking(middle, (end, 0.2, DEEP_M / 2))
        wide = replace(view, camera=replace(view.camera, k=view.camera.k * [[0.6], [0.6], [1]] + [[0, 0, 127.8], [0, 0, 95.8], [0, 0, 0]]))
        first = search(replace(site, view=wide), SOFA, rules=RULES)[0]
        assert share_shown(wide, first) == 1
        assert "the photo does not show all of it" not in first.reasons
        assert any(reason.startswith("back to wall") for reason in first.reasons)
        assert abs(first.world_from_asset[0, 3] - end) < WHOLE_M / 2


def test_a_photo_shows_no_less_than_without_it(rng: np.random.Generator) -> None:
    site = site_of_outline(box(0, 0, WHOLE_M, DEEP_M))
    eye, to = rng.uniform((0.5, 1.2, 0.5), (5.5, 1.8, 3.5)), rng.uniform((0, 0, 0), (6, 0.6, 4))
    view = looking(tuple(eye), tuple(to))
    plain, liked = (search(each, SOFA, rules=RULES)[0] for each in (site, replace(site, view=view)))
    assert share_shown(view, liked) >= share_shown(view, plain) - 0.05
    assert ("the photo does not show all of it" in liked.reasons) == (share_shown(view, liked) < 0.95) or 0.85 < share_shown(
        view, liked
    ) < 1


def test_several_stand_where_the_photo_shows_them() -> None:
    site = site_of_outline(box(0, 0, WHOLE_M, DEEP_M))
    views = [looking((WHOLE_M - end, 1.5, DEEP_M / 2), (end, 0.3, DEEP_M / 2)) for end in (0.0, WHOLE_M)]
    sofas = [arrange(replace(site, view=view), [SOFA, TABLE], rules=RULES, best=1)[0].placements[0] for view in views]
    shown = np.array([[share_shown(view, sofa) for sofa in sofas] for view in views])
    assert (shown.diagonal() > shown[::-1].diagonal()).all()
    assert shown.diagonal().min() > 0.8
