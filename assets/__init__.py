"""Files that ship with arviz, made by the scripts in ``make/``; reached with ``arviz.core.resources.resource``."""
