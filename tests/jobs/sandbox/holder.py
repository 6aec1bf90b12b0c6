"""A process that holds a sandbox and a run in it, for tests that end one of them: ``python -m tests.jobs.sandbox.holder FOLDER``."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from arviz.core.errors import ArvizError
from arviz.jobs.sandbox.sandbox import Sandbox
from tests.jobs.sandbox import works


def main(folder: str, *options: str) -> None:
    """Print the sandbox's level, run something for ever, print what became of it."""
    functions = [works.name(works.sleep), works.name(works.nothing)]
    told = threading.Event()
    try:
        with Sandbox(Path(folder), functions=functions, preload=(), allow_uncontained="--allow-uncontained" in options) as sandbox:
            print(json.dumps(sandbox.level.to_json()), flush=True)
            if "--sleep" in options:
                thread = threading.Thread(target=_sleep, args=(sandbox, told))
                thread.start()
                told.wait()
                print("sleeps", flush=True)
                thread.join()
            with sandbox.run(works.name(works.nothing), {}, inputs={}, timeout_s=60) as done:
                print(json.dumps(done.result), flush=True)
    except ArvizError as error:
        print(json.dumps(error.to_json()), flush=True)


def _sleep(sandbox: Sandbox, told: threading.Event) -> None:
    try:
        sandbox.run(works.name(works.sleep), {"seconds": 600}, inputs={}, timeout_s=600, progress=lambda *_: told.set())
    except ArvizError as error:
        print(json.dumps(error.to_json()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
