"""Look at the names of parts: a configurator, an exploded view and a person need to tell them apart."""

from __future__ import annotations

from collections import Counter

from arviz.core.asset import Asset
from arviz.core.report import Finding, Report


def check_names(asset: Asset) -> Report:
    """Report mesh nodes without a name and names that several of them carry; part ids are unique all the same."""
    names = [node.name or (asset.meshes[node.mesh].name if node.mesh is not None else "") for node in asset.nodes if node.mesh is not None]
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    findings = []
    if empty := sum(not name for name in names):
        findings.append(
            Finding(
                code="I_PART_UNNAMED",
                severity="info",
                message=f"{empty} of {len(names)} parts have no name",
                hint="Name them in a 3D editor: seat, leg left, ...",
            )
        )
    if twice:
        findings.append(
            Finding(
                code="I_PART_NAME_TWICE",
                severity="info",
                where=", ".join(twice[:3]),
                message=f"{len(twice)} names are carried by several parts",
                hint="Give each part its own name.",
            )
        )
    return Report(findings=tuple(findings))
