"""The front without a terminal: a line a frame on stdout, or a capture file; messages on stderr."""
