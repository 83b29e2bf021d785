"""The notification (package 0), by which a server asks a device for a session (DM Notification 1.2 and 1.3)."""
