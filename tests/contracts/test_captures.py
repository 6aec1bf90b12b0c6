"""Every registered reader of captures keeps the contract."""

import pytest

from arviz.testing import captures
from arviz.testing.capture_contract import CaptureContract
from arviz.testing.rooms import make_room
from arviz.vision.captures.capture import CAPTURES


def _app(folder, room):
    return captures.write_app_json(folder / "session.json", captures.record(room), room)


WRITERS = {
    "stray": lambda folder, room: captures.write_stray(folder, captures.record(room)),
    "polycam": lambda folder, room: captures.write_polycam(folder, captures.record(room)),
    "arkitscenes": lambda folder, room: captures.write_arkitscenes(folder, captures.record(room)),
    "multiscan": lambda folder, room: captures.write_multiscan(folder, captures.record(room)),
    "roomplan": lambda folder, room: captures.write_roomplan(folder / "room.json", room),
    "app": _app,
}


@pytest.fixture(scope="module")
def room():
    return make_room(12, kind="box", camera=captures.phone_camera(480, 360), views=2)


@pytest.fixture(params=list(CAPTURES))
def export(request, tmp_path, room):
    folder = tmp_path / "export"
    folder.mkdir()
    path = WRITERS[request.param](folder, room)
    return request.param, path


class TestEveryCapture(CaptureContract):
    """The contract, asked of each."""
