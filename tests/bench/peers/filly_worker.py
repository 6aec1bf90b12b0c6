"""The other side of `tests.bench.peers.filly`: runs in the peers' own venv, which holds filly and numpy only.

Reads one JSON command per line from its standard input, answers one JSON line each on the standard output it was
started with; what Filament prints goes to the standard error output.
"""

import json
import math
import os
import sys
import time

import numpy as np

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import filly  # noqa: E402

filly.set_log_level("error")
EXPOSURE_OF_ONE = -math.log2(1.2)
"""EV100 at which a luminance of 1 becomes 1: Filament multiplies by 1 / (1.2 * 2^EV100)."""


class Worker:
    """One renderer, one scene at a time."""

    def __init__(self):
        self.renderer = filly.Renderer()
        self.environments = {}
        self.scene = self.target = None

    def show(self, *, glb, environment, width_px, height_px, vertical_fov_rad, samples, tone_mapping, exposure, turn_rad, sun, variant):
        """Load a product and its light; return what filly warned about."""
        for old in (self.scene, self.target):
            if old is not None:
                old.close()
        self.scene = scene = self.renderer.create_scene()
        scene.transparent, scene.background = True, (0, 0, 0, 0)
        scene.tone_mapping, scene.msaa = tone_mapping, samples
        if environment not in self.environments:
            self.environments[environment] = self.renderer.load_environment(environment)
        scene.environment = self.environments[environment]
        scene.environment_intensity = exposure
        scene.environment_rotation_deg = math.degrees(turn_rad)
        model = scene.load(glb)
        if variant is not None:
            model.apply_variant(variant)
        self.box = np.array(model.bounds)
        if sun is not None:
            scene.shadows = True
            light = scene.add_sun_light(direction=sun["direction"], intensity=sun["intensity"])
            light.casts_shadows, light.shadow_map_size = True, sun["map_px"]
        self.camera = self.renderer.create_camera()
        self.camera.exposure = EXPOSURE_OF_ONE
        self.fov_deg, self.aspect = math.degrees(vertical_fov_rad), width_px / height_px
        scene.camera = self.camera
        self.target = self.renderer.create_render_target(width=width_px, height=height_px)
        return self.box.tolist()

    def draw(self, world_from_gl_camera):
        """Draw one frame; return (H, W, 4) uint8."""
        pose = np.array(world_from_gl_camera)
        distance = float(np.linalg.norm(pose[:3, 3] - self.box.mean(axis=0)))
        radius = float(np.linalg.norm(self.box[1] - self.box[0])) / 2
        far = distance + 1.05 * radius
        self.camera.set_perspective(fov_y_deg=self.fov_deg, aspect=self.aspect, near=max(distance - 1.05 * radius, far / 1000), far=far)
        self.camera.transform = pose
        self.renderer.render(self.scene, self.target)
        return self.target.read()

    def picture(self, *, pose, path):
        """Write a frame as a numpy file."""
        np.save(path, self.draw(pose))

    def frames(self, *, poses):
        """Return processor seconds of each frame, all threads, its pixels read back."""
        seconds = []
        for pose in poses:
            start = time.process_time()
            self.draw(pose)
            seconds.append(time.process_time() - start)
        return seconds


def main():
    """Serve until the input ends."""
    worker = Worker()
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"result": getattr(worker, command.pop("do"))(**command)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)


main()
