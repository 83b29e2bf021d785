"""TLS on both sides: what may be chosen, contexts made of it, and certificates made for a run."""
