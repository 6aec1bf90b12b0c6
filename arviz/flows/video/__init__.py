"""Encoders of moving pictures. In: finished frames, one after the other; out: one file that grows as they come."""
