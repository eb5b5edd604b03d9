"""The pages: the buyer's, and the console of merchants and ops."""
