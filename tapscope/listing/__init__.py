"""What there is to look into: the same list for the terminal's picker and for ``tapscope list``."""
