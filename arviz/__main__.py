"""``python -m arviz``."""

from arviz.cli import main

main()
