"""The terminal interface: views are windows on the store."""
