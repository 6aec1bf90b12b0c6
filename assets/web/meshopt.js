// model-viewer has meshoptimizer's decoder within itself, and uses it once a script was loaded from where a page says that it lies: this one.
