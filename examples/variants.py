# arviz-test: run
"""Draw every fabric of the demo sofa side by side."""

import numpy as np

import arviz
from arviz.core.resources import resource

sofa = arviz.read(resource("assets", "products", "sofa", "sofa.glb"))
pictures = [arviz.render(sofa, width=240, height=160, variant=name, background="#ffffff") for name in sofa.variants]
sheet = arviz.Image(pixels=np.concatenate([picture.pixels for picture in pictures], axis=1))
print(sofa.variants, sheet)
