"""The interface itself, what goes with an open door, and the last resort."""

from tapscope.doctor.causes.cause import Cause
from tapscope.doctor.finding import Severity

_EINVAL = "ip -d link show: it names the device's kind, mode (tun or tap) and multi_queue"

TAP = (
    Cause(
        "tap-owner-other",
        "{interface} belongs to {owner}, not to {user}",
        """A TAP can have an owner (ip tuntap … user NAME). Attaching then needs that effective uid, or
        CAP_NET_ADMIN over the network namespace. Where a group is set as well both must match. The owner can be
        changed by who is attached, or by making the TAP anew.""",
    ),
    Cause(
        "tap-group-other",
        "{interface} is for the group {group}, in which {user} is not",
        """A TAP can have a group (ip tuntap … group NAME). Attaching then needs that group among the process's
        groups, or CAP_NET_ADMIN over the network namespace; an owner that matches does not make up for it, both
        must match. Groups are taken at login: a group joined since then is not in this session yet.""",
    ),
    Cause(
        "tap-busy",
        "{interface} is held by {holder}",
        """A TAP without multi_queue has one end, and one descriptor at a time is attached to it. EBUSY says nothing
        about privilege: root gets it too, and a user without any. The holder may be a virtual machine, a VPN,
        another tapscope, or a child process that inherited the descriptor. One can always watch beside the holder
        with a packet socket, which takes nothing away from it.""",
    ),
    Cause(
        "tap-excl",
        "{interface} exists already, and the request asked for a new one only",
        """With IFF_TUN_EXCL in the request the kernel refuses any name that is taken, whatever kind of interface it
        is and whoever asks. ip tuntap add asks so; tapscope never does.""",
    ),
    Cause(
        "tap-type-mismatch",
        "{interface} is a {mode} device, and something else was asked for",
        """A tun device is either TUN (IP packets) or TAP (Ethernet frames) for life. The request must name the
        same; a request that names neither is invalid too. The answer is EINVAL, before any privilege is looked
        at.""",
        decides=_EINVAL,
    ),
    Cause(
        "tap-multiqueue-mismatch",
        "{interface} and the request differ in multi_queue",
        """Whether a TAP has one queue or many is fixed when it is made, and IFF_MULTI_QUEUE in the request must say
        the same, in both directions; else EINVAL, before any privilege is looked at. Virtual machine monitors that
        ask for several queues meet it on taps made by hand, and the other way round.""",
        decides=_EINVAL,
    ),
    Cause(
        "tap-queues-full",
        "all 256 queues of {interface} are taken",
        """A multi_queue TAP has room for 256 attached descriptors (MAX_TAP_QUEUES), whoever holds them. The kernel
        answers E2BIG to the next one, root's too, until a holder lets go of one. Watching takes no queue.""",
    ),
    Cause(
        "if-not-tuntap",
        "{interface} is {kind}, not a TAP",
        """TUNSETIFF attaches to TUN and TAP devices only. An Ethernet card, a bridge, a veth pair or a macvtap of
        that name gives EINVAL, to root as well. Watching works on every kind of interface; for a macvtap the end to
        open is /dev/tapN.""",
        decides=_EINVAL,
    ),
    Cause(
        "if-missing",
        "{interface} does not exist here",
        """A packet socket watches an interface that exists; binding it to a name that does not is ENODEV. (The
        peer's door would make the TAP.) Names are private to a network namespace: ip link lists those of this
        one.""",
    ),
    Cause(
        "name-invalid",
        "no interface can have the name {name}",
        """The kernel takes 1 to 15 bytes without white space, slash and colon, and neither . nor ..; a percent sign
        only as one %d, for which it picks a number. Anything else is EINVAL when the device would be
        registered.""",
        decides=_EINVAL,
    ),
    Cause(
        "name-truncated",
        "the name {name} is longer than 15 bytes, and the kernel would cut it",
        """An interface name has room for 15 bytes. TUNSETIFF does not refuse a longer one: it cuts it, without an
        error, and attaches to, or makes, the interface of the shorter name. tapscope refuses such names itself,
        since what would be opened is not what was asked for.""",
    ),
    Cause(
        "fd-already-attached",
        "the descriptor was attached before, {attached}",
        """One descriptor of /dev/net/tun is one end of one interface. A second TUNSETIFF on it is EEXIST. A fresh
        open() gives a fresh descriptor. (Rarely EEXIST means that somebody made an interface of that name at the
        same instant.)""",
    ),
    Cause(
        "napi-frags-needs-init-cap",
        "IFF_NAPI_FRAGS needs CAP_NET_ADMIN in the initial user namespace",
        """With IFF_NAPI_FRAGS a process builds socket buffers of its own shape, which is for testing drivers: it is
        the one flag for which the kernel asks capable(), the initial user namespace, so that root in a container
        does not do. tapscope never asks for it.""",
    ),
    Cause(
        "if-down",
        "{interface} is down: no frame passes until it is up",
        """The TAP is open, but the interface is administratively down. Writing to it is EIO, nothing is ever read,
        and a packet socket answers ENETDOWN. It carries frames as soon as it is set up.""",
        severity=Severity.WARNING,
    ),
    Cause(
        "if-up-no-netadmin",
        "{interface} is down, and setting it up needs CAP_NET_ADMIN",
        """Owning a TAP opens it, and no more: to set it up or give it an address (SIOCSIFFLAGS, netlink) the kernel
        asks for CAP_NET_ADMIN, of the owner too. One command of root's, once, at the time when the TAP is made, is
        enough; the state stays when tapscope ends.""",
        severity=Severity.WARNING,
    ),
    Cause(
        "tap-unowned",
        "{interface} has neither owner nor group: every user who can open {node} can attach",
        """tun_not_capable() asks for nothing when neither owner nor group is set. The kernel's documentation says
        otherwise, the code does not: whoever may open /dev/net/tun, and that is mostly everybody, attaches to such
        a TAP, reads what the host sends, and sends in its neighbour's name. Give it an owner.""",
        severity=Severity.WARNING,
    ),
    Cause(
        "unexplained",
        "none of the known causes fits",
        """The attempt was refused and no rule explains it with what could be seen. Everything that was seen stands
        with it. strace -f -e trace=openat,ioctl,socket,bind, the kernel's log, and a report to tapscope's makers
        are the next steps: a cause that is missing here is a defect.""",
    ),
)
