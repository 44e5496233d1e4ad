"""What all rooms draw with: escaping, theme, components, replies, and who may see what."""
