"""Glasses: their anchors, how they sit on a head, and what their lenses do to light."""
