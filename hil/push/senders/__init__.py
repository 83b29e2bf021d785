"""Ways to send a push from here, without a rig: what push parts and ``dmrig push send`` have in common."""
