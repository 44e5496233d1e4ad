"""A stand-in for Discord at the wire: REST, gateway and CDN on loopback, for a real discord.py client."""
