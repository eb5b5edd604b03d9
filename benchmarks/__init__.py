"""How fast it is, measured: `make bench`, or one of them alone with `python -m benchmarks.polls`. See README.md."""
