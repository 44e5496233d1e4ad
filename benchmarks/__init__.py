"""Benchmarks: Easel beside the shortest bot that does the same, over the stand-ins of the tests. `make bench`."""
