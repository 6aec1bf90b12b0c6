"""Planes of one depth frame: found in cells, grown, refined by pixel, with their sigma; and turned into right angles."""
