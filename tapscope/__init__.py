"""tapscope: look into a Linux TAP device, and learn why you may not."""

__version__ = "0.1.0"
