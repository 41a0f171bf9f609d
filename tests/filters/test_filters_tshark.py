"""The same filters select the same frames of the foreign corpus as ``tshark -Y``, but for what is listed here.

Frames that tshark calls malformed or cut short are left out: where two dissectors give up in one is a matter of taste.
"""

from pathlib import Path

import pytest
from filters_kit import by_tshark, corpus, merged, numbers, store_of

from tapscope.filters import compile_filter

FRAMES_A_FILE = 40
LINK_TYPES = (0, 1, 12, 14, 50, 101, 113, 228, 229, 276)
"""Those that scapy takes apart, and takes for what tshark does."""

FILTERS = r"""
eth
eth.type == 0x0800
eth.src[0:3] == 00:00:0c
eth.addr == ff:ff:ff:ff:ff:ff
eth.dst.ig == 1
vlan
vlan.id > 1
arp
arp.opcode == 1
arp.src.proto_ipv4 == 10.0.0.0/8
arp.dst.hw_mac == 00:00:00:00:00:00
ip
ip.addr == 10.0.0.0/8
ip.src == 192.168.0.0/16
ip.addr != 10.0.0.0/8
ip.addr !== 10.0.0.0/8
ip.addr in {10.0.0.1, 192.168.0.0/24, 172.16.0.1 .. 172.31.255.254}
ip.ttl < 10
ip.ttl > 1 && ip.ttl < 5
ip.ttl not in {1, 64, 128..255}
ip.flags.df == 1
ip.flags.mf == 1
ip.frag_offset > 0
ip.proto == 17
ip.len > 500
ip.hdr_len > 20
ip.dsfield.dscp == 48
ip.id == 0
ip.checksum == 0
ip.src == ip.dst
!ip
ipv6
ipv6.addr == fe80::/10
ipv6.src == ::/0
ipv6.dst == ff02::1
ipv6.hlim == 255
ipv6.nxt == 58
ipv6.plen > 100
ipv6.flow == 0
icmp
icmp.type == 3
icmp.code == 1
icmp.type in {0, 8}
icmpv6
icmpv6.type == 135
icmpv6.type in {133..137}
icmpv6.nd.ns.target_address == fe80::/10
tcp
tcp.port == 80
tcp.port in {22, 80, 443, 8000..9000}
tcp.srcport > 1024
tcp.flags.syn == 1 && tcp.flags.ack == 0
tcp.flags & 0x04
tcp.flags == 0x010
tcp.window_size_value > 1000
tcp.seq_raw > 0x7fffffff
tcp.hdr_len > 20
tcp.options.mss_val == 1460
tcp.options.wscale.shift > 0
tcp[13] & 02
tcp.srcport == tcp.dstport
all tcp.port > 1000
any tcp.port > 1000
tcp.port === 80
udp
udp.port == 53
udp.port < 1024
udp.length > 100
udp.checksum == 0
sctp
sctp.port == 2905
frame.len > 1000
frame.cap_len < 60
frame.number < 100 || frame.number == 500
frame contains "GET"
frame contains 00:00:00:00:00:01
frame[12:2] == 08:00
frame[-2:2] == 00:00
frame[0,2-3,5:] contains 01
frame.time >= "2023-11-14 22:20:00Z"
frame.time_relative > 100.5
dns
mdns
dns.flags.response == 1
dns.qry.name contains "www"
dns.qry.type == 1
dns.qry.name matches "^[a-m]"
dns.a
dns.resp.type == 5
dns.id == 1
dns.flags.rcode == 3
dns.count.answers > 1
len(dns.qry.name) > 20
upper(dns.qry.name) contains "WWW"
dhcp
dhcp.type == 1
dhcp.option.dhcp == 1
dhcp.ip.your == 10.0.0.0/8
dhcp.hw.mac_addr
dhcpv6
dhcpv6.msgtype == 1
http.request
http.request.method == "GET"
http.host
ntp
ntp.flags.mode == 3
tftp.opcode == 1
snmp
snmp.community == "public"
igmp.type == 0x16
vrrp
vrrp.prio == 100
hsrp
hsrp.group == 1
stp
stp.root.cost == 0
lldp
lldp.tlv.system.name
cdp
cdp.deviceid
eapol
eap
eap.type == 1
radius
radius.code == 1
isakmp
isakmp.exchangetype == 2
pppoes
pppoed
vxlan
vxlan.vni == 100
gre
gre.proto == 0x0800
mpls
esp
ah
rip
rip.version == 2
lacp
l2tp
geneve
llc
llmnr
nbns
tcp contains "HTTP"
udp contains "www"
dns contains "com"
ip contains "www"
eth contains 08:00
ip and udp and not dns
(arp or icmp) and not (vlan or ipv6)
""".strip().splitlines()

NOT_TAKEN_APART = {
    "arista_ether": "a header of Arista's between Ethernet and IP",
    "macsec": "MACsec",
    "nsh": "a network service header",
    "sflow": "frames within sFlow",
    "of10": "frames within OpenFlow",
    "pim": "packets within PIM's register",
    "PIM_register": "packets within PIM's register",
    "ipv6-srh-ipproto-ether": "Ethernet behind a segment routing header",
}
"""Beginning of a file's name -> what scapy does not look into, and tshark does."""
ELSEWHERE = {
    "dns_udp_8053": "tshark knows DNS on another port by its looks",
    "eapon1": "tshark knows HTTP over UDP on the port of SSDP",
    "RADIUS-port1700": "tshark knows RADIUS on another port",
    "rsvp_uni-oobr-3": "tshark does not believe that it is RADIUS",
    "hncp_dhcpv4data-oobr": "tshark does not believe that it is RADIUS",
    "radius_attr_asan": "tshark does not believe that it is RADIUS",
}
"""Beginning of a file's name -> a protocol where the other does not look for it."""
DAMAGED = {
    "arp-oobr": "ARP with addresses of other lengths than it says",
    "scps_invalid": "padding behind the datagram that tshark counts otherwise",
    "kday": "addresses of a header cut short",
    "extract_read2_asan": "a header that says two things",
    "getname_2_read4_asan": "ARP with addresses of no length",
    "dhcp6_reconf_asan": "an option that says two things",
    "isakmp-pointer-loop": "payloads that point at themselves",
    "gre-heapoverflow-1": "a version of GRE that there is not",
    "icmp-cksum-oobr": "an extension of ICMP that is none",
}
"""Beginning of a file's name -> damage that tshark does not call malformed."""
EXCEPT = NOT_TAKEN_APART | ELSEWHERE | DAMAGED


@pytest.mark.timeout(600)
def test_filters_select_what_they_select_in_tshark(tmp_path: Path) -> None:
    files = [file for file in corpus() if not file.name.startswith(tuple(EXCEPT))]
    path = tmp_path / "all.pcapng"
    names = merged(files, LINK_TYPES, FRAMES_A_FILE, path)
    assert len(names) > 2000
    theirs, damaged = by_tshark(path, FILTERS)
    store = store_of(path)
    differing = {}
    for text in FILTERS:
        different = (numbers(store, text) ^ theirs[text]) - damaged - {len(names)}
        if different:
            differing[text] = sorted({names[number - 1] for number in different})[:9]
    assert not differing, "\n".join(f"{text}: {names}" for text, names in differing.items())
    assert sum(bool(theirs[text]) for text in FILTERS) > 100  # most of them select something


def test_there_are_enough_filters_and_all_compile() -> None:
    assert len({compile_filter(text).text for text in FILTERS}) >= 140
