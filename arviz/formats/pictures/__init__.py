"""Pictures as files: what a texture is for, and its smallest bytes for that. Encoded bytes in, encoded bytes out."""
