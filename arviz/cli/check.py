"""``arviz check``: does a product file keep the rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, json_output, listed_size, listed_size_options, unit
from arviz.cli.terminal import finding_text, once, printable, say, say_json, sides_mm
from arviz.flows.check import DEFAULT_PROFILES, USDZ_PROFILES, check


@click.command("check")
@click.argument("file", type=INPUT)
@click.option(
    "--profile",
    "profiles",
    metavar="NAME|FILE.json",
    multiple=True,
    help=f"Platform rules, repeatable. Default: {DEFAULT_PROFILES[0]}; for a USDZ {USDZ_PROFILES[0]}.",
)
@listed_size_options
@unit
@json_output
def command(
    file: Path,
    profiles: tuple[str, ...],
    size: str | None,
    width: str | None,
    depth: str | None,
    height: str | None,
    unit: str,
    as_json: bool,
) -> int:
    """Check a product file: its bytes, geometry, materials, size, and the rules of platforms.

    Exit code 0: nothing is wrong (warnings may stand), 1: something failed, 3 or 4: the file cannot be read.
    Profiles: amazon, apple-quick-look, google-merchant, khronos-mobile-ar, khronos-web, shopify, or a JSON file
    (ours or a Khronos Asset Auditor schema).

    \b
    Examples:
      arviz check sofa.glb --size 218x102x79cm
      arviz check sofa.glb --profile google-merchant --profile shopify
    """
    result = check(
        file,
        profiles=profiles or None,
        size=listed_size(size, width, depth, height),
        unit=None if unit == "auto" else unit,
    )
    if as_json:
        say_json(result)
    else:
        _print(result)
    return 0 if result["ok"] else 1


def _print(result: dict[str, Any]) -> None:
    _print_findings(result["findings"])
    for verdict in result["profiles"]:
        advisories = verdict["advisories"]
        more = f", {advisories} {'warning' if advisories == 1 else 'warnings'}" if advisories else ""
        say(f"{_mark(verdict['ok'])} {printable(verdict['title'])} ({printable(verdict['name'])}){more}")
        _print_findings(verdict["findings"], indent="  ")
        if verdict["findings"]:
            for source in verdict["sources"]:
                say(click.style(printable(f"  source: {source['title']}, {source['url']} (read {source['read']})"), dim=True))
    size = result["size_mm"]
    sides = "size unknown" if size is None else f"{sides_mm(size)} (W x D x H)"
    facts = result["facts"]
    say(f"{_mark(result['ok'])} {printable(result['file'])}: {sides}, {facts['bytes'] / 1e6:,.2f} MB")


def _mark(ok: bool) -> str:
    return click.style("ok", fg="green") if ok else click.style("failed", fg="red")


def _print_findings(findings: Iterable[dict[str, str]], *, indent: str = "") -> None:
    for finding in once(findings):
        hint = "" if finding["severity"] == "info" else finding["hint"]
        where = "" if finding["where"].startswith("profile ") else finding["where"]
        say(finding_text({**finding, "hint": hint, "where": where}, indent=indent))
