"""What every test may ask for: the shared test data and the Khronos validator."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from arviz.core.image import Image
from arviz.flows.models import list_models, model_store
from arviz.vision.models.store import ModelStore
from tests.validator import Validator, why_absent

ROOT = Path(__file__).resolve().parent.parent
COUNTED = ("contracts", "core", "formats", "ops")
"""Folders of the tests that cover `arviz.core` and `arviz.formats`."""

set_hypothesis_home_dir(ROOT / ".cache" / "hypothesis")
# No deadline: a slow machine is not a wrong result.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples each time: what fails in `make test` is a change. `make test-all` looks for new ones.
settings.register_profile("arviz", max_examples=50, derandomize=True, **_COMMON)
settings.register_profile("searching", max_examples=100, **_COMMON)
settings.load_profile("arviz")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count lines where formats are read, written and worked on: it makes other tests half as slow again and adds nothing."""
    for item in items:
        if config.pluginmanager.hasplugin("pytest_cov") and item.path.relative_to(ROOT / "tests").parts[0] not in COUNTED:
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of shared test data: ``ARVIZ_TEST_DATA``, or ``../shared/data`` beside the checkout."""
    folder = Path(os.environ.get("ARVIZ_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no shared test data in {folder}: set ARVIZ_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def models() -> ModelStore:
    """Return the networks of this machine; `arviz models fetch` brings them, and CI must have called it."""
    store = model_store()
    missing = [row["name"] for row in list_models(store)["models"] if row["state"] != "ok"]
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"run `arviz models fetch`: {', '.join(missing)}")
    return store


@pytest.fixture(scope="session")
def astronaut() -> Image:
    """Return the portrait of Eileen Collins (NASA, public domain), 512 x 512, that scikit-image ships."""
    return Image(pixels=pytest.importorskip("skimage.data").astronaut())


@pytest.fixture(scope="session")
def validator() -> Iterator[Validator]:
    """Return the Khronos validator, started once for all tests of a process."""
    if reason := why_absent():
        pytest.skip(reason)
    with Validator() as running:
        yield running


@pytest.fixture(scope="session")
def validate_glb(validator: Validator) -> Callable[[bytes], list[dict[str, Any]]]:
    """Return ``validate_glb(data)``: the Khronos errors (severity 0) and warnings (1) of a GLB, most severe first."""
    return validator.issues


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden NAME``, one name at a time."""
    parser.addoption("--update-golden", action="append", default=[], metavar="NAME", help="keep this picture as the golden")


@pytest.fixture
def screen(request: pytest.FixtureRequest) -> Iterator[str]:
    """A screen that nobody sees, of 800 x 600 or as large as its parameter says (``"1280x800"``)."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb: apt-get install xvfb")
    reading, writing = os.pipe()
    # Without -noreset the server starts anew when its last client leaves, and who comes meanwhile is turned away.
    command = [
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        f"{getattr(request, 'param', '800x600')}x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(60)
