"""What the use cases need from outside. Adapters implement these; `bot/app` wires them."""
