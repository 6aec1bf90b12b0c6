"""AR-ready 3D products: true-size GLB from any mesh file, pictures, and honest reports."""
