"""Tasks of tests, as a runner makes them of jobs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from arviz.core.errors import FormatError
from arviz.jobs.job import Job
from arviz.jobs.store import Store


@dataclass(frozen=True)
class Work:
    """Do what the options of a job say: take a while, write a document, or misbehave."""

    number: int
    store: str
    notes: str
    seconds: float
    way: str
    limit_s: float

    def __call__(self, told):
        """Do it."""
        with open(Path(self.notes) / f"{self.number}", "a") as file:
            file.write(f"{os.getpid()}\n")
        told(0.5, "working")
        time.sleep(self.seconds)
        if self.way == "segfault":
            os.kill(os.getpid(), 11)
        if self.way == "broken":
            raise FormatError("E_TRUNCATED", "the file ends too early")
        if self.way == "nan":
            return {"size_mm": float("nan")}
        blob = Store(self.store).put(f"output {self.number}".encode())
        made = Store(self.store).put_document("derived", f"n{self.number}", {"file": blob.id}, create_only=True)
        return {"file": blob.id, "first": made}


@dataclass(frozen=True)
class WorkOf:
    """Make a task of a job, in any process."""

    store: str
    notes: str

    def __call__(self, job: Job) -> Work:
        """Return it."""
        options = {"seconds": 0.0, "way": "", "limit_s": 60.0, **job.spec["options"]}
        return Work(store=self.store, notes=self.notes, **options)


def fast_clock() -> float:
    """Ten times as fast: leases of half a minute end after three seconds."""
    return time.time() * 10


@dataclass(frozen=True)
class Slept:
    """Take a while."""

    seconds: float
    limit_s: float = 60.0

    def __call__(self, told):
        """Do it."""
        time.sleep(self.seconds)
        return {}

    @staticmethod
    def of(job: Job) -> Slept:
        """Return what a job asks for."""
        return Slept(job.spec["options"]["seconds"])
