"""The demo: a simulated Discord (SimCord) and the offline provider. Nothing in production imports it."""
