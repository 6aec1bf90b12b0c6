"""``arviz serve``: how it begins, ends, and refuses to begin; what it serves is tested in tests/service."""

import signal
import socket

import pytest

from arviz.service.settings import secret
from arviz.service.webhooks import webhook_secret
from tests.cli.command_line import arviz, environment
from tests.service.conftest import start, stop


def test_it_shows_a_key_once_and_ends_as_it_is_told(tmp_path):
    for number, known in ((signal.SIGTERM, None), (signal.SIGINT, "once")):
        running = start(tmp_path, "--workers", "0", key=known)
        assert running.client.get("/healthz").json() == {"status": "ok"}
        assert known or running.key.startswith("av_")
        running.process.send_signal(number)
        assert running.process.wait(180) == 0
    assert not any("key" in line for line in running.said)


def test_the_first_key_comes_with_the_secret_of_its_messages(tmp_path):
    running = start(tmp_path, "--workers", "0")
    stop(running)
    assert f"webhook secret  {webhook_secret(running.key.split('_')[1], secret=secret(tmp_path))}\n" in running.said


@pytest.mark.parametrize(
    "origin", ["shop.example", "https://shop.example/page", "ftp://shop.example", "https://", "https://a@shop.example"]
)
def test_an_origin_that_no_browser_would_send_is_refused(tmp_path, origin):
    done = arviz("serve", "--port", 0, "--folder", tmp_path, "--origin", origin, env=environment())
    assert done.code == 3
    assert "E_ORIGIN" in done.err


def test_pages_are_known_as_browsers_name_them(tmp_path):
    running = start(tmp_path, "--workers", "0", "--origin", "https://Shop.example/")
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = running.client.options("/v1/jobs", headers=asked)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    stop(running)


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = arviz("serve", "--port", taken.getsockname()[1], "--folder", tmp_path, env=environment())
    assert done.code == 6
    assert "E_LISTEN" in done.err


def test_a_folder_and_a_store_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "E_SERVICE_FOLDER" in arviz("serve", "--port", 0, "--folder", tmp_path / "file" / "below", env=environment()).err
    done = arviz("serve", "--port", 0, "--folder", tmp_path, "--store", "ftp://host/x", env=environment())
    assert done.code == 3
    assert "E_STORE_URL" in done.err


def test_workers_or_a_cluster(tmp_path):
    assert arviz("serve", "--workers", 1, "--cluster", "tcp://127.0.0.1:1", "--folder", tmp_path, env=environment()).code == 2
