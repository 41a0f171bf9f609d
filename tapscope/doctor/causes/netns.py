"""Why another network namespace could not be entered (``--netns``)."""

from tapscope.doctor.causes.cause import Cause

NETNS = (
    Cause(
        "netns-hidden-process",
        "{netns} is closed to {user}",
        """A network namespace without a name is had by way of a process that stands in it, through
        /proc/PID/ns/net. That link may be followed only by who could look into the process with a debugger: the same
        user with at least its capabilities, while it is dumpable, or CAP_SYS_PTRACE. Another user's process, and
        one's own that runs with file capabilities or has changed its ids, ask for root. A namespace with a name
        (ip netns add) is a file that everybody may open.""",
    ),
    Cause(
        "netns-no-cap",
        "entering {netns} asks for CAP_SYS_ADMIN, which {user} does not have here",
        """setns(2) into a network namespace asks for CAP_SYS_ADMIN twice: over the user namespace that owns the
        network, and in one's own. CAP_NET_ADMIN, with which one could do anything to the interfaces there, is not
        enough to go there. Who made a user namespace has all capabilities in it, so that a network which belongs to
        such a one, as those of rootless containers do, is entered without privilege by its user, and by nobody else
        but root. What belongs to root asks for root: tapscope as a whole, or only for the step into the namespace,
        after which the user's own rights over the TAP decide.""",
    ),
    Cause(
        "netns-foreign-owner",
        "{netns} belongs to a user namespace over which this one has no power",
        """User namespaces form a tree, and capabilities reach from each downwards, never up or across. This process
        stands in one, with or without every capability and uid 0, and the network namespace is owned by one that is
        above it or beside it: the kernel does not even say by which (NS_GET_USERNS answers EPERM). From inside a
        container or a sandbox there is no way to the network of the host; it must be asked from outside.""",
    ),
)
