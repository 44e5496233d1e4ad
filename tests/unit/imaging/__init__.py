"""`bot/imaging`: every picture these tests use is made when they run."""
