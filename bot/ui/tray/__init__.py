"""The reference tray: pictures a person collects, to make new ones of."""
