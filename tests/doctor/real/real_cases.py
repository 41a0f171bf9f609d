"""The table: every state that root can bring about here, and the cause that the doctor must name first.

Not reproduced, and why: ``dev-no-driver`` (tun would have to be a module that is not loaded) and ``lsm`` (a policy of
SELinux or AppArmor would have to be loaded, for the whole machine).
"""

from real_kit import Case

UNREACHABLE = {
    "dev-no-driver": "tun would have to be a module that is not loaded",
    "lsm": "a policy of SELinux or AppArmor would have to be loaded, for the whole machine",
}

AMBIENT = "setpriv --reuid=4242 --regid=4242 --clear-groups --inh-caps={0} --ambient-caps={0} --"
NET_ADMIN = AMBIENT.format("+net_admin")
NET_RAW = AMBIENT.format("+net_raw")
IN_TAPS = "setpriv --reuid=4242 --regid=4242 --groups=4300 --inh-caps=-all --"
CAPPED = "own_copy; setcap cap_net_admin=ep $OWN; "
HELD = "mkfifo up; {0} &\nread line < up\n"
RUNNING = "mkfifo -m 666 up go; {0} up go > told &\nread line < up\n"
ANSWER = "echo go > go; wait $! || test $? = 1; cat told"
BLUE = "ip netns add blue; ip -n blue tuntap add dev tap0 mode tap;"
BEYOND = '"$PYTHON" -m tapscope doctor --json tap0 --netns'
SHUT = "|| test $? = 1"

DEVICE = (
    Case("no node", "dev-missing", 'rm /dev/net/tun; ask "$PYTHON"'),
    Case("no folder", "dev-missing", 'umount /dev/net; mount -t tmpfs tmpfs /dev; ask "$PYTHON"'),
    Case("folder closed", "dev-path", 'chmod 700 /dev/net; ask $ALICE "$PYTHON"'),
    Case("a file for a folder", "dev-path", 'mount -t tmpfs tmpfs /dev; touch /dev/net; ask "$PYTHON"'),
    Case("mode 0600", "dev-mode", 'chmod 600 /dev/net/tun; ask $ALICE "$PYTHON"'),
    Case(
        "listed in the group, session older",
        "dev-mode",
        'chown :taps /dev/net/tun; chmod 660 /dev/net/tun; ask $ALICE "$PYTHON"',
    ),
    Case(
        "ACL for somebody else",
        "dev-mode",
        'chmod 600 /dev/net/tun; setfacl -m u:bob:rw /dev/net/tun; ask $ALICE "$PYTHON"',
    ),
    Case("nodev", "dev-nodev-mount", 'mount -o remount,nodev /dev/net; ask "$PYTHON"'),
    Case(
        "device cgroup",
        "dev-cgroup",
        """
        mkdir cg; mount -t cgroup -o devices devices cg
        group=cg/${WORK#/tmp/}; mkdir $group; echo 'c 10:200 rwm' > $group/devices.deny
        sh -c 'echo $$ > '$group'/cgroup.procs; exec "$PYTHON" -m tapscope doctor --json tap0' || test $? = 1
        rmdir $group""",
    ),
    Case(
        "a file system of a user namespace",
        "dev-nodev-mount",
        """
        mkdir private; mkfifo up go
        unshare -Urmn sh -c 'mount -t tmpfs none private; echo up > up; read line < go
            mount --bind private/tun /dev/net/tun; exec "$PYTHON" -m tapscope doctor --json tap0' > told &
        read line < up; mknod -m 666 /proc/$!/root$WORK/private/tun c 10 200; echo go > go
        wait $! || test $? = 1; cat told""",
    ),
    Case("no such driver", "dev-bad-number", 'rm /dev/net/tun; mknod -m 666 /dev/net/tun c 60 200; ask "$PYTHON"'),
    Case("another device", "dev-not-tun", 'rm /dev/net/tun; mknod -m 666 /dev/net/tun c 1 3; ask "$PYTHON"'),
    Case("a plain file", "dev-not-tun", 'rm /dev/net/tun; touch /dev/net/tun; ask "$PYTHON"'),
)

CAPABILITY = (
    Case("a plain user", "no-caps", 'ask $ALICE "$PYTHON"'),
    Case("only NET_RAW", "net-raw-only", f'ask {NET_RAW} "$PYTHON"'),
    Case("only NET_ADMIN, watching", "packet-no-net-raw", f'ask {NET_ADMIN} "$PYTHON"', door="watch"),
    Case("root, bounded", "root-without-cap", 'ask setpriv --bounding-set=-net_admin "$PYTHON"'),
    Case("root, NOROOT", "root-without-cap", 'ask setpriv --securebits=+noroot "$PYTHON"'),
    Case(
        "given up",
        "cap-dropped",
        CAPPED + "$ALICE $OWN $ACTORS/drop.py net_admin || test $? = 1",
    ),
    Case(
        "given up, in the launcher's shadow",
        "filecaps-stripped-unknown",
        CAPPED + "$KEPT $OWN $ACTORS/drop.py net_admin || test $? = 1",
        rivals=("cap-dropped",),
    ),
    Case("setuid", "setuid-dropped-caps", '"$PYTHON" $ACTORS/change_user.py || test $? = 1'),
    Case("another thread", "cap-other-thread", f'{NET_ADMIN} "$PYTHON" $ACTORS/in_thread.py'),
    Case(
        "file with another capability",
        "ambient-cleared-by-filecaps",
        f"own_copy; setcap cap_net_bind_service=ep $OWN; ask {NET_ADMIN} $OWN",
    ),
    Case(
        "child of a capable parent",
        "helper-no-ambient",
        """own_copy; setcap cap_net_admin=ep $OWN
        child='import os, subprocess; subprocess.run([os.environ["PYTHON"], *"-m tapscope doctor --json tap0".split()])'
        $ALICE $OWN -c "$child" """,
    ),
)

FILECAPS = (
    Case("a copy without", "filecaps-none", "own_copy; ask $ALICE $OWN"),
    Case("lost in copying", "filecaps-none", CAPPED + "cp $OWN $OWN.new; mv $OWN.new $OWN; ask $ALICE $OWN"),
    Case("the copy beside", "filecaps-wrong-file", "own_copy; setcap cap_net_admin=ep ${OWN}3; ask $ALICE $OWN"),
    Case(
        "on the script",
        "filecaps-on-script",
        """printf '#!%s\\nimport sys\\nfrom tapscope.cli import main\\nsys.exit(main())\\n' "$PYTHON" > tapscope
        chmod 755 tapscope; setcap cap_net_admin=ep tapscope; $ALICE ./tapscope doctor --json tap0 || test $? = 1""",
    ),
    Case("nosuid", "filecaps-nosuid", CAPPED + "mount -o remount,nosuid $WORK; ask $ALICE $OWN"),
    Case(
        "nosuid bind over suid",
        "filecaps-nosuid",
        CAPPED + "mount --bind own own; mount -o remount,bind,nosuid own; ask $ALICE $OWN",
    ),
    Case(
        "nosuid overlay over suid",
        "filecaps-nosuid",
        CAPPED + "mkdir up work all; mount -t overlay -o nosuid,lowerdir=own,upperdir=up,workdir=work overlay own; "
        "ask $ALICE $OWN",
    ),
    Case(
        "through another mount namespace",
        "filecaps-foreign-mount",
        CAPPED + "mkfifo -m 666 up; unshare -m $ALICE sh -c 'echo up > up; sleep 60' & read line < up; "
        "ask $ALICE /proc/$!/root$OWN",
    ),
    Case(
        "of another root", "filecaps-wrong-userns", "own_copy; setcap -n 100000 cap_net_admin=ep $OWN; ask $ALICE $OWN"
    ),
    Case(
        "bounded",
        "filecaps-bounding",
        "own_copy; setcap cap_net_admin=p $OWN; ask setpriv --bounding-set=-net_admin $ALICE $OWN",
    ),
    Case(
        "permitted, and raising refused",
        "filecaps-not-effective",
        'own_copy; setcap cap_net_admin=p $OWN; ask "$PYTHON" $ACTORS/filtered.py capset EPERM $ALICE $OWN',
    ),
    Case("inheritable", "filecaps-inheritable-only", "own_copy; setcap cap_net_admin=ei $OWN; ask $ALICE $OWN"),
    Case(
        "set while it runs",
        "filecaps-set-after-start",
        "own_copy; " + RUNNING.format("$ALICE $OWN $ACTORS/wait.py") + "setcap cap_net_admin=ep $OWN; " + ANSWER,
    ),
    Case("strace", "filecaps-stripped-ptrace", CAPPED + "ask $ALICE strace -f -o /dev/null $OWN"),
    Case("no_new_privs", "filecaps-stripped-nnp", CAPPED + "ask $ALICE setpriv --no-new-privs $OWN"),
    Case(
        "CLONE_FS",
        "filecaps-stripped-shared-fs",
        CAPPED + 'ask $ALICE "$PYTHON" $ACTORS/share_fs.py $OWN',
    ),
    Case(
        "strace has gone",
        "filecaps-stripped-unknown",
        CAPPED
        + RUNNING.format("$ALICE strace -o /dev/null $OWN $ACTORS/wait.py")
        + 'kill -KILL $!; wait $! || :; echo go > go; until grep -q "^}" told; do sleep 0.02; done; cat told',
    ),
)

POLICY = (
    Case("unshare without -n", "userns-foreign-net", 'ask $ALICE unshare -Ur "$PYTHON"'),
    Case(
        "in a named namespace, a plain user",
        "tap-wrong-netns",
        "mkfifo up; ip netns add blue; ip -n blue tuntap add dev tap0 mode tap; "
        "ip netns exec blue sh -c 'echo up > up; sleep 60' & read line < up; ask $ALICE \"$PYTHON\"",
    ),
    Case("by name, a plain user", "netns-no-cap", f"ip netns add blue; $ALICE {BEYOND} blue {SHUT}", door="netns"),
    Case(
        "made by another user",
        "netns-no-cap",
        "touch theirs; mkfifo -m 666 up; $BOB unshare -Urn sh -c 'echo up > up; sleep 60' & read line < up; "
        f"mount --bind /proc/$!/ns/net theirs; $ALICE {BEYOND} $WORK/theirs {SHUT}",
        door="netns",
    ),
    Case(
        "a process of root's",
        "netns-hidden-process",
        f"mkfifo up; unshare -n sh -c 'echo up > up; sleep 60' & read line < up; $ALICE {BEYOND} $! {SHUT}",
        door="netns",
    ),
    Case(
        "from a sandbox",
        "netns-foreign-owner",
        f"ip netns add blue; $ALICE unshare -Urn {BEYOND} blue {SHUT}",
        door="netns",
    ),
    Case(
        "setns filtered",
        "seccomp",
        f'ip netns add blue; "$PYTHON" $ACTORS/filtered.py setns EPERM {BEYOND} blue {SHUT}',
        door="netns",
    ),
    Case("TUNSETIFF filtered", "seccomp", 'ask "$PYTHON" $ACTORS/filtered.py ioctl EPERM "$PYTHON"'),
    Case("opening filtered", "seccomp", 'ask "$PYTHON" $ACTORS/filtered.py openat EPERM "$PYTHON"'),
    Case(
        "packet sockets filtered",
        "seccomp",
        'ask "$PYTHON" $ACTORS/filtered.py socket EAFNOSUPPORT "$PYTHON"',
        door="watch",
    ),
    Case("ioctl of devices", "landlock", 'ask "$PYTHON" $ACTORS/landlocked.py ioctl "$PYTHON"'),
    Case("opening for writing", "landlock", 'ask "$PYTHON" $ACTORS/landlocked.py open "$PYTHON"'),
)

TAP = (
    Case("bob's", "tap-owner-other", 'ip tuntap add dev tap0 mode tap user bob; ask $ALICE "$PYTHON"'),
    Case(
        "the group's, session older",
        "tap-group-other",
        'ip tuntap add dev tap0 mode tap group taps; ask $ALICE "$PYTHON"',
    ),
    Case(
        "owner fits, group does not",
        "tap-group-other",
        'ip tuntap add dev tap0 mode tap user alice group bob; ask $ALICE "$PYTHON"',
    ),
    Case("held, seen", "tap-busy", HELD.format('"$PYTHON" $ACTORS/hold.py up tap0') + 'ask "$PYTHON"'),
    Case("held by root, hidden", "tap-busy", HELD.format('"$PYTHON" $ACTORS/hold.py up tap0') + 'ask $ALICE "$PYTHON"'),
    Case(
        "256 queues",
        "tap-queues-full",
        "ip tuntap add dev tap0 mode tap multi_queue; "
        + HELD.format('"$PYTHON" $ACTORS/hold.py up tap0 256')
        + 'ask "$PYTHON"',
    ),
    Case("a veth", "if-not-tuntap", 'ip link add tap0 type veth peer name tap1; ask "$PYTHON"'),
    Case("a bridge, a plain user", "if-not-tuntap", 'ip link add tap0 type bridge; ask $ALICE "$PYTHON"'),
    Case("watching what is not there", "if-missing", 'ask "$PYTHON"', door="watch"),
    Case("a name with a space", "name-invalid", '"$PYTHON" -m tapscope doctor --json "a b" || test $? = 1'),
    Case(
        "a long name",
        "name-truncated",
        '"$PYTHON" -m tapscope doctor --json sixteen-bytes-ab || test $? = 1',
        verdict="predicted-refused",
    ),
    Case("IFF_TUN_EXCL", "tap-excl", 'ip tuntap add dev tap0 mode tap; "$PYTHON" $ACTORS/request.py 0x9002'),
    Case(
        "TUN asked of a TAP",
        "tap-type-mismatch",
        'ip tuntap add dev tap0 mode tap; "$PYTHON" $ACTORS/request.py 0x1001',
    ),
    Case(
        "one queue asked of many",
        "tap-multiqueue-mismatch",
        'ip tuntap add dev tap0 mode tap multi_queue; "$PYTHON" $ACTORS/request.py 0x1002',
    ),
    Case("a second TUNSETIFF", "fd-already-attached", '"$PYTHON" $ACTORS/request.py 0x1002 first'),
    Case(
        "IFF_NAPI_FRAGS as root of a sandbox",
        "napi-frags-needs-init-cap",
        '$ALICE unshare -Urn "$PYTHON" $ACTORS/request.py 0x1032',
    ),
)

UNEXPLAINED = (Case("no descriptor left", "unexplained", '"$PYTHON" $ACTORS/exhausted.py || test $? = 1'),)

OPEN = (
    Case("alice's own", "", 'ip tuntap add dev tap0 mode tap user alice; ip link set tap0 up; ask $ALICE "$PYTHON"'),
    Case(
        "her group's", "", f'ip tuntap add dev tap0 mode tap group taps; ip link set tap0 up; ask {IN_TAPS} "$PYTHON"'
    ),
    Case(
        "ownerless, a plain user", "", 'ip tuntap add dev tap0 mode tap; ask $ALICE "$PYTHON"', notes=("tap-unowned",)
    ),
    Case(
        "down, alice's own",
        "",
        'ip tuntap add dev tap0 mode tap user alice; ask $ALICE "$PYTHON"',
        notes=("if-up-no-netadmin",),
    ),
    Case("down, root", "", 'ip tuntap add dev tap0 mode tap user alice; ask "$PYTHON"', notes=("if-down",)),
    Case(
        "in another namespace, root",
        "",
        BLUE + ' ask "$PYTHON"',
        notes=("tap-wrong-netns",),
    ),
    Case("in the other namespace, by name", "", f"{BLUE} $PYTHON -m tapscope doctor --json tap0 --netns blue"),
    Case(
        "in a sandbox that she made, by process",
        "",
        "mkfifo -m 666 up; $ALICE unshare -Urn sh -c 'ip tuntap add dev tap0 mode tap; echo up > up; sleep 60' & "
        f"read line < up; $ALICE {BEYOND} $!",
    ),
    Case(
        "an ACL on the node",
        "",
        "chmod 600 /dev/net/tun; setfacl -m u:alice:rw /dev/net/tun; ip tuntap add dev tap0 mode tap user alice; "
        'ask $ALICE "$PYTHON"',
    ),
    Case("file capabilities", "", CAPPED + "ask $ALICE $OWN"),
    Case("permitted only: tapscope raises it", "", "own_copy; setcap cap_net_admin=p $OWN; ask $ALICE $OWN"),
    Case("ambient on nosuid", "", f"own_copy; mount -o remount,nosuid $WORK; ask {NET_ADMIN} $OWN"),
    Case("ambient with no_new_privs", "", f'ask {NET_ADMIN} setpriv --no-new-privs "$PYTHON"'),
    Case("ambient under strace", "", f'ask {NET_ADMIN} strace -f -o /dev/null "$PYTHON"'),
    Case("root on nosuid", "", "own_copy; mount -o remount,nosuid $WORK; ask $OWN"),
    Case("strace by root", "", CAPPED + "ask strace -f -u alice -o /dev/null $OWN"),
    Case(
        "a link whose target has the capability",
        "",
        CAPPED + "ln -s python $WORK/own/bin/link; ask $ALICE $WORK/own/bin/link",
    ),
    Case(
        "suid overlay over a nosuid lower layer",
        "",
        "mkdir low; mount -t tmpfs -o mode=755 low low; mkdir own up work; mount --bind low own; "
        + CAPPED
        + "mount -o remount,nosuid low; mount -t overlay -o lowerdir=low,upperdir=up,workdir=work overlay own; "
        + "ask $ALICE $OWN",
    ),
    Case("a sandbox of one's own", "", 'ask $ALICE unshare -Urn "$PYTHON"'),
    Case(
        "a second queue",
        "",
        "ip tuntap add dev tap0 mode tap multi_queue; "
        + HELD.format('"$PYTHON" $ACTORS/hold.py up tap0')
        + 'ask "$PYTHON"',
    ),
    Case(
        "watching with NET_RAW", "", f'ip tuntap add dev tap0 mode tap user bob; ask {NET_RAW} "$PYTHON"', door="watch"
    ),
)

CASES = (*DEVICE, *CAPABILITY, *FILECAPS, *POLICY, *TAP, *UNEXPLAINED, *OPEN)
