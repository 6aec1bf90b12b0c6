"""Other renderers that ours is measured against and compared with; development only, installed on first use."""
