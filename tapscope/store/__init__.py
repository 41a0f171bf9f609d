"""The store: raw bytes in an arena, numpy columns beside them, rows by number, pcap and pcapng out."""
