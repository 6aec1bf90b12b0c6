"""Where depth frames of one room were taken, from what they show: frames with depth -> poses with their uncertainty.

What two frames both show in the photo (SIFT) stands at a measured place in each: three such points give a pose. The planes
of both frames make it exact, the rest of the depth has to agree, and what does not is refused, never placed by guess.
"""

from arviz.vision.registration.register import Registered, register

__all__ = ["Registered", "register"]
