"""Understand camera frames: calibrated lenses, measured rooms, light.

In: `arviz.core.camera.Frame` objects (pictures, cameras, perhaps depth and poses) and the captures that phones export.
Out: `arviz.core.camera.Camera` with its uncertainty, `arviz.core.room.Room`, `arviz.core.room.LightEstimate`. Every number
carries its sigma and its source; what cannot be measured is left unknown.
"""
