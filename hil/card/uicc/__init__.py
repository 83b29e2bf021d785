"""A virtual UICC: its files, its PIN, its channels and the commands it understands; no I/O."""
