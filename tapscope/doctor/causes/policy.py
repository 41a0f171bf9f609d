"""Namespaces and what else may say no."""

from tapscope.doctor.causes.cause import Cause

POLICY = (
    Cause(
        "userns-foreign-net",
        "{capability} is there, but for another user namespace than the one that owns this network",
        """ns_capable() asks for the capability in the user namespace that owns the network namespace. A process
        inside a user namespace can have every capability, be uid 0, and still stand in the network of the host:
        over that it has none. unshare -Ur without -n makes exactly this. The kernel's answer to NS_GET_USERNS shows
        it: the owner is above us. Either take a network namespace too, or enter the user namespace that owns this
        one.""",
    ),
    Cause(
        "tap-wrong-netns",
        "{interface} is not in this network namespace, but {elsewhere}",
        """Interface names are private to a network namespace, and the node /dev/net/tun acts on the namespace of
        the process that opened it. Asking for a TAP that lives in another one is no error: with CAP_NET_ADMIN a
        new, empty TAP of that name is made here and no frame of the other ever arrives; without, the kernel says
        EPERM, as to any attempt to create. /sys/class/net shows the interfaces of the namespace in which sysfs was
        mounted, which misleads under ip netns exec and unshare -n; ip link tells the truth.""",
        decides="which of the two was meant: the interface in the other namespace, or a new one here",
    ),
    Cause(
        "seccomp",
        "a seccomp filter answers in the kernel's place",
        """The process runs under a seccomp filter (inherited, irrevocable), and that refuses the call before the
        driver sees it. The probe that shows it is TUNSETIFF with a null pointer, which the driver always answers
        with EFAULT; any other answer comes from something in front of it. Container engines, systemd
        (SystemCallFilter=, RestrictAddressFamilies=) and sandboxes such as flatpak and snap install such filters;
        only they can change them.""",
        decides="the audit log (dmesg | grep SECCOMP shows logged actions), or the same command outside of the sandbox",
    ),
    Cause(
        "landlock",
        "Landlock forbids the call",
        """Landlock is a sandbox that a process puts on itself and on all it starts. It refuses with EACCES: opening
        the node, where the path is not allowed for writing, or (since Linux 6.10) ioctls on devices, decided by the
        rules at the time of open(). It shows nowhere in /proc. Only starting outside of the sandbox helps.""",
        decides="the audit log, which names Landlock's denials since Linux 6.15 and SELinux's and AppArmor's always",
    ),
    Cause(
        "lsm",
        "a security module refuses what capabilities would allow",
        """Everything that the kernel's own checks ask for is there, and the answer is still no: a Linux security
        module (AppArmor, SELinux, Smack) has the last word. SELinux refuses with EACCES (class tun_socket: create,
        relabelfrom, relabelto), AppArmor mostly with EACCES, and Ubuntu's restriction of unprivileged user
        namespaces with EPERM: the namespace is made, and its capabilities are worth nothing. The denial is in the
        kernel's log.""",
        decides="the kernel's log: dmesg | grep -i -e apparmor -e avc",
    ),
)
