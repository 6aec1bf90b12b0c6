"""Write docs/reference/openapi.json: what the service says of itself, in a fixed order, so that a change is seen in review."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from arviz.service.app import create_app
from arviz.service.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "openapi.json"


def described() -> str:
    """Return the description of a service with all defaults; without the version, which changes with each release."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(folder=Path(folder), work=False))
        with app.state.parts:
            told = app.openapi()
    told["info"]["version"] = ""
    return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(described(), "utf-8")
    print(PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE)


if __name__ == "__main__":
    main()
