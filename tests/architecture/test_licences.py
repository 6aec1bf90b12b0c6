"""No package that `pip install arviz3d` brings is under the GPL or the AGPL."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement

from tests.architecture.checkout import ROOT


def installed_by(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """Return the distribution called `name` and all that it needs here, without extras."""
    if name not in seen:
        seen[name] = distribution(name)
        for line in seen[name].requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                installed_by(re.sub(r"[-_.]+", "-", requirement.name).lower(), seen)
    return seen


def licence(found: Distribution) -> str:
    """Return what a distribution says about its licence: expression, classifiers, the first line of the text."""
    meta = found.metadata
    said = [meta.get("License-Expression", ""), *(c for c in meta.get_all("Classifier", []) if c.startswith("License"))]
    return "; ".join([*said, (meta.get("License") or "").partition("\n")[0]])


def test_no_dependency_is_under_the_gpl():
    try:
        packages = installed_by("arviz3d", {})
    except PackageNotFoundError as error:
        pytest.skip(f"not installed: {error}")
    assert len(packages) > 20
    for extra in ("mitsuba", "mitsuba-oidn"):  # as far as they are installed
        with suppress(PackageNotFoundError):
            installed_by(extra, packages)
    strong = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|(GNU )?(Affero )?General Public)", re.IGNORECASE)
    assert {name: text for name, found in packages.items() if strong.search(text := licence(found))} == {}


def test_every_direct_dependency_is_explained():
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    direct = {Requirement(line).name for line in distribution("arviz3d").requires or []} - {"arviz3d"}  # [dev] brings its extras
    assert {name for name in direct if f"| {name} |" not in page} == set()
