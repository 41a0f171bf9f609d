"""Capabilities of the process and its threads."""

from tapscope.doctor.causes.cause import Cause

CAPABILITY = (
    Cause(
        "no-caps",
        "this process does not have {capability}, which making {interface} asks for",
        """Attaching to a TAP needs either that the TAP is yours (its owner and group, where set, match) or
        CAP_NET_ADMIN over the network namespace. Creating one always needs the capability. This process has
        neither, and there is no sign that somebody tried to give it: no file capabilities, no ambient set, a parent
        without them. The remedy that gives away least is a TAP that belongs to you: made once by root, then open to
        you alone and to no other process's advantage.""",
        decides="getcap on the file that was meant to have it, and ip link in the namespace where the TAP was made",
    ),
    Cause(
        "net-raw-only",
        "there is CAP_NET_RAW, but the TAP asks for CAP_NET_ADMIN",
        """CAP_NET_RAW opens packet sockets: it lets you watch an interface as tcpdump does. Attaching to a TAP,
        being its peer, is network administration and asks for CAP_NET_ADMIN (or for a TAP of your own). Neither
        capability implies the other; advice for Wireshark and tcpdump sets only the first.""",
    ),
    Cause(
        "packet-no-net-raw",
        "watching asks for CAP_NET_RAW, which this thread does not have",
        """An AF_PACKET socket, which is how tcpdump and tapscope watch an interface that somebody else holds, is
        made only by who has CAP_NET_RAW over the network namespace. CAP_NET_ADMIN does not include it, and owning
        the TAP does not help. Once the socket is made nothing more is asked: binding and promiscuous membership are
        free.""",
    ),
    Cause(
        "root-without-cap",
        "this is root, yet without {capability}",
        """The kernel asks for the capability, never for uid 0. Root usually has all of them because execve() gives
        uid 0 the whole bounding set; here the bounding set lacks it (containers drop NET_ADMIN by default), or the
        securebit NOROOT took away root's privilege, or the program gave the capability up. Inside a container only
        who starts the container can change it.""",
    ),
    Cause(
        "cap-dropped",
        "{capability} was given to this process, and has been given up since",
        """AT_SECURE says that the last execve() gave privileges, or the permitted set still has the capability, but
        the effective set, which alone counts, has it no longer: the program itself called capset() or a wrapper
        around it. Dropping is right after everything is open, and wrong before. A capability that is still
        permitted can be raised again; one that is gone from permitted comes back only with a new execve().""",
    ),
    Cause(
        "setuid-dropped-caps",
        "{capability} went away when the process changed from root to {user}",
        """A process that turns all its user ids from 0 to something else loses permitted, effective and ambient
        sets at that moment (capabilities(7)), unless it set PR_SET_KEEPCAPS or the securebit NO_SETUID_FIXUP
        before. The trace is that the process is not dumpable although its execve() raised nothing. Programs that
        start as root and call setuid() must open the TAP before, or keep the capability and raise it
        afterwards.""",
    ),
    Cause(
        "cap-other-thread",
        "another thread of this process has {capability}; the thread that asks has not",
        """capset() acts on one thread, whatever tools that show /proc/self/status suggest: that is the main thread.
        A new thread copies the sets of the one that made it at that moment. So the thread that opens the TAP must
        raise the capability itself, or be started after it was raised.""",
    ),
    Cause(
        "ambient-cleared-by-filecaps",
        "the ambient set was cleared at execve, because {program} has file capabilities of its own",
        """Ambient capabilities are meant for programs that know nothing of capabilities. As soon as the file that
        is executed has file capabilities, whichever they are, or is setuid or setgid, execve() clears the ambient
        set and only what the file grants remains. The inheritable set, which survives, is the trace. Take the
        capabilities from the file, or give it the missing one.""",
        decides="AmbientCap of the starting process at the moment of the execve: strace -e capset,prctl on it shows it",
    ),
    Cause(
        "helper-no-ambient",
        "{parent} did not hand {capability} on: it is not in the ambient set",
        """Capabilities do not survive execve() by themselves: a process with file capabilities that starts another
        program starts it without. To pass one on the parent must put it into its inheritable and then into its
        ambient set (prctl PR_CAP_AMBIENT_RAISE) before it starts the child, or open the TAP itself and pass the
        descriptor, which needs no capability at all on the other side.""",
        decides="the parent's ambient set at the moment of the execve",
    ),
)
