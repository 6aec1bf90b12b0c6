"""``arviz batch``: a whole catalogue to AR-ready products."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arviz.cli.delivery import delivered
from arviz.cli.options import INPUT, json_output
from arviz.cli.terminal import finding_text, hint_text, printable, say, say_json
from arviz.flows.targets import Delivery

if TYPE_CHECKING:
    from arviz.jobs.batch import Batch, Step

PARTIAL_BATCH = 7
_EVERY_S = 15.0
"""Between two lines of progress where there is no terminal."""
_SHOWN = 3
"""Of many products that are in work at once."""
_USD_LOSS = "W_USD_"


@click.command("batch")
@click.argument("catalogue", metavar="CATALOGUE", type=INPUT)
@click.option("-o", "--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder for the results.")
@click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help="Products at once. Default: one per core.")
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Let a Dask cluster do it.")
@click.option("--resume", is_flag=True, help="Go on with a batch that was stopped; do what has changed since.")
@click.option("--force", is_flag=True, help="Make everything anew.")
@delivered
@click.option("--encoding", metavar="NAME", help="Of the catalogue's text, such as gb18030. Default: UTF-8, else Windows-1252.")
@click.option("--column", "columns", metavar="NAME=HEADING", multiple=True, help='What a column of the table is, as in file="3D model".')
@json_output
def command(
    catalogue: Path,
    out: Path,
    jobs: int | None,
    cluster: str | None,
    resume: bool,
    force: bool,
    encoding: str | None,
    columns: tuple[str, ...],
    delivery: Delivery,
    as_json: bool,
) -> int:
    """Convert every product of a CATALOGUE (.csv, .jsonl, or a folder of model files), one bad file never stops the run.

    Columns of a table: sku, file, title, size, width, depth, height, unit, file_unit, up, front, price_minor, currency, tags, group,
    targets; names such as Dateiname or Breite (cm) are understood. For each product writes DIR/SKU/ as `arviz convert` does, then
    DIR/manifest.json and DIR/report.html. After Ctrl-C, or whatever ended it, --resume goes on.

    \b
    Examples:
      arviz batch catalog.csv -o ready
      arviz batch "my models" -o ready
      arviz batch catalog.csv -o ready --target web --target quick-look --resume
      arviz batch catalog.jsonl -o /shared/ready --cluster tcp://scheduler:8786
    """
    if jobs is not None and cluster is not None:
        raise click.UsageError("give either --jobs or --cluster")
    if resume and force:
        raise click.UsageError("give either --resume or --force")
    from arviz.flows.catalogue import read_catalogue
    from arviz.jobs.batch import batch

    listed = read_catalogue(catalogue, encoding=encoding, columns=_named(columns))
    for finding in listed.findings:
        say(finding_text(finding.to_json()), err=True)
    engine = cluster or ("local" if jobs is None else f"local:{jobs}")
    try:
        with _progress(len(listed.rows)) as told:
            made = batch(listed, out=out, engine=engine, resume=resume, force=force, delivery=delivery, progress=told)
    except (KeyboardInterrupt, SystemExit):
        again = [word for word in sys.argv[1:] if word not in ("--force", "--resume")]
        say(f"\nto go on: arviz {shlex.join(again)} --resume", err=True)
        raise
    _print(made, as_json=as_json, lines=not catalogue.is_dir())
    return _exit_code(made)


def _named(columns: tuple[str, ...]) -> dict[str, str]:
    pairs = [column.partition("=") for column in columns]
    if any(not (name.strip() and heading.strip()) for name, _, heading in pairs):
        raise click.UsageError('--column says NAME=HEADING, as in --column file="3D model"')
    return {name.strip().lower(): heading for name, _, heading in pairs}


def _exit_code(made: Batch) -> int:
    counts = made.manifest["counts"]
    if counts["error"]:
        return PARTIAL_BATCH
    return 0 if made.ok else 1


def _print(made: Batch, *, as_json: bool, lines: bool) -> None:
    if as_json:
        say_json({**made.manifest, "files": {name: str(path) for name, path in made.files.items()}})
        return
    for product in made.manifest["products"]:
        _print_product(product, line=f"line {product['line']}, " if lines else "")
    counts = made.manifest["counts"]
    kept = f" ({made.kept} of them finished before)" if made.kept else ""
    click.echo(f"{counts['passed']} fine, {counts['failed']} failed their checks, {counts['error']} not converted{kept}")
    unlisted = sum(product.get("size_mm") is not None and product["listed_mm"] is None for product in made.manifest["products"])
    if unlisted:
        click.echo(f"size not checked: no listed size for {unlisted} product{'s' * (unlisted != 1)}")
    for path in made.files.values():
        say(f"->  {printable(str(path.resolve()))}")


def _print_product(product: dict[str, Any], *, line: str) -> None:
    """Print what is wrong with a product, or doubtful; what a USDZ cannot hold stands in its page."""
    told = {severity: [finding for finding in product["findings"] if finding["severity"] == severity] for severity in ("error", "warning")}
    state, colour = {"failed": ("failed", "red"), "error": ("not converted", "red"), "passed": ("look at", "yellow")}[product["state"]]
    for finding in told["error"][:1] or [one for one in told["warning"] if not one["code"].startswith(_USD_LOSS)]:
        more = f" and {finding['count'] - 1} more" if finding["count"] > 1 else ""
        what = f"{line}{printable(product['sku'] or product['file'])}: {printable(finding['message'])}{more}"
        say(f"{click.style(state, fg=colour)}: {what} [{finding['code']}]{hint_text(finding['hint'])}")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Step], None]]:
    """Show on stderr how far a batch is and what is left: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    # rich's own estimate would count what an earlier run had finished.
    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=total)
        told = _Told()
        yield lambda step: bar.update(task, completed=step.done, description=told(step))


class _Told:
    """What is told of a step: what is in work, how long the rest takes by what this run has made, how many are in trouble."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._trouble = 0

    def __call__(self, step: Step) -> str:
        self._trouble += step.product["state"] != "passed"
        made, left = step.done - step.kept, step.total - step.done
        words = [f"{self._trouble} with faults"] if self._trouble else []
        if left > len(step.working) and made > 0:  # of the last ones nobody knows how long they take
            words.append(f"about {_duration((time.monotonic() - self._began) / made * left)} left")
        words += [f"in work: {', '.join(step.working[:_SHOWN])}"] if step.working else []
        return printable(", ".join(words))


class _Lines:
    def __init__(self) -> None:
        self._told = _Told()
        self._said = time.monotonic()

    def __call__(self, step: Step) -> None:
        words, now = self._told(step), time.monotonic()
        if now - self._said < _EVERY_S or step.done == step.total:
            return
        self._said = now
        say(f"{step.done} of {step.total} products, {words}", err=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
