"""The seeded fault campaign: real processes in a storm of faults, and their books afterwards."""
