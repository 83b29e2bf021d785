"""PAP: what a push initiator and a push gateway say to each other (WAP-247-PAP)."""
