"""The window without a screen."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arviz.viewer.live import preview
from arviz.viewer.remote import Remote

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

Until = Callable[[Callable[[], object]], None]
PRODUCTS = Path(__file__).parents[2] / "assets" / "products"


@pytest.fixture(scope="session", autouse=True)
def nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Windows that several tests share are made before `settings` is: they do not write into this user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        yield


@pytest.fixture(autouse=True)
def settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of settings of its own."""
    folder = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def app():
    pytest.importorskip("PySide6", reason="the extra [desktop] is not installed")
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication(["arviz"])


@pytest.fixture
def until(app) -> Until:
    """Let the window work until something is true."""

    def wait(true: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not true():
            assert time.monotonic() < end, "it did not happen"
            app.processEvents()
            time.sleep(0.002)

    return wait


class Lent(Remote):
    """A process that one window after the other is lent: the window's end is not its end; `called` is what it was asked."""

    def __init__(self) -> None:
        self.called: list[str] = []
        super().__init__(preview)

    def call(self, name: str, *, newest: bool = False, **arguments: Any) -> int:
        """Ask, and remember what."""
        self.called.append(name)
        return super().call(name, newest=newest, **arguments)

    def close(self) -> None:
        """Take it back, at rest."""
        self.answered = lambda _: None
        while self.busy:
            time.sleep(0.002)

    def end(self) -> None:
        """End the process."""
        super().close()


@pytest.fixture(scope="session")
def renderer() -> Iterator[Lent]:
    """The process that draws for each `window`: it loads the renderer once."""
    lent = Lent()
    yield lent
    lent.end()


@pytest.fixture
def window(app, until: Until, renderer: Lent) -> Iterator["object"]:
    """A window that shows the demo table lamp, at rest."""
    from arviz.viewer.window import Window

    window = Window([PRODUCTS / "table-lamp" / "table-lamp.glb"], remote=renderer)
    window.resize(900, 600)
    window.show()
    until(lambda: window.seen is not None and window.drawing.resting)
    yield window
    window.close()
