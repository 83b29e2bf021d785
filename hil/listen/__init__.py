"""Where a device listens for pushes by itself: UDP, and HTTP as a terminal of Push OTA. Loopback only."""
