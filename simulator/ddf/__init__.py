"""Device descriptions (DDF): which nodes a device can have, as its maker publishes them."""
