"""The use cases. They reach the outside world only through the ports of the domain."""
