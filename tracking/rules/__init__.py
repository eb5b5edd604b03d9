"""What follows from what was reported. Pure: no Django, no I/O, no clock (`now` is an argument)."""
