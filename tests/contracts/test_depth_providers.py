"""Every registered provider of depth keeps the contract, each with a tiny network that is made here."""

import pytest

from arviz.testing.depth_provider_contract import DepthProviderContract
from arviz.vision.depth.provider import DEPTH_PROVIDERS
from tests.vision.depth.test_provider import network

MADE = {"onnx": lambda folder: {"path": network(folder / "grey.onnx", weights=[0.3, 0.6, 0.1]), "kind": "inverse"}}


@pytest.fixture(params=list(DEPTH_PROVIDERS))
def provider(request, tmp_path):
    with DEPTH_PROVIDERS.get(request.param)(**MADE[request.param](tmp_path)) as opened:
        yield opened


class TestEveryDepthProvider(DepthProviderContract):
    """The contract, asked of each."""
