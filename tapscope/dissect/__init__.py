"""scapy, kept in one room: bytes to summary row, layer tree with bit ranges, printable text."""
