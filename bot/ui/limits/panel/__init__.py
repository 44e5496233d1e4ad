"""`/limits panel`: a server's settings in one message that can be changed in place, also after a restart."""
