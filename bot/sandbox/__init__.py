"""The demo: SimCord and the offline provider. Nothing in production imports it."""
