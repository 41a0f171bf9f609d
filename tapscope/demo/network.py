"""The demo's network: two ends of one cable.

Addresses are private (RFC 1918, RFC 4193), names reserved (RFC 6761, RFC 6762).
"""

INTERFACE = "tap0"
HOST_ADDRESS = "10.77.0.1"
GUEST_ADDRESS = "10.77.0.2"
NETMASK = "255.255.255.0"
NO_ADDRESS = "0.0.0.0"  # noqa: S104  not bound to
LEASE_SECONDS = 600

GUEST_MAC = "02:7a:70:00:00:02"
"""Locally administered."""

GUEST_LINK_LOCAL = "fe80::7a:70ff:fe00:2"
"""What follows from the MAC (RFC 4291, appendix A)."""

PREFIX6 = "fd7a:70:77::"
"""Advertised with 64 bits; the host makes itself an address in it."""

GUEST_ADDRESS6 = "fd7a:70:77:0:7a:70ff:fe00:2"

GUEST_NAME = "guest.demo.test"
MDNS_NAME = "guest.local"
MDNS_ADDRESS = "224.0.0.251"
MDNS_MAC = "01:00:5e:00:00:fb"
MDNS_PORT = 5353

NAMES = {
    GUEST_NAME: {"A": GUEST_ADDRESS, "AAAA": GUEST_ADDRESS6},
    "host.demo.test": {"A": HOST_ADDRESS},
    MDNS_NAME: {"A": GUEST_ADDRESS, "AAAA": GUEST_ADDRESS6},
    "2.0.77.10.in-addr.arpa": {"PTR": GUEST_NAME},
    "1.0.77.10.in-addr.arpa": {"PTR": "host.demo.test"},
}
"""What the guest's name server knows: name -> type -> data."""
