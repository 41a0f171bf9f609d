"""Capture files and pipes: pcap and pcapng, read by our own parsers.

Parsers (``pcap``, ``pcapng``) turn a window of bytes into a batch and never touch a file; sources (``mapped``,
``stream``, ``follow``) bring the windows.
"""

from tapscope.capture.files.follow import open_follow
from tapscope.capture.files.opening import open_file, open_stream
from tapscope.capture.files.recognise import BadCapture

__all__ = ["BadCapture", "open_file", "open_follow", "open_stream"]
