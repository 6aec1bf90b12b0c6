"""A product in the photo of a room, asked again and again: the same picture, places and facts as `arviz place`; one clear error each."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arviz.core.errors import ArvizError, InputError
from arviz.core.graph import bounds
from arviz.core.image import Image, encode
from arviz.core.resources import resource
from arviz.flows.bordered import BORDER
from arviz.flows.furnishing import Furnishing
from arviz.flows.place import place
from arviz.flows.place_json import arrangement_to_json
from arviz.flows.scenery import Known, Scenery, Spot, Wish
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.testing.shapes import box
from tests.photographed import FOCAL_PX, HEIGHT_PX, WIDTH_PX, photographed_room

FRIDGE = resource("assets", "products", "fridge", "fridge.glb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare room with one view: ``room.json`` and ``photo.png`` beside it."""
    folder = tmp_path_factory.mktemp("room")
    photographed_room(folder)
    return folder


@pytest.fixture(scope="module")
def furnishing():
    with Furnishing() as made:
        yield made


@pytest.fixture(scope="module")
def scenery(folder: Path) -> Scenery:
    return Scenery(photo=folder / "photo.png", room=folder / "room.json")


@pytest.fixture(scope="module")
def known(furnishing: Furnishing, scenery: Scenery) -> Known:
    """What is known of the refrigerator there: the search for places takes a second."""
    return furnishing.know(scenery, FRIDGE)


def changed_room(folder: Path, tmp_path: Path, **changes: object) -> Scenery:
    told = json.loads((folder / "room.json").read_text()) | changes
    (tmp_path / "room.json").write_text(json.dumps(told))
    return Scenery(photo=folder / "photo.png", room=tmp_path / "room.json")


def test_places_pictures_and_facts_are_those_of_place(furnishing: Furnishing, scenery: Scenery, known: Known) -> None:
    best = place(FRIDGE, room=scenery.room, frame=scenery.photo).best
    poses = [one.placements[0].world_from_asset for one in best]
    assert [spot.at_m for spot in known.best] == [pytest.approx(pose[[0, 2], 3]) for pose in poses]
    assert [np.sin(spot.yaw_rad) for spot in known.best] == pytest.approx([pose[0, 2] for pose in poses])
    assert known.start == known.best[0]
    spot = Spot(at_m=known.start.at_m, yaw_rad=known.start.yaw_rad + 0.3)
    wish = Wish(scenery=scenery, file=FRIDGE, spot=spot)
    seen = furnishing.picture(wish, width=WIDTH_PX, height=HEIGHT_PX).seen
    given = place(FRIDGE, room=scenery.room, frame=scenery.photo, at=spot.at_m, yaw_rad=spot.yaw_rad)
    assert given.image is not None
    assert given.arrangement is not None
    assert (seen.image.pixels == given.image.pixels).all()
    assert arrangement_to_json(furnishing.facts(wish).arrangement) == arrangement_to_json(given.arrangement)


def test_a_draft_shows_the_product_where_the_full_picture_does(furnishing: Furnishing, scenery: Scenery, known: Known) -> None:
    wish = Wish(scenery=scenery, file=FRIDGE, spot=known.start)
    full, draft = (furnishing.picture(wish, width=WIDTH_PX, height=HEIGHT_PX, draft=draft) for draft in (0.0, 1.0))
    photo = furnishing.picture(replace(wish, spot=Spot(at_m=(500.0, 500.0), yaw_rad=0.0)), width=WIDTH_PX, height=HEIGHT_PX, draft=1.0)
    moved = (draft.seen.image.pixels != photo.seen.image.pixels).any(axis=2)
    assert 0.01 < moved.mean() < 0.7
    # Its corners of the box bound it, by a projection of our own.
    pose, k = full.seen.world_from_camera, full.seen.camera.k
    low, high = bounds(read(FRIDGE))
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    local = (corners @ full.world_from_asset[:3, :3].T + full.world_from_asset[:3, 3] - pose[:3, 3]) @ pose[:3, :3]
    pixels = (local @ k.T)[:, :2] / local[:, 2:]
    rows, columns = np.nonzero(moved)
    inside = (rows.min(), columns.min()) >= np.floor(pixels.min(axis=0))[::-1] - 1
    assert np.all(inside)
    assert (full.seen.image.pixels[moved] != photo.seen.image.pixels[moved]).any(axis=1).mean() > 0.97
    assert (np.abs(full.seen.image.pixels[moved].astype(int) - draft.seen.image.pixels[moved]).mean()) < 40


@pytest.mark.parametrize("draft", [0.0, 1.0, 2.5])
@pytest.mark.parametrize(("width", "height"), [(400, 240), (320, 300), (160, 120), (97, 201)])
def test_a_picture_is_as_large_as_asked_and_its_camera_knows_it(
    furnishing: Furnishing, scenery: Scenery, known: Known, width: int, height: int, draft: float
) -> None:
    wish = Wish(scenery=scenery, file=FRIDGE, spot=known.start)
    shown = furnishing.picture(wish, width=width, height=height, draft=draft).seen
    assert shown.image.pixels.shape == (height, width, 3)
    assert (shown.camera.width_px, shown.camera.height_px) == (width, height)
    # The photo's corners, as rays, lie where the borders end.
    scale = min(width / WIDTH_PX, height / HEIGHT_PX)
    columns, rows = round(WIDTH_PX * scale), round(HEIGHT_PX * scale)
    left, top = (width - columns) // 2, (height - rows) // 2
    ray = np.array([[(-0.5 - (WIDTH_PX - 1) / 2) / FOCAL_PX, (-0.5 - (HEIGHT_PX - 1) / 2) / FOCAL_PX, 1.0]])
    assert shown.camera.project(ray)[0] == pytest.approx([left - 0.5, top - 0.5])
    border = np.ones((height, width), bool)
    border[top : top + rows, left : left + columns] = False
    assert (shown.image.pixels[border] == BORDER).all()


def test_without_a_photo_the_one_beside_the_room_is_taken(furnishing: Furnishing, folder: Path, known: Known, tmp_path: Path) -> None:
    assert furnishing.know(Scenery(room=folder / "room.json"), FRIDGE).start == known.start
    (tmp_path / "room.json").write_bytes((folder / "room.json").read_bytes())
    with pytest.raises(InputError, match="no photo of the room") as raised:
        furnishing.know(Scenery(room=tmp_path / "room.json"), FRIDGE)
    assert raised.value.code == "E_NO_PHOTO"
    assert "--photo" in str(raised.value.hint)


def test_what_cannot_be_is_one_clear_error(furnishing: Furnishing, scenery: Scenery, folder: Path, tmp_path: Path) -> None:
    told = json.loads((folder / "room.json").read_text())
    floors = [plane for plane in told["planes"] if plane["kind"] != "floor"]
    small = tmp_path / "photo.png"
    small.write_bytes(encode(Image(pixels=np.full((100, 100, 3), 90, np.uint8)), "PNG"))
    cases: list[tuple[str, Scenery]] = []
    for index, (code, changes) in enumerate(
        [
            ("E_ROOM_JSON", {"schema": "arviz.room/9"}),
            ("E_SCALE_UNKNOWN", {"scale": None}),
            ("E_NO_FLOOR", {"planes": floors, "openings": []}),
            ("E_VIEW", {"views": []}),
        ]
    ):
        (tmp_path / str(index)).mkdir()
        cases.append((code, changed_room(folder, tmp_path / str(index), **changes)))
    cases.append(("E_CAMERA_SIZE", replace(scenery, photo=small)))
    cases.append(("E_FILE_MISSING", replace(scenery, photo=tmp_path / "gone.png")))
    for code, wrong in cases:
        with pytest.raises(ArvizError) as raised:
            furnishing.know(wrong, FRIDGE)
        assert raised.value.code == code
    assert furnishing.know(scenery, FRIDGE).best  # and it goes on


def test_a_photo_alone_says_how_to_get_a_scale(furnishing: Furnishing, folder: Path) -> None:
    with pytest.raises(InputError) as raised:
        furnishing.know(Scenery(photo=folder / "photo.png"), FRIDGE)
    assert raised.value.code == "E_SCALE_UNKNOWN"
    assert "--scale a4" in str(raised.value.hint)


def test_a_product_that_fits_nowhere_says_why_and_can_be_put_anywhere(furnishing: Furnishing, scenery: Scenery, tmp_path: Path) -> None:
    wide = tmp_path / "wide.glb"
    wide.write_bytes(write_glb(box(size_m=(12.0, 1.0, 1.0))))
    known = furnishing.know(scenery, wide)
    assert known.best == ()
    assert known.why_not
    (x0, z0), (x1, z1) = known.bounds_m
    assert x0 < known.start.at_m[0] < x1
    assert z0 < known.start.at_m[1] < z1
    facts = furnishing.facts(Wish(scenery=scenery, file=wide, spot=known.start))
    assert facts.arrangement.outcome == "fail"
    assert facts.arrangement.placements[0].blocked


def test_a_file_that_changes_is_read_anew(furnishing: Furnishing, folder: Path, known: Known, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes((folder / "photo.png").read_bytes())
    scenery = Scenery(photo=photo, room=folder / "room.json")
    wish = Wish(scenery=scenery, file=FRIDGE, spot=known.start)
    before = furnishing.picture(wish, width=WIDTH_PX, height=HEIGHT_PX, draft=1.0).seen.image.pixels
    photo.write_bytes(encode(Image(pixels=np.full((HEIGHT_PX, WIDTH_PX, 3), 200, np.uint8)), "PNG"))
    os.utime(photo, ns=(0, photo.stat().st_mtime_ns + 1_000_000))
    after = furnishing.picture(wish, width=WIDTH_PX, height=HEIGHT_PX, draft=1.0).seen.image.pixels
    assert (after[:5] == 200).all()
    photo.unlink()
    gone = furnishing.picture(wish, width=WIDTH_PX, height=HEIGHT_PX, draft=1.0).seen.image.pixels
    assert (gone == after).all()
    assert (before[:5] != 200).any()
