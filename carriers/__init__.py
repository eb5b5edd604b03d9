"""What carriers say: one vocabulary, number detection, places, and an adapter per carrier. Plain Python, no Django."""
