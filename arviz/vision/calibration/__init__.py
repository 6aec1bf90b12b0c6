"""Calibrate a camera from pictures of a board: boards to print, corners, lens models, uncertainty."""
