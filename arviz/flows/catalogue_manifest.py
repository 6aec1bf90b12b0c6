"""``manifest.json`` of a catalogue: every row, and what came of it; others read only this (docs/reference/manifest.md).

It depends on the catalogue, its files and the options alone: no time, no path of a machine, nothing of how often a run was stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arviz.flows.catalogue import Catalogue, Entry, Row

SCHEMA = "arviz.manifest/1"
STATES = ("passed", "failed", "error")


def manifest(catalogue: Catalogue, records: Mapping[int, Mapping[str, Any]], *, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of ``manifest.json``.

    Parameters
    ----------
    catalogue : Catalogue
    records : Mapping
        Line of a row -> its record (`arviz.flows.batch`); there is one for every row.
    options : Mapping
        What every product was converted with, plain JSON.
    """
    products = [_product(row, records[row.line]["product"]) for row in catalogue.rows]
    return {
        "schema": SCHEMA,
        "catalogue": {"file": catalogue.path.name, "sha256": catalogue.sha256},
        "options": dict(options),
        "counts": {state: sum(product["state"] == state for product in products) for state in STATES},
        "findings": [finding.to_json() for finding in catalogue.findings],
        "products": products,
    }


def _product(row: Row, made: Mapping[str, Any]) -> dict[str, Any]:
    # What reading the row found stands beside what converting found.
    findings = [{**finding.to_json(), "count": 1} for finding in row.findings if row.entry is not None]
    return {"line": row.line, **_said(row), **made, "findings": findings + list(made["findings"])}


def _said(row: Row) -> dict[str, Any]:
    """Return what the catalogue says of a product; of a row that is not usable its words."""
    entry = row.entry
    if not isinstance(entry, Entry):
        return {name: str(row.said.get(name) or "") for name in ("sku", "title", "file")}
    return {
        "sku": entry.sku,
        "title": entry.title,
        "file": str(row.said["file"]),
        "group": entry.group,
        "tags": list(entry.tags),
        "targets": list(entry.targets),
        "price_minor": entry.price_minor,
        "currency": entry.currency,
        "more": dict(entry.more),
    }
