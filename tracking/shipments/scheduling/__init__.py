"""When a carrier is asked again: learned dwells, the price of a call, and who is waiting."""
