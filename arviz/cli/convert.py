"""``arviz convert``: product files to AR-ready GLB, true to size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli import error_text
from arviz.cli.delivery import delivered
from arviz.cli.options import INPUT, json_output, stated
from arviz.cli.progress import work_in_sight
from arviz.cli.terminal import file_size, finding_text, once, printable, say, say_json, sides_mm
from arviz.core.errors import ArvizError
from arviz.flows.convert import Conversion, convert_all
from arviz.flows.prepare import Options
from arviz.flows.targets import TARGETS, Delivery

PARTIAL_BATCH = 7
_USD_LOSS = "W_USD_"


@click.command("convert")
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True, type=INPUT)
@click.option("-o", "--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder for the results.")
@stated
@click.option("--name", "names", metavar="NAME", multiple=True, help="Product name; once per input. Default: the file's name.")
@delivered
@click.option("--force", is_flag=True, help="Replace results that exist.")
@json_output
def command(
    inputs: tuple[Path, ...],
    out: Path,
    stated: Mapping[str, Any],
    names: tuple[str, ...],
    delivery: Delivery,
    force: bool,
    as_json: bool,
) -> int:
    """Turn product files (OBJ, STL, PLY, DAE, 3MF, FBX, STEP, USD, GLB, glTF) into AR-ready GLB, true to size.

    For each INPUT writes DIR/NAME/NAME.glb (lossless), NAME.quick-look.usdz (iOS), poster.webp,
    report.json and report.html. With --target only the named files are made beside the lossless one:
    NAME.web.glb, NAME.google-merchant.glb ..., each as small as its quality in pictures allows.
    A file that does not say its unit needs --unit or the listed --size.

    \b
    Examples:
      arviz convert sofa.obj -o ready --size 218x102x79cm
      arviz convert hook.stl -o ready --unit mm
      arviz convert chair.glb -o ready --target web --target quick-look --max-mb 1
      arviz convert chair.glb -o ready --target web --lods 3 --hulls
    """
    options = Options(unit=stated["unit"], listed_m=stated["size"], up=stated["up"], front=stated["front"], delivery=delivery)
    results: list[Conversion | ArvizError] = []
    with work_in_sight(len(inputs)) as work:
        made = convert_all(inputs, out=out, options=options, names=names or None, force=force, started=work.begin, doing=work.doing)
        for result in made:
            results.append(result)
            if isinstance(result, ArvizError):
                work.say(error_text(result))
    _print(inputs, results, as_json=as_json)
    return _exit_code(results)


def _exit_code(results: list[Conversion | ArvizError]) -> int:
    errors = [result for result in results if isinstance(result, ArvizError)]
    if errors:
        return errors[0].exit_code if len(errors) == len(results) else PARTIAL_BATCH
    return 0 if all(isinstance(result, Conversion) and result.ok for result in results) else 1


def _print(inputs: tuple[Path, ...], results: list[Conversion | ArvizError], *, as_json: bool) -> None:
    if as_json:
        rows = [_row(path, result) for path, result in zip(inputs, results, strict=True)]
        say_json({"schema": "arviz.convert/1", "products": rows})
        return
    done = [result for result in results if isinstance(result, Conversion)]
    for result in done:
        _print_product(result)
    if len(results) > 1:
        passed = sum(result.ok for result in done)
        click.echo(f"{passed} fine, {len(done) - passed} failed their checks, {len(results) - len(done)} not converted")


def _row(path: Path, result: Conversion | ArvizError) -> dict[str, Any]:
    if isinstance(result, ArvizError):
        return {"input": str(path), "error": result.to_json()}
    files = {kind: str(file) for kind, file in result.files.items()}
    return {"input": str(path), "name": result.name, "ok": result.ok, "files": files, "report": result.report}


def _print_product(result: Conversion) -> None:
    report = result.report
    for finding in once(f for f in report["findings"] if f["severity"] != "info" and not f["code"].startswith(_USD_LOSS)):
        say(finding_text(finding))
    losses = sum(finding["code"].startswith(_USD_LOSS) for finding in report["findings"])
    if losses:
        # USDZ cannot hold all of glTF: one line here, each one in the page.
        say(f"note: {losses} difference{'' if losses == 1 else 's'} between the USDZ and the GLB: {printable(str(result.files['page']))}")
    say(summary(report) + f"  ->  {printable(str(result.files['master']))}")
    for output in report["outputs"]:
        if output["target"] in (*TARGETS, "hulls") or output.get("level"):
            say(f"  {_called(output)}: {_told(output)}  ->  {printable(str(result.folder / output['uri']))}")


def _called(output: Mapping[str, Any]) -> str:
    return f"  level {output['level']}" if output.get("level") else str(output["target"])


def _told(output: Mapping[str, Any]) -> str:
    """Return the size and quality of a file, and when a level is shown."""
    if output.get("level"):
        when = f"from {output['distance_m']:.2f} m (at most {output['coverage']:.1%} of the height)"
        return f"{file_size(output['bytes'])}, {output['triangles']:,} triangles, {when}"
    if "hulls" in output:
        return f"{output['hulls']} for physics, {file_size(output['bytes'])}"
    quality = output["quality"]
    if quality is None:
        return file_size(output["bytes"])
    decibels = "no difference" if quality["pooled_db"] is None else f"{quality['pooled_db']:.1f} dB"
    return f"{file_size(output['bytes'])}, {output['triangles']:,} triangles, {decibels} in pictures"


def summary(report: dict[str, Any]) -> str:
    """Return the one line before -> after of a converted product."""
    size, unit, master = report["size_mm"], report["unit"], report["outputs"][0]
    sides = "empty" if size is None else sides_mm(size)
    how = {"format": "as its format says", "file": "as the file says", "user": "as you said"}
    source = how.get(unit["source"], f"inferred from the listing, confidence {unit['confidence']:.0%}")
    verdict = click.style("ok", fg="green") if report["ok"] else click.style("failed", fg="red")
    before, after = report["source"], master
    return (
        f"{verdict} {printable(before['file'])} ({file_size(before['bytes'])}, unit {unit['unit']} {source})  ->  "
        f"{sides} (width x depth x height), {after['triangles']:,} triangles, {file_size(after['bytes'])}"
    )
