"""Copying a card: its readable files, what it tells of them and how it answers, as a card image."""
