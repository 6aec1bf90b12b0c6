"""Calibration data that ships with arviz; reached with ``arviz.core.resources.resource("calibration", ...)``."""
