"""glTF 2.0 (ISO/IEC 12113:2022), as GLB or separate files: bytes to `Asset` and back, nothing lost."""
