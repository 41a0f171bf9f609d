"""Capture: sources of frames, the loop that reads them in a thread, the inbox where two threads meet."""
