"""The light of a room from its frames: where it comes from, its colour, and how sure that is."""

from arviz.vision.light.estimate import estimate_light

__all__ = ["estimate_light"]
