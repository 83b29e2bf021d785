"""Bootstrap: finding a bootstrap message (on a card) and applying one to the tree."""
