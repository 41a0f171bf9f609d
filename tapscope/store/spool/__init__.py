"""Everything that is captured, on disk as pcapng as it comes; and what the store lets go, from there."""
