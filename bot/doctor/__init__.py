"""`python -m bot doctor` and `invite`: what an operator asks before the first start, and when something is wrong."""
