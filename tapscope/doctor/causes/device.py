"""The device node: causes that keep open(2) from reaching the tun driver."""

from tapscope.doctor.causes.cause import Cause

DEVICE = (
    Cause(
        "dev-missing",
        "{node} is not there",
        """open() answered ENOENT: no file of that name exists. On most machines the tun driver makes the node
        itself as soon as its module is loaded (or systemd makes it at boot, from the module's list of static
        nodes), so a missing node means a module that was never installed, a container that was started without the
        device, or a private /dev. Nothing has been asked about privileges yet: a missing node stops root as
        well.""",
    ),
    Cause(
        "dev-path",
        "{blocked} keeps {user} from reaching {node}",
        """To open a file every directory on its path must be searchable (the x bit, or an ACL, or
        CAP_DAC_READ_SEARCH). One of them is not, or is no directory at all, so the walk stopped before the node
        itself was looked at: its mode and its owner cannot even be read. This usually follows from a too strict
        umask when somebody ran mkdir /dev/net.""",
    ),
    Cause(
        "dev-mode",
        "{node} may not be opened by {user}: its mode, group or ACL forbids it",
        """The node has ordinary file permissions. Opening it for reading and writing needs both in the owner's, the
        group's, an ACL's or everybody's bits; CAP_NET_ADMIN does not help here, only CAP_DAC_OVERRIDE in the
        initial user namespace does. Opening the node grants nothing by itself (every interface has its own check),
        so distributions ship it as 0666. If a group has access and you were added to it lately, the session must be
        new: groups are taken at login.""",
        decides="a security module's log (dmesg, ausearch -m avc) names a denial; a mode never does",
    ),
    Cause(
        "dev-nodev-mount",
        "{node} lies on a mount where device nodes are dead",
        """The mount is nodev, or the file system was mounted inside a user namespace, where the kernel ignores
        device nodes whatever the options say. may_open() answers EACCES to everybody, root included, although
        access(2) and ls -l say that all is well. It happens in hand-made chroots and containers, with a tmpfs on
        /dev.""",
        decides="the same open() on a node bind-mounted from the host's /dev: a security module forbids that too",
    ),
    Cause(
        "dev-cgroup",
        "the device cgroup does not allow {node}",
        """open() answered EPERM, and that on a device node is the device controller: the cgroup in which this
        process runs has a list of devices (cgroup v1) or a BPF program (v2), and character device 10:200 is not
        allowed for reading and writing. Root is stopped as well. Container engines and systemd (DeviceAllow=,
        PrivateDevices=) set it; it can be changed from outside only.""",
        decides="open(/dev/null) with the same flags: a seccomp filter, which sees no path, would refuse that too",
    ),
    Cause(
        "dev-no-driver",
        "the tun driver is not loaded",
        """The node is there with the right number, but nobody in the kernel answers to it: open() gave ENODEV (or
        ENXIO) after the kernel had asked for the module char-major-10-200 and got none. The module tun is missing,
        is not for the running kernel (an update without a reboot is the classic case), is blacklisted, or modules
        cannot be loaded from inside a container.""",
    ),
    Cause(
        "dev-bad-number",
        "the device number of {node} is {number}, not 10:200",
        """A device node is only a number. tun is the misc device, major 10, with minor 200; this node carries
        another number, for which no driver is registered, so open() found nobody. Somebody made it by hand.""",
    ),
    Cause(
        "dev-not-tun",
        "{node} opens, but it is not the tun device",
        """open() worked and the ioctl TUNSETIFF answered ENOTTY, which is how a driver says that it does not know
        the request: behind this path is a plain file, a pipe or another device. Often a shell redirection or a
        broken image made a regular file where the node should be.""",
    ),
)
