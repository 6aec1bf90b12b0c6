"""The mirror: turned left to right, live, and with nothing left of anybody when nobody is there."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from arviz.core.image import Image
from arviz.core.recipe import Recipe
from arviz.flows.mirror import Mirror
from arviz.flows.recipe import makeup
from arviz.flows.video.film import open_film
from arviz.vision.models.store import ModelStore

RUBY = Recipe(id="ruby", items=(makeup("lipstick", "#B0263A"),))


def film(path: Path, pictures: list[np.ndarray], rate: float) -> Path:
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), rate, (width, height))
    for picture in pictures:
        writer.write(np.ascontiguousarray(picture[..., ::-1]))
    writer.release()
    return path


@pytest.fixture
def portrait(astronaut: Image) -> np.ndarray:
    return astronaut.pixels[:320, 60:380]


def test_a_mirror_turns_left_to_right_and_reddens_lips(tmp_path: Path, portrait: np.ndarray, models: ModelStore) -> None:
    source = film(tmp_path / "film.avi", [portrait] * 2, 1)
    with open_film(source) as opened:
        bare = next(opened.pictures()).image.pixels
    with Mirror(RUBY, source=source) as mirror:
        first = next(iter(mirror.reflections()))
    assert first.faces == 1
    assert first.latency_s > 0
    changed = np.argwhere((first.image.pixels[:, ::-1] != bare).any(axis=2))[:, ::-1] + np.array([60, 0])
    # Her lips, read off by eye from the enlarged picture: 204 to 245 across, 139 to 156 down.
    assert np.abs(changed.min(axis=0) - (204, 139)).max() <= 3
    assert np.abs(changed.max(axis=0) - (245, 156)).max() <= 3


def test_a_kiosk_forgets_when_nobody_is_there(tmp_path: Path, portrait: np.ndarray, models: ModelStore) -> None:
    wall = np.full_like(portrait, 128)
    source = film(tmp_path / "film.avi", [portrait, *[wall] * 30, portrait], 10)
    with Mirror(RUBY, source=source, idle_s=1.0) as mirror:
        seen = list(mirror.reflections())
    assert seen[0].faces == 1
    idle = [one for one in seen if one.idle]
    assert idle
    assert all(one.image.pixels.max() == 0 for one in idle)
    assert not seen[0].idle
    assert all(one.faces == 0 for one in idle)


def test_nothing_is_written(tmp_path: Path, portrait: np.ndarray, models: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    source = film(tmp_path / "film.avi", [portrait] * 3, 10)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    with Mirror(RUBY, source=source) as mirror:
        assert list(mirror.reflections())
    assert list((tmp_path / "work").iterdir()) == []
