"""Everything Discord draws: cards, buttons, texts, and the presenter that brings cards up to date."""
