"""Putting a bootstrap on a card that is in front of us: a plan first, then each step looked at."""
