"""The benchmark: `python -m tests.bench`. Linux, and a C compiler for the load's programs."""
