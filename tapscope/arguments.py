"""What may stand on the command line, and the help that says so."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING, NoReturn

from tapscope import __version__
from tapscope.exits import CommandError
from tapscope.store.spool.plan import rotation_of
from tapscope.units import size_of

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_LEAST_MEMORY = 1 << 20

_EXIT_CODES = """\
exit codes:
    0  done                                 69  the TAP is busy: somebody else holds it
    1  a check failed (doctor)              70  an error in tapscope itself
    2  the command line is wrong            74  reading or writing failed, or the device went away
   65  nothing in the capture can be read   77  permission denied
   66  no such file or interface           130  interrupted (Ctrl-C)
  141  whoever read the output went away
"""

_TOP = """\
Look into a Linux TAP device from the terminal, and learn why you may not.

examples:
  tapscope                          what there is to look into; Enter opens it
  tapscope demo                     live traffic on a TAP of its own, no root needed
  tapscope tap0                     attach to tap0, or create it, and show what the host sends into it; watch it where
                                    somebody else, say a virtual machine, holds it
  tapscope br0                      watch any other interface
  tapscope tap0 vnet3 br0           several in one capture, in the order of time
  tapscope eth0 --netns blue        look into another network namespace, by its name or by a process in it
  tapscope vnet3 --spool /var/tmp --spool-rotate 100MB
                                    keep everything on disk, too, however long it takes
  tapscope vnet3 -f 'port 53'       only what passes a capture filter, pcap-filter(7)
  tapscope trace.pcapng             look into a capture file
  tapscope trace.pcapng -Y 'dns || icmp'
                                    only what matches a display filter, wireshark-filter(4); / takes another
  tcpdump -i br0 -U -w - | tapscope -
                                    look into a capture as it is made
  tapscope --follow guest.pcap      look into a capture that QEMU's filter-dump, passt or tcpdump still writes
  tapscope qemu:/tmp/guest.sock     listen to a guest without a TAP: -netdev stream,addr.type=unix,addr.path=…
  tapscope dump tap0 --json | jq .  the same without a terminal: a line a frame
  tapscope list                     the interfaces, who holds them, and which guest that is
  tapscope doctor tap0              say why tap0 cannot be opened, and what mends it

commands:
  tapscope [NAME...|FILE|-]         the terminal's user interface, which without a name begins with the interfaces to
                                    pick from; lines of text where stdout is no terminal
  tapscope dump NAME...|FILE|-      a line a frame, or a capture file
  tapscope demo                     a private network namespace with a TAP and traffic in it
  tapscope list                     a line an interface
  tapscope doctor [NAME]            what this user may do here, and why not more
"""

_WHICH = """\
NAME or FILE: what has a '/' is a file; else an interface, if there is one of that name; else a file, if there is one
or the name ends in .pcap or .pcapng; else the name of a TAP to create. For an interface called like a command, put --
before it: tapscope -- demo.

qemu:SOCKET: QEMU's -netdev stream on a unix socket. With server=off in QEMU, tapscope comes first and waits there;
with server=on, QEMU does. It goes on when the guest goes and comes again.

Attaching makes tapscope the other end of a TAP and asks for CAP_NET_ADMIN or the TAP's owner; watching looks on beside
whoever is the other end, both directions, and asks for CAP_NET_RAW. Without --peer and --watch: attach to a TAP that
is free or not there yet, watch what is held or is no TAP.
"""

_WHERE = """\
--netns: NAME is one of ip netns list; a number that is none of those is a process; what has a '/' is a path, such as
/run/docker/netns/default. tapscope itself goes there, and files stay those of here. That asks for CAP_SYS_ADMIN, but
for a namespace that this user made without privileges, as rootless containers are, for nothing.
"""

_SOURCE = "an interface or several, a capture file, - for stdin, or qemu:SOCKET"

_DUMP = """\
Print a line a frame as it comes: number, seconds since the first frame, interface (where there are several),
direction (in: towards this host, out: sent by it, -: not known), source, destination, protocol, length in bytes on the
wire, info.

examples:
  tapscope dump tap0 -c 10                    ten frames, then stop
  tapscope dump trace.pcapng --json           a JSON object a line
  tapscope dump trace.pcapng -Y 'dns.flags.rcode == 3 and ip.addr == 10.0.0.0/8'
                                              only what matches a display filter, wireshark-filter(4)
  tapscope dump tap0 -w trace.pcapng          lines, and a capture file beside them
  tapscope dump tap0 br0 -w both.pcapng       two interfaces in one capture, which says which frame is whose
  tapscope dump tap0 -w - | wireshark -k -i - a capture on stdout, and no lines
  tcpdump -i br0 -w - | tapscope dump -       from a pipe
"""

_JSON = """\
--json: the keys are number, time, interface, direction, source, destination, protocol, length and info. time is a
string of seconds since the epoch with nine digits after the point, interface a name, direction "in" or "out"; each is
null where the capture does not say.
"""

_DEMO = """\
Make a private user and network namespace with a real TAP in it, and look at real traffic between this host's kernel
and a small peer: ARP, ICMP, DNS, DHCP, TCP, IPv6 neighbours, mDNS. Nothing of the host is touched. Where the system
allows no namespace, a recording of the same traffic is replayed instead.

examples:
  tapscope demo
  tapscope demo --headless -c 30              thirty frames as text, no terminal needed
"""

_LIST = """\
List the interfaces of this network namespace, TAPs first: up or down, carrier (of a TAP: somebody is attached), bytes
in a second, owner, flags, MTU, bridge, the guest, who holds the other end, and whether tapscope would attach to it,
watch it, or can do neither, and why.

examples:
  tapscope list
  tapscope list --json | jq -r 'select(.holders[].guest == "web1").name'
  tapscope list --netns blue                  those of another network namespace
"""

_LIST_JSON = """\
--json: null stands for what does not apply, or cannot be known. in is what came from the interface, out what this host
sent into it, both over about a tenth of a second. held says whether somebody has the other end; holders are those
that may be seen, likely_holders those that may be it where hidden_processes may not be looked into. opens is "attach",
"watch" or null; why says why not more.
"""

_DOCTOR = """\
Try to open the TAP for real, and say what was refused, why, and what mends it.

examples:
  tapscope doctor tap0                        may I attach to tap0, and if not, why not?
  tapscope doctor                             what may I do here at all?
  tapscope doctor tap0 --netns blue           and in another network namespace?
  tapscope doctor --explain tap-busy          a paragraph about a cause; all of them without a name
"""


class Parser(ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Exit with the line instead of the usage."""
        raise CommandError(f"{message}; see {self.prog} --help")

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        """Raises ``OSError``, which argparse would hide."""
        (file or sys.stderr).write(message)


def top() -> ArgumentParser:
    """Return the parser of ``tapscope NAME...|FILE|-``."""
    parser = _parser(
        "tapscope", _TOP, f"{_WHICH}\n{_WHERE}", usage="tapscope [NAME...|FILE|-]  |  tapscope COMMAND [options]"
    )
    _add_sources(parser, "*")
    _add_doors(parser)
    _add_netns(parser)
    _add_sieve(parser)
    _add_display(parser)
    _add_follow(parser)
    _add_memory(parser)
    _add_spool(parser)
    parser.add_argument("--version", action="version", version=f"tapscope {__version__}")
    return parser


def dump() -> ArgumentParser:
    """Return the parser of ``tapscope dump``."""
    parser = _parser("tapscope dump", _DUMP, f"{_JSON}\n{_WHICH}\n{_WHERE}")
    _add_sources(parser, "+")
    _add_doors(parser)
    _add_netns(parser)
    _add_sieve(parser)
    _add_follow(parser)
    _add_dump_options(parser)
    return parser


def demo() -> ArgumentParser:
    """Return the parser of ``tapscope demo``."""
    parser = _parser("tapscope demo", _DEMO, _JSON)
    parser.add_argument("--headless", action="store_true", help="lines on stdout; -c, -w and --json imply it")
    _add_dump_options(parser)
    return parser


def listing() -> ArgumentParser:
    """Return the parser of ``tapscope list``."""
    parser = _parser("tapscope list", _LIST, f"{_LIST_JSON}\n{_WHERE}")
    _add_netns(parser)
    parser.add_argument("--json", action="store_true", help="a JSON object a line instead of a table")
    return parser


def doctor() -> ArgumentParser:
    """Return the parser of ``tapscope doctor``, to which the doctor adds what it takes."""
    parser = _parser("tapscope doctor", _DOCTOR, _WHERE)
    _add_netns(parser)
    return parser


def _parser(prog: str, description: str, more: str, *, usage: str | None = None) -> ArgumentParser:
    parser = Parser(
        prog=prog,
        usage=usage,
        description=description,
        epilog=f"{more}\n{_EXIT_CODES}".lstrip(),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--debug", action="store_true", help="show where in the program an error came from")
    return parser


def _add_sources(parser: ArgumentParser, count: str) -> None:
    parser.add_argument("sources", nargs=count, metavar="NAME|FILE|-", help=_SOURCE)


def _add_doors(parser: ArgumentParser) -> None:
    doors = parser.add_mutually_exclusive_group()
    doors.add_argument("--peer", action="store_const", const="peer", dest="door", help="attach, or be refused")
    doors.add_argument("--watch", action="store_const", const="watch", dest="door", help="watch, attach to nothing")
    parser.set_defaults(door="auto")


def _add_netns(parser: ArgumentParser) -> None:
    parser.add_argument("--netns", metavar="NAME|PID", help="look into another network namespace")


def _add_sieve(parser: ArgumentParser) -> None:
    words = "capture filter, in tcpdump's language: only what passes is kept"
    parser.add_argument("-f", dest="sieve", metavar="FILTER", help=words)


def _add_display(parser: ArgumentParser) -> None:
    words = "display filter, in Wireshark's language: only what matches is shown"
    parser.add_argument("-Y", dest="display", metavar="FILTER", help=words)


def _add_memory(parser: ArgumentParser) -> None:
    words = "what the frames on screen may take, 512MiB for one (an eighth of what is free); the oldest go for new ones"
    parser.add_argument("--memory", type=_size, metavar="SIZE", help=words)


def _add_spool(parser: ArgumentParser) -> None:
    words = "keep every frame in this folder, too, as pcapng, as it comes; what memory has no room for stays listed"
    parser.add_argument("--spool", metavar="DIR", help=words)
    words = "with --spool: begin a new file at this size, 100MB for one, or after this time, 10min or 1h; or 100MB,1h"
    parser.add_argument("--spool-rotate", type=_rotation, metavar="SIZE|TIME", help=words)
    words = "with --spool-rotate: remove the oldest files but N"
    parser.add_argument("--spool-files", type=_count, default=0, metavar="N", help=words)


def _add_follow(parser: ArgumentParser) -> None:
    words = "FILE is still written: go on with what is appended, also where it is begun anew"
    parser.add_argument("--follow", action="store_true", help=words)


def _add_dump_options(parser: ArgumentParser) -> None:
    _add_display(parser)
    parser.add_argument("-c", "--count", type=_count, default=0, metavar="N", help="stop after N frames")
    parser.add_argument(
        "-w", "--write", metavar="FILE|-", help="write the frames to FILE, .pcapng or .pcap, too; to stdout with -"
    )
    parser.add_argument("--json", action="store_true", help="JSON lines instead of text")
    parser.add_argument("-q", "--quiet", action="store_true", help="no lines, for use with -w")


def _size(text: str) -> int:
    try:
        size = size_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
    if size < _LEAST_MEMORY:
        raise ArgumentTypeError(f"{text} holds no capture: give 1MiB or more")
    return size


def _rotation(text: str) -> tuple[int, float]:
    try:
        return rotation_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number: give 1 or more")
    return int(text)
