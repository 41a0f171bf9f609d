"""The header columns of one frame, read the plain way: what the vectorised reader is held against."""

from tapscope.store.headers import NO_NETWORK, NO_VLAN, Kind
from tapscope.store.kinds import EXTENSIONS, NETWORKS, TRANSPORT_BYTES, TRANSPORTS, TUNNEL_PORTS, Network, Transport

NOTHING = {
    "mac_destination_high": 0,
    "mac_destination_low": 0,
    "mac_source_high": 0,
    "mac_source_low": 0,
    "ethertype": 0,
    "vlan": NO_VLAN,
    "network": NO_NETWORK,
    "transport": 0,
    "source": 0,
    "destination": 0,
    "protocol": 0,
    "kind": 0,
    "first": 0,
    "second": 0,
    "tcp_flags": 0,
}
LINK_TYPES = (0, 1, 12, 101, 108, 113, 228, 229, 276, 105)


def number(data: bytes, at: int, count: int) -> int:
    return int.from_bytes(data[at : at + count], "big")


class Reader:
    """Reads ``data``, a whole frame as far as it was captured, into ``row``."""

    def __init__(self, data: bytes, link_type: int) -> None:
        self.row = dict(NOTHING)
        self.data = data
        begins = self.link(link_type)
        if begins is None:
            self.row["kind"] |= Kind.OPAQUE
            return
        self.at, ethertype = begins
        self.ethertype = 0 if ethertype < 0x600 else ethertype
        self.tags()
        self.row["network"], self.row["ethertype"] = self.at, self.ethertype
        network = NETWORKS[self.ethertype]
        if network == Network.NESTED and self.at < len(data):
            self.row["kind"] |= Kind.NESTED
        if network in (Network.IPV4, Network.IPV6, Network.ARP):
            self.network(network)
        if self.row["kind"] & (Kind.IPV4 | Kind.IPV6) and not self.row["kind"] & Kind.LATER:
            self.transport()

    def link(self, link_type: int) -> tuple[int, int] | None:
        """Where the network header is and its ethertype; None where that cannot be told."""
        data = self.data
        if link_type == 1 and len(data) >= 14:
            for name, at in (("destination", 0), ("source", 6)):
                self.row[f"mac_{name}_high"] = number(data, at, 2)
                self.row[f"mac_{name}_low"] = number(data, at + 2, 4)
            if number(data, 12, 2) < 0x600 and data[:5] in (b"\x01\0\x0c\0\0", b"\x0c\0\x0c\0\0"):
                self.row["kind"] |= Kind.OPAQUE
            return 14, number(data, 12, 2)
        if link_type in (113, 276):
            size, hardware, protocol = (16, 2, 14) if link_type == 113 else (20, 8, 0)
            if len(data) >= size and number(data, hardware, 2) not in (801, 802, 803, 824):
                return size, number(data, protocol, 2)
        if link_type in (0, 108) and len(data) >= 4:
            family = int.from_bytes(data[:4], "little")
            family = family if family <= 0xFFFF else number(data, 0, 4)
            known = {2: 0x0800, 23: 0x86DD, 24: 0x86DD, 28: 0x86DD, 30: 0x86DD}
            return 4, known.get(family, family if family <= 0xFFFF else 0)
        if link_type in (12, 14, 101) and data:
            return 0, {4: 0x0800, 6: 0x86DD}.get(data[0] >> 4, 0)
        return {228: (0, 0x0800), 229: (0, 0x86DD)}.get(link_type)

    def tags(self) -> None:
        level = 0
        while NETWORKS[self.ethertype] == Network.TAG:
            if len(self.data) < self.at + 4 or self.at + 4 > 254:
                self.row["kind"] |= Kind.OPAQUE
                return
            if level == 0:
                self.row["vlan"] = number(self.data, self.at, 2) & 0xFFF
            else:
                self.row["kind"] |= Kind.TAGS
            ethertype = number(self.data, self.at + 2, 2)
            self.ethertype = 0 if ethertype < 0x600 else ethertype
            self.at += 4
            level += 1

    def network(self, announced: int) -> None:
        head = self.data[self.at :]
        version = head[0] >> 4 if head else 0
        if announced == Network.ARP:
            read = len(head) >= 8 and self.arp(head)
        elif version == 6:
            read = len(head) >= 40 and self.ipv6(head)
        else:
            read = version == 4 and announced == Network.IPV4 and len(head) >= 20 and self.ipv4(head)
        if not read:
            self.row["kind"] |= Kind.OPAQUE

    def arp(self, head: bytes) -> bool:
        self.row["kind"] |= Kind.ARP
        self.row["first"] = number(head, 6, 2)
        hardware = head[4]
        if number(head, 2, 2) == 0x0800 and head[5] == 4 and len(head) >= 16 + 2 * hardware:
            self.row["source"] = number(head, 8 + hardware, 4)
            self.row["destination"] = number(head, 12 + 2 * hardware, 4)
        return True

    def ipv4(self, head: bytes) -> bool:
        size, total = (head[0] & 15) * 4, number(head, 2, 2)
        if size < 20 or 0 < total < size:
            return False
        self.row.update(source=number(head, 12, 4), destination=number(head, 16, 4), protocol=head[9])
        self.row["kind"] |= Kind.IPV4
        self.fragment(number(head, 6, 2) & 0x1FFF, number(head, 6, 2) & 0x2000)
        self.cut(total)
        if len(self.data) < self.at + size:
            self.row["kind"] |= Kind.OPAQUE
        self.begin_transport(self.at + size)
        return True

    def ipv6(self, head: bytes) -> bool:
        for name, at in (("source", 8), ("destination", 24)):
            words = [number(head, at + word, 4) for word in (0, 4, 8, 12)]
            self.row[name] = words[0] ^ words[1] ^ words[2] ^ words[3]
        self.row["kind"] |= Kind.IPV6
        if number(head, 4, 2) or head[6]:
            self.cut(number(head, 4, 2) + 40)
        at, self.row["protocol"] = self.at + 40, head[6]
        for _ in range(16):
            protocol = self.row["protocol"]
            if protocol not in EXTENSIONS:
                self.begin_transport(at)
                return True
            if len(self.data) < at + 8:
                return True
            following, size = self.data[at], self.data[at + 1]
            if protocol in (135, 139, 140) and following == 59:
                self.begin_transport(at)
                return True
            self.row["protocol"] = following
            offset = number(self.data, at + 2, 2) if protocol == 44 else 0
            self.fragment(offset >> 3, offset & 1)
            if offset >> 3:
                return True
            at += {44: 8, 51: (size + 2) * 4}.get(protocol, (size + 1) * 8)
        self.row["kind"] |= Kind.OPAQUE
        return True

    def fragment(self, offset: int, more: int) -> None:
        self.row["kind"] |= (Kind.LATER if offset else 0) | (Kind.FRAGMENT if offset or more else 0)

    def cut(self, total: int) -> None:
        if total:
            self.data = self.data[: self.at + total]

    def begin_transport(self, at: int) -> None:
        if at < len(self.data) and not self.row["kind"] & Kind.LATER:
            self.row["transport"] = at

    def transport(self) -> None:
        head = self.data[self.row["transport"] :] if self.row["transport"] else b""
        carried = TRANSPORTS[self.row["protocol"]]
        if len(head) < TRANSPORT_BYTES[self.row["protocol"]]:
            self.row["kind"] |= Kind.OPAQUE
        if head and carried == Transport.NESTED:
            self.row["kind"] |= Kind.NESTED
        if carried in (Transport.PORTS, Transport.TCP, Transport.UDP) and len(head) >= 4:
            self.row.update(first=number(head, 0, 2), second=number(head, 2, 2))
            if carried == Transport.UDP and {self.row["first"], self.row["second"]} & set(TUNNEL_PORTS):
                self.row["kind"] |= Kind.NESTED
        if carried == Transport.TCP and len(head) >= 14:
            if head[12] >> 4 < 5:
                self.row["kind"] |= Kind.OPAQUE
            else:
                self.row["tcp_flags"] = number(head, 12, 2) & 0xFFF
        if carried in (Transport.ICMP, Transport.ICMPV6) and len(head) >= 2:
            self.row.update(first=head[0], second=head[1])
            quoting = (3, 4, 5, 11, 12) if carried == Transport.ICMP else (*range(128), 137)
            if head[0] in quoting:
                self.row["kind"] |= Kind.NESTED
