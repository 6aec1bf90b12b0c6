"""Points of faces, hands and bodies in a picture: estimators, far faces, and how points stay steady in a video."""
