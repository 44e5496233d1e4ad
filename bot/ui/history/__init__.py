"""Past results: history, favourites, one job, its family."""
