"""Everything Discord draws: cards, buttons, texts, and the courier that brings cards up to date."""
