"""Programs for frames, compiled by libpcap (pcap-filter(7)) through cypcap; what is wrong with a filter, and where."""

import re
import socket
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from tapscope.capture.bpf import Instruction
from tapscope.frame import LINKTYPE_ETHERNET

_SNAP_LENGTH = 262_144
_DATA_LINK: Mapping[int, int] = {101: 12}
"""DLT_ numbers that differ from LINKTYPE_ ones on Linux."""

_ENDINGS = ("", "1", "port 1", "arp", "1.2.3.4", "host 1.2.3.4", "02:00:00:00:00:01", "= 1", "0] = 1", "] = 1", ") = 1")
"""With one of them, or with more parentheses, what is right so far becomes a whole filter."""

_WORD = re.compile(r"\\?[A-Za-z0-9][-_.:A-Za-z0-9]*")
_NO_NAME = re.compile(
    r"\\.*|\d[\d.]*|0x[0-9a-f:]+|[0-9a-f]*:[0-9a-f:.]*|([0-9a-f]{1,2}-){5}[0-9a-f]{1,2}", re.IGNORECASE
)
_JOINING = re.compile(r"and|or|not")
_KEYWORD = re.compile(
    "dst|src|host|gateway|net|mask|port|portrange|less|greater|proto|protochain|byte|link|ether|ppp|slip|fddi|tr|wlan|"
    "arp|rarp|ip|ip6|ipv6|sctp|tcp|udp|icmp|icmp6|icmpv6|igmp|igrp|pim|vrrp|carp|radio|atalk|aarp|decnet|lat|sca|moprc|"
    "mopdl|iso|esis|es-is|isis|is-is|clnp|stp|ipx|netbeui|ah|esp|broadcast|multicast|inbound|outbound|ifname|on|rset|"
    "ruleset|rnr|rulenum|srnr|subrulenum|reason|action|vlan|mpls|pppoed|pppoes|geneve|vxlan|type|subtype|direction|dir|"
    "len|length|addr[1-4]|address[1-4]|ra|ta|l1|l2|iih|lsp|snp|csnp|psnp"
)
"""Those of ``scanner.l``, but for ATM's and SS7's."""
_BEFORE_NO_NAME = re.compile("port|portrange|proto|protochain|ifname|on|reason|action|type|subtype|dir|direction")
"""What follows is looked up in this machine's own tables, or not at all."""
_CONSTANT = re.compile(
    "tcpflags|tcp-(fin|syn|rst|push|ack|urg|ece|cwr)|icmp6?(type|code)|icmp-(echo(reply)?|unreach|sourcequench|redirect|"
    "router(advert|solicit)|timxceed|paramprob|tstamp(reply)?|ireq(reply)?|mask(req|reply))|icmp6-("
    "destinationrunreach|packettoobig|timeexceeded|parameterproblem|echo(reply)?|multicastlistener(query|done|reportv[12])|"
    "(multicast)?router(solicit|advert|renum|termination)|neighbor(solicit|advert)|redirect|"
    "nodeinformation(query|response)|ineighbordiscovery(solicit|advert)|homeagentdiscovery(request|reply)|"
    "(mobileprefix|certpath)(solicit|advert))"
)
"""The names of flags, fields and types in ``scanner.l``."""


class FilterRefused(OSError):
    """The text is no filter. ``at`` is the place in it of the word that libpcap stumbles over, None if not known."""

    def __init__(self, said: str, at: int | None = None) -> None:
        super().__init__(said)
        self.at = at


def libpcap() -> Any:
    """Return cypcap. Raises ``FilterRefused`` where it is not installed."""
    try:
        import cypcap  # noqa: PLC0415  an extra
    except ImportError:
        raise FilterRefused("capture filters want cypcap, which brings libpcap: pip install cypcap") from None
    return cypcap


def compiled(text: str, link_type: int) -> Any:
    """The program for frames of this LINKTYPE_. Raises ``FilterRefused``."""
    pcap = libpcap()
    try:
        with pcap.open_dead(pcap.DatalinkType(_DATA_LINK.get(link_type, link_type)), _SNAP_LENGTH) as handle:
            return handle.compile(text)
    except (pcap.Error, ValueError) as refused:
        raise FilterRefused(str(refused.args[-1])) from None


def compiled_for_interface(text: str, name: str, link_type: int) -> Any:
    """The program as tcpdump would have it on this interface; None where libpcap sees another link type, or nothing.

    The kernel keeps a VLAN tag beside the frame, and libpcap knows. It wants an interface that is up for that.
    """
    pcap = libpcap()
    try:
        with warnings.catch_warnings(), pcap.create(name) as handle:
            warnings.simplefilter("ignore")  # what is no error would be written over the screen
            handle.activate()
            return handle.compile(text) if int(handle.datalink()) == _DATA_LINK.get(link_type, link_type) else None
    except (pcap.Error, ValueError):
        return None


def instructions_of(program: Any) -> Sequence[Instruction]:
    """What libpcap compiled, instruction by instruction."""
    return [Instruction(*line) for line in program]


def names_in(text: str) -> Sequence[str]:
    """The words that libpcap would take for the names of hosts or networks, which it asks the resolver for.

    It does not answer before the resolver does, and nothing else runs meanwhile (cypcap keeps the interpreter's lock).
    """
    return [match[0] for match in _names(text)]


def _names(text: str) -> list[re.Match[str]]:
    found, before = [], ""
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if _KEYWORD.fullmatch(word):
            before = word
        elif not (_JOINING.fullmatch(word) or _NO_NAME.fullmatch(word) or _CONSTANT.fullmatch(word)):
            found += [match] * (not _BEFORE_NO_NAME.fullmatch(before))
    return found


def look_up(names: Sequence[str]) -> None:
    """Wait for a resolver to answer for each name, whatever it says. Raises ``FilterRefused`` where none answers.

    Others run meanwhile; when libpcap asks again, the answer is near.
    """
    for name in names:
        try:
            socket.getaddrinfo(name, None)
        except (socket.gaierror, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
                raise FilterRefused(f"{name} cannot be looked up: {error.strerror}") from None


def check_words(text: str) -> None:
    """Raise ``FilterRefused`` for what libpcap refuses, in its own words, without asking anybody for a name."""
    try:
        compiled(_nameless(text), LINKTYPE_ETHERNET)
    except FilterRefused as refused:
        if "syntax error" in str(refused):
            raise FilterRefused(str(refused), _stumbled_at(text)) from None
        if not names_in(text):
            raise


def _nameless(text: str) -> str:
    """With an address for each name."""
    for match in reversed(_names(text)):
        text = f"{text[: match.start()]}1.2.3.4{text[match.end() :]}"
    return text


def _stumbled_at(text: str) -> int | None:
    """Where the first word is with which no filter can go on."""
    at = 0
    for word in text.split():
        at = text.index(word, at)
        if not _can_go_on(text[: at + len(word)]):
            return at
        at += len(word)
    return None


def _can_go_on(beginning: str) -> bool:
    plain = _nameless(beginning)
    for ending in _ENDINGS:
        for closing in range(plain.count("(") - plain.count(")") + 1):
            try:
                compiled(f"{plain} {ending}{')' * closing}", LINKTYPE_ETHERNET)
            except FilterRefused as refused:
                if "syntax error" in str(refused):
                    continue
            return True
    return False
