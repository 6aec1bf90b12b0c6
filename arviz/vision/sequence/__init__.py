"""Photos of a walk through a room: where each was taken, points that several show, and the room's planes through them."""

from arviz.vision.sequence.photos import photo_sequence
from arviz.vision.sequence.result import PhotoSequence, PosedPhoto
from arviz.vision.sequence.room import sequence_room

__all__ = ["PhotoSequence", "PosedPhoto", "photo_sequence", "sequence_room"]
