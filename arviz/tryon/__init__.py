"""What a person tries on: `Recipe`, `Landmarks`, `HeadPose` and `FaceScale` in, items to render and make-up layers out.

`makeup` is two-dimensional, in linear light; `head` is the person's own head as a mesh; `glasses` sit on it.
"""
