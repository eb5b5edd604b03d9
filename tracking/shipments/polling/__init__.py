"""Asking carriers: who is asked next, within which limits, and what a carrier that fails costs the others."""
