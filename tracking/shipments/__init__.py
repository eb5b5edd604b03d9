"""What we know: shipments, their legs, every event reported, and the answers it was read from."""
