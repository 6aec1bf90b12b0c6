"""The folder of a batch: one run at a time, finished products take their place whole, and what is done is written down at once.

``.batch/lock`` is held while a run works, ``.batch/done.jsonl`` has one record a line of what is finished, and unfinished products lie
in ``.batch/work-...``. A run that is killed at whatever moment leaves finished products, a journal whose last line may be cut off, and
what the next one clears away.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from io import BufferedRandom, BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from arviz.core.errors import InputError
from arviz.core.report import Finding
from arviz.flows.outputs import unwritable, write_files
from arviz.jobs.scratch import locked

MANIFEST = "manifest.json"
PAGE = "report.html"
_OWN = {"report.json", "report.html", "poster.webp"}


class BatchFolder:
    """Hold the folder of a batch while it works; close it by ``with``.

    Parameters
    ----------
    out : Path
        Made if missing.
    resume : bool
        Go on with what an earlier run has finished.
    force : bool
        Begin anew where an earlier run has begun.

    Raises
    ------
    InputError
        ``E_BATCH_RUNNING``, ``E_OUTPUT_EXISTS``, ``E_OUTPUT_UNWRITABLE``
    """

    def __init__(self, out: Path, *, resume: bool, force: bool) -> None:
        self.out = out
        self._force = force
        self._state = out / ".batch"
        self.work = self._state / f"work-{secrets.token_hex(4)}"
        """Where products are made: of this run alone, as workers of a killed one may still write in theirs."""
        self._lock = self._locked()
        try:
            if not (resume or force) and ((out / MANIFEST).exists() or self._journal_path.exists()):
                raise InputError(
                    "E_OUTPUT_EXISTS",
                    "a batch was made here before",
                    where=out,
                    hint="Go on with it by --resume, make everything anew by --force, or choose another folder.",
                )
            self.records = self._read() if resume else {}
            self._journal = self._opened(keep=resume)
            for left in self._state.glob("work-*"):
                shutil.rmtree(left, ignore_errors=True)
            self._made(self.work)
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        with suppress(OSError):  # of a full disk: what could not be written was told
            self._journal.close()
        self._lock.close()

    def forget_summary(self) -> None:
        """Take away what says what is here, before that changes."""
        try:
            for name in (MANIFEST, PAGE):
                (self.out / name).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.out, error) from error

    def keep(self, name: str, made: Path, record: Mapping[str, Any]) -> Finding | None:
        """Give a finished product its place, and write down that it is done; return what keeps it from there."""
        target = self.out / name
        try:
            # In this order: whenever it is cut off, a record never stands beside another conversion's files.
            if target.exists() or target.is_symlink():
                if (finding := self._strange(target)) is not None:
                    return finding
                target.rename(made.parent / "before")
            self._journal.write(json.dumps({"name": name, **record}, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            self._journal.flush()
            made.rename(target)
        except OSError as error:
            told = _unwritable(Path(name), error)
            return Finding(code=told.code, severity="error", where=name, message=str(told), hint=told.hint or "")
        shutil.rmtree(made.parent, ignore_errors=True)
        return None

    def write_summary(self, manifest: bytes, page: bytes) -> None:
        """Write what says what is here."""
        write_files({self.out / MANIFEST: manifest, self.out / PAGE: page})

    @property
    def _journal_path(self) -> Path:
        return self._state / "done.jsonl"

    def _made(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from error

    def _locked(self) -> BufferedRandom:
        self._made(self._state)
        try:
            lock = open(self._state / "lock", "w+b")  # noqa: SIM115 - __exit__ closes it
        except OSError as error:
            raise _unwritable(self._state, error) from error
        if not locked(lock):
            lock.close()
            raise InputError(
                "E_BATCH_RUNNING", "another batch works in this folder", where=self.out, hint="Wait for its end, or choose another folder."
            )
        return lock

    def _opened(self, *, keep: bool) -> BufferedWriter:
        try:
            journal = open(self._journal_path, "ab" if keep else "wb")  # noqa: SIM115 - __exit__ closes it
            if keep and journal.tell():
                journal.write(b"\n")  # ends a line that was cut off
            return journal
        except OSError as error:
            raise _unwritable(self._journal_path, error) from error

    def _read(self) -> dict[str, dict[str, Any]]:
        """Return the last record of each product; a line that is none was cut off."""
        records: dict[str, dict[str, Any]] = {}
        with suppress(FileNotFoundError), open(self._journal_path, "rb") as file:
            for line in file:
                with suppress(ValueError, TypeError, KeyError):
                    record = json.loads(line)
                    records[record.pop("name")] = record
        return records

    def _strange(self, target: Path) -> Finding | None:
        """Return what forbids to replace a folder: it was not made by us, or holds what we did not make."""
        message, hint = "", "Take it away, or choose another folder."
        if target.is_symlink() or not target.is_dir():
            message = "what has the product's name is no folder"
        else:
            try:
                report = json.loads((target / "report.json").read_bytes())
                known = _OWN | {output["uri"] for output in report["outputs"]}
            except (OSError, ValueError, TypeError, KeyError):
                known = set()
            others = sorted(path.name for path in target.iterdir() if path.name not in known)
            if others:
                message = f"the product's folder holds what no conversion has made: {', '.join(others[:3])}"
            elif not self._force and target.name not in self.records:
                message, hint = "the product's folder exists", "Add --force to replace it."
        if not message:
            return None
        return Finding(code="E_OUTPUT_EXISTS", severity="error", where=target.name, message=message[:300], hint=hint)


def _unwritable(where: Path, error: OSError) -> InputError:
    return unwritable(where, error.strerror or str(error))
