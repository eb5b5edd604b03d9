"""What no table understands: counted, mapped by people to an event code, and read again from the raw answers."""
