"""``python -m arviz``."""

from arviz.cli import main

if __name__ == "__main__":  # not in worker processes, which import it too
    main()
