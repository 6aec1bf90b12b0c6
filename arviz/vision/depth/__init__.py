"""Depth of a frame: read from files, matched in stereo pairs, guessed by a model of the user, sharpened along edges."""
