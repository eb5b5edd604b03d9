"""What the world's places are called: generated data (see ATTRIBUTION) and its reader. Loaded at the first lookup."""
