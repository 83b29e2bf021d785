"""The client's side of a DM session (DM Protocol §5 to §9), without I/O and without a clock."""
