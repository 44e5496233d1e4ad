"""Results looked at again: history, favourites, one job, its family."""
