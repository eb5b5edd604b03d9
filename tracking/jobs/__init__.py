"""WHAT RUNS BY ITSELF: daily jobs, each once a day whoever ticks, and the heartbeats of the processes."""
