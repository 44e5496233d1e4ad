"""Use cases, speaking only to the ports of the domain."""
