"""The demo: a private namespace, a real TAP, real traffic, and a peer that answers like a guest."""
