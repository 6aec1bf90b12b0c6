"""A whole catalogue: every product converted on an engine, one bad file never stops the rest, and a run that was stopped goes on.

What a product becomes depends on its file, its row and the options alone, so that a run that was killed and went on ends with the
same ``manifest.json`` as one that was not.
"""

from __future__ import annotations

import os
import queue
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import islice
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.core.errors import InputError
from arviz.flows.batch import as_finding, convert_entry, delivery_to_json, key_of, options_of, refused_record, still_holds
from arviz.flows.catalogue import Catalogue, Entry, read_catalogue
from arviz.flows.catalogue_manifest import manifest
from arviz.flows.catalogue_report import catalogue_report
from arviz.flows.product_report import to_json_bytes
from arviz.flows.targets import Delivery
from arviz.jobs.batch_folder import MANIFEST, PAGE, BatchFolder
from arviz.jobs.engines import Engine, Told, as_ours, died, engine_for

PRODUCT_S = 1800.0
"""What one product may take: a file that hangs its reader must not hold the batch for ever."""
_DIED = frozenset({"E_CHILD_DIED", "E_TASK_KILLS"})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Batch:
    """A finished batch: the content of its manifest, and where things are."""

    folder: Path
    manifest: Mapping[str, Any]
    kept: int
    """Products that an earlier run had finished."""

    @property
    def files(self) -> dict[str, Path]:
        """``manifest`` and ``page``."""
        return {"manifest": self.folder / MANIFEST, "page": self.folder / PAGE}

    @property
    def ok(self) -> bool:
        """True if every row was converted and passed its checks."""
        counts = self.manifest["counts"]
        return not counts["failed"] and not counts["error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a batch tells whenever a product ends."""

    done: int
    total: int
    kept: int
    """How many of `done` an earlier run had finished."""
    product: Mapping[str, Any]
    """As the manifest has it."""
    working: tuple[str, ...] = ()
    """Names of the products that are in work now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertTask:
    """One product for a worker: plain values."""

    file: str
    name: str
    out: str
    options: Mapping[str, Any]

    def __call__(self, told: Told) -> dict[str, Any]:
        """Do it, in the worker that an engine has given it to."""
        return convert_entry(Path(self.file), name=self.name, out=Path(self.out), options=self.options)


def batch(
    catalogue: str | PathLike[str] | Catalogue,
    *,
    out: str | PathLike[str],
    engine: str = "local",
    resume: bool = False,
    force: bool = False,
    delivery: Delivery | None = None,
    progress: Callable[[Step], object] = lambda step: None,
) -> Batch:
    """Convert every product of a catalogue into ``out/<sku>/``, and write ``out/manifest.json`` and ``out/report.html``.

    Parameters
    ----------
    catalogue : path or Catalogue
        As `arviz.flows.catalogue.read_catalogue` reads it.
    out : path
        Folder for everything. Workers on other machines need it, and the products' files, at the same place.
    engine : str
        ``local`` (one process per processor), ``local:4``, or ``tcp://scheduler:8786`` of a Dask cluster.
    resume : bool
        Keep what an earlier run has finished here, if its input, its row and the options are the same; make the rest.
    force : bool
        Make everything anew.
    delivery : Delivery, optional
        What every product is made for, as `arviz.convert` takes it; targets that a row names are its own.
    progress : callable
        Told of every product that ends.

    Returns
    -------
    Batch
        Products that failed or could not be converted stand in its manifest: look at `Batch.ok`.

    Raises
    ------
    InputError
        The catalogue cannot be read; ``E_OUTPUT_EXISTS`` without `resume` or `force`; ``E_BATCH_RUNNING``;
        ``E_OUTPUT_UNWRITABLE``.
    BackendError, DependencyError
        The engine cannot be used.
    """
    listed = catalogue if isinstance(catalogue, Catalogue) else read_catalogue(catalogue)
    with BatchFolder(Path(fspath(out)).absolute(), resume=resume, force=force) as folder:
        wanted = delivery or Delivery()
        run = _Run(listed, folder, wanted, progress)
        waiting = run.begin()
        if waiting:
            folder.forget_summary()
            with engine_for(engine, heat=beside_others) as opened:
                run.work_off(waiting, opened)
        told = manifest(listed, run.records, options=delivery_to_json(wanted))
        page = catalogue_report(told, thumbnails={line: record["thumbnail"] for line, record in run.records.items()})
        folder.write_summary(to_json_bytes(told), page)
        return Batch(folder=folder.out, manifest=told, kept=run.kept)


def beside_others() -> None:
    """Prepare a worker that is one of several: each draws in one thread."""
    os.environ.setdefault("LP_NUM_THREADS", "1")


@dataclass(slots=True, eq=False)
class _Waiting:
    line: int
    entry: Entry
    options: dict[str, Any]
    again: bool = False
    """Its worker died once: others may have been the reason, a machine without memory for example."""


@dataclass(slots=True, eq=False)
class _Run:
    catalogue: Catalogue
    folder: BatchFolder
    delivery: Delivery
    progress: Callable[[Step], object]
    records: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    kept: int = 0
    working: tuple[str, ...] = ()

    def begin(self) -> deque[_Waiting]:
        """Take what is known already, and return what is to be done."""
        waiting: deque[_Waiting] = deque()
        for row in self.catalogue.rows:
            if row.entry is None:
                self._ended(row.line, refused_record(row.findings))
                continue
            try:
                options = options_of(row.entry, self.delivery)
            except InputError as error:
                found = replace(as_finding(error), where=f"{self.catalogue.path.name}:{row.line}")
                self._ended(row.line, refused_record([found]))
                continue
            known = self.folder.records.get(row.entry.name)
            if known is not None and still_holds(known, row.entry.file, key=key_of(row.entry.name, options), out=self.folder.out):
                self.kept += 1
                self._ended(row.line, known)
            else:
                waiting.append(_Waiting(row.line, row.entry, options))
        return waiting

    def work_off(self, waiting: deque[_Waiting], engine: Engine) -> None:
        """Have everything converted."""
        running: dict[Future[Any], _Waiting] = {}
        ended: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        while waiting or running:
            while waiting and len(running) < max(engine.slots, 1):
                product = waiting.popleft()
                task = ConvertTask(
                    file=str(product.entry.file.absolute()),
                    name=product.entry.name,
                    out=str(self._place(product)),
                    options=product.options,
                )
                future = engine.submit(task, timeout_s=PRODUCT_S)
                running[future] = product
                future.add_done_callback(ended.put)
            future = ended.get()
            product = running.pop(future)
            self.working = tuple(one.entry.name for one in (*running.values(), *islice(waiting, max(engine.slots, 1) - len(running))))
            self._take(product, future, waiting)

    def _take(self, product: _Waiting, future: Future[Any], waiting: deque[_Waiting]) -> None:
        fault = died("the engine gave it up") if future.cancelled() else future.exception()
        if fault is not None:
            error = as_ours(fault)
            if error.code in _DIED and not product.again:
                product.again = True
                waiting.append(product)
                return
            self._ended(product.line, refused_record([as_finding(error)]))
            return
        record = future.result()
        if record["product"]["state"] != "error":
            refused = self.folder.keep(product.entry.name, self._place(product) / product.entry.name, record)
            record = record if refused is None else refused_record([refused])
        self._ended(product.line, record)

    def _place(self, product: _Waiting) -> Path:
        return self.folder.work / f"{product.line}{'-again' if product.again else ''}"

    def _ended(self, line: int, record: Mapping[str, Any]) -> None:
        self.records[line] = record
        total = len(self.catalogue.rows)
        self.progress(Step(done=len(self.records), total=total, kept=self.kept, product=record["product"], working=self.working))
