"""The demo: a private namespace, a real TAP, real traffic, and a peer that answers like a guest."""

from tapscope.demo.opener import Demo, prepare

__all__ = ["Demo", "prepare"]
