"""The whole platform on one machine, for people and for tests."""
