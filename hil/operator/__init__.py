"""A person who does what no machine of the rig can: asked on the terminal, and believed only where one must."""
