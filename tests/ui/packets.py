"""Ethernet frames between IP addresses, as bytes. Checksums are left out."""

from ipaddress import ip_address

ARP = bytes.fromhex("020000000001 020000000002 0806 0001 0800 06 04 0002 020000000002 0a000002 020000000001 0a000001")

TCP, UDP = 6, 17


def speech(one: str, other: str, ports: tuple[int, int], payload: bytes = b"", *, protocol: int = TCP) -> bytes:
    """From ``one`` to ``other`` and its port; the last digit of an address is its station's."""
    source, destination = ip_address(one), ip_address(other)
    segment = b"".join(port.to_bytes(2, "big") for port in ports)
    if protocol == TCP:
        segment += bytes(8) + b"\x50\x10" + bytes(6) + payload
    else:
        segment += (8 + len(payload)).to_bytes(2, "big") + bytes(2) + payload
    macs = bytes([2, 0, 0, 0, 0, int(other[-1], 16), 2, 0, 0, 0, 0, int(one[-1], 16)])
    size = len(segment)
    if source.version == 4:
        head = bytes([0x45, 0]) + (20 + size).to_bytes(2, "big") + bytes([0, 0, 0, 0, 64, protocol, 0, 0])
        return macs + b"\x08\x00" + head + source.packed + destination.packed + segment
    head = bytes([0x60, 0, 0, 0]) + size.to_bytes(2, "big") + bytes([protocol, 64])
    return macs + b"\x86\xdd" + head + source.packed + destination.packed + segment
