"""The engine ``open3d``: rays through pixel centres by Embree (Open3D's ``RaycastingScene``), no OpenGL and no GPU.

Open3D's other renderer is never used: it is Vulkan, and aborts the process where a driver is missing.
"""
