"""``arviz worker``: more hands for a render service."""

from __future__ import annotations

import functools
import signal
import threading
from pathlib import Path

import click

from arviz.cli.options import lease, service_folder
from arviz.cli.terminal import say


@click.command("worker")
@service_folder
@click.option(
    "--store", default="", metavar="URL", help="Where files lie, as `arviz serve` was told. Default: in the folder of the service."
)
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Let a Dask cluster do the jobs.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes. Default: one per core.")
@lease
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only these jobs; may be repeated.")
@click.option("--allow-uncontained", is_flag=True, help="Read uploads even where this system cannot contain the process that does.")
def command(
    folder: Path | None,
    store: str,
    cluster: str | None,
    workers: int | None,
    lease: float,
    kinds: tuple[str, ...],
    allow_uncontained: bool,
) -> None:
    """Do the jobs of a render service until it is told to end. Needs the extra [service].

    It works on the folder of the service, beside `arviz serve --workers 0` or in addition to it; several may run. Ctrl-C or SIGTERM
    lets it finish what ends within ten seconds and give the rest back.

    \b
    Examples:
      arviz worker --workers 4
      arviz worker --cluster tcp://scheduler:8786 --store s3://bucket/arviz
    """
    if workers is not None and cluster is not None:
        raise click.UsageError("give either --workers or --cluster")
    from arviz.service.settings import default_folder

    at = folder or default_folder()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    from arviz.jobs.engines import engine_for
    from arviz.jobs.kinds import kind_of
    from arviz.jobs.runner import Runner
    from arviz.jobs.store import Store
    from arviz.jobs.table import JobTable
    from arviz.jobs.warm import Setup, heat

    for kind in kinds:
        kind_of(kind)
    if not (at / "jobs.db").exists():
        say(f"No service has used {at} so far: is it the --folder that `arviz serve` was told?", err=True)
    setup = Setup(allow_uncontained=allow_uncontained)
    address = cluster or ("local" if workers is None else f"local:{workers}")
    with JobTable(at / "jobs.db") as table, engine_for(address, heat=functools.partial(heat, setup)) as engine:
        runner = Runner(table, Store(store or str(at / "store")), engine, kinds=kinds or None, setup=setup, lease_s=lease)
        say(f"{runner.name} works on {at} with {engine.slots} process{'' if engine.slots == 1 else 'es'} (Ctrl-C ends it)", err=True)
        runner.run(stop)
