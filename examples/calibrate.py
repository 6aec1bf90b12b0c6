"""Calibrate a camera from photos of a board, and compare with the truth: the photos are synthetic, so the truth is known."""

# arviz-test: run

import numpy as np

from arviz.core.camera import Camera
from arviz.core.image import encode
from arviz.flows.calibrate import calibrate
from arviz.testing.boards import board_view, random_views
from arviz.vision.calibration.boards import parse_board

board = parse_board("charuco:7x6:30mm")
k = np.array([[430.0, 0, 236.2], [0, 430, 183.5], [0, 0, 1]])
truth = Camera(k=k, width_px=480, height_px=360, distortion=(-0.15, 0.05, 0.0005, -0.0005, 0))

rng = np.random.default_rng(7)
poses = random_views(board, truth, 12, rng)
photos = [board_view(board, camera=truth, camera_from_board=pose, blur_px=0.7, noise=2.0, rng=rng) for pose in poses]

result = calibrate([encode(photo, "PNG") for photo in photos], board=board)

camera, report = result.camera, result.report
pairs = {"fx_px": (0, 0), "fy_px": (1, 1), "cx_px": (0, 2), "cy_px": (1, 2)}
for name, (row, column) in pairs.items():
    print(f"{name[:2]} {camera.k[row, column]:8.2f} +- {report['sigma'][name]:.2f} px (truth: {truth.k[row, column]:.2f})")
print(f"residual {report['rms_px']:.3f} px, of unseen pictures {report['hold_out']['median_px']:.3f} px")
print(f"a distant point is placed to {report['projection_sigma_px']['median']:.2f} px (median, one sigma)")
