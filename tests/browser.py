"""Pages in a real browser, for tests."""

import os

import pytest

from tests.bench.peers.devtools import Browser, BrowserError


def opened(address, *, width=900, height=900, **more):
    """Open a page; without a browser the test is skipped with the reason, but not where CI is set."""
    try:
        return Browser(address, width_px=width, height_px=height, **more)
    except BrowserError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no browser: {error}")
