"""The service against its own description: schemathesis asks what the description allows, and what it forbids."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import uvicorn

from arviz.service.app import create_app
from arviz.service.keys import Keys
from arviz.service.protocol import guarded_protocol
from arviz.service.settings import Settings
from scripts.openapi import PAGE, described

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
NOT_ASKED = (
    # A valid form may still name what is not there, or an address that messages must not go to: that is 422 as well.
    "positive_data_acceptance",
    # Names of headers that are wrong in form alone are another request to us, not an error.
    "missing_required_header",
)

CONFIG = """
[[operations]]
include-path-regex = "^/v1/tryon"
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "501"]  # off, as it is unless somebody asks for it

[[operations]]
include-path = "/readyz"
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]  # nobody works here, and a machine under load draws late
"""
BODIES = """
import schemathesis
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Return address and key of a service that nobody works for, and that takes as many requests as come."""
    folder = tmp_path_factory.mktemp("described")
    app = create_app(Settings(folder=folder, work=False, requests_per_minute=10**9, queued_jobs=10**9))
    key = Keys(folder).create("asks", scopes=["admin"])[1]
    protocol = guarded_protocol(header_seconds=10, connections_per_address=100)
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=protocol, ws="none", log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", key
    server.should_exit = True
    thread.join(10)


def ask(served, folder, *arguments):
    """Run schemathesis; return how it ended and what it said."""
    url, key = served
    command = [SCHEMATHESIS, "run", f"{url}/openapi.json", "-H", f"Authorization: Bearer {key}", "--no-color", "--warnings", "off"]
    command += ["--exclude-checks", ",".join(NOT_ASKED), "--continue-on-failure", *arguments]
    (folder / "schemathesis.toml").write_text(CONFIG)
    (folder / "bodies.py").write_text(BODIES)
    known = {**os.environ, "SCHEMATHESIS_HOOKS": "bodies", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=known, check=False)
    return done.returncode, done.stdout + done.stderr


def test_what_is_asked_is_answered_as_described(served, tmp_path):
    # The same questions each time, as of all tests of `make test`; those at length look for new ones.
    code, said = ask(served, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "5", "--generation-deterministic")
    assert code == 0, said


@pytest.mark.slow
def test_what_is_asked_at_length_is_answered_as_described(served, tmp_path):
    code, said = ask(served, tmp_path, "--max-examples", "60", "--generation-database", "none")
    assert code == 0, said


def test_the_description_is_the_one_that_was_reviewed():
    assert PAGE.read_text("utf-8") == described(), "scripts/openapi.py writes it again"
