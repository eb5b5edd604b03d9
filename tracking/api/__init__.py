"""The REST API, version 1, and the door at which carriers push."""
