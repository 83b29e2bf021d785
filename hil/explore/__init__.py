"""Walking through a card's files by hand: where one is, what is there, and what it means."""
