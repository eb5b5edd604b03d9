"""The one door: whatever is told is kept, read, folded and stored in one transaction."""
