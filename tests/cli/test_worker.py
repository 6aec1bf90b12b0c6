"""``arviz worker``: it does what a service leaves to it."""

import os
import signal
import subprocess
import sys

from tests.cli.command_line import arviz, environment
from tests.service.conftest import product, run_job, start, stop, upload


def test_a_worker_does_the_jobs_of_a_service(tmp_path):
    service = start(tmp_path, "--workers", "0")
    command = [sys.executable, "-m", "arviz", "worker", "--workers", "1", "--folder", str(tmp_path)]
    worker = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        job = run_job(service.client, "check", {"source": upload(service.client, product("picture"))})
        assert job["state"] == "done", job["error"]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(180) == 0
        assert "works on" in worker.stderr.read()
    finally:
        worker.kill()
        worker.stderr.close()
        stop(service)


def test_a_folder_that_no_service_has_used_is_told(tmp_path):
    command = [sys.executable, "-m", "arviz", "worker", "--workers", "1", "--folder", str(tmp_path)]
    worker = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        assert "No service has used" in worker.stderr.readline()
    finally:
        worker.kill()
        worker.wait()
        worker.stderr.close()


def test_a_kind_that_is_none(tmp_path):
    done = arviz("worker", "--folder", tmp_path, "--kind", "dance", env=environment())
    assert done.code == 3
    assert "E_JOB_KIND" in done.err
