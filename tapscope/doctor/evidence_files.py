"""Evidence about files: the device node, the interpreter, and the mounts they are reached through."""

from dataclasses import dataclass

from tapscope.doctor.seen import NOT_LOOKED, Seen
from tapscope.machine.capabilities import FileCapabilities


@dataclass(frozen=True, slots=True)
class Mount:
    """The mount a file was reached through, found by the mnt_id of an O_PATH descriptor, never by the path's prefix.

    ``listed`` is False when the id is not in our mountinfo: the mount belongs to another mount namespace.
    ``nosuid`` and ``nodev`` are statvfs(3)'s flags. ``user_namespace`` is True when the file system was mounted inside
    a user namespace (the kernel then ignores device nodes whatever the options say).
    """

    mount_point: Seen[str] = NOT_LOOKED
    file_system: Seen[str] = NOT_LOOKED
    options: Seen[tuple[str, ...]] = NOT_LOOKED
    listed: Seen[bool] = NOT_LOOKED
    nosuid: Seen[bool] = NOT_LOOKED
    nodev: Seen[bool] = NOT_LOOKED
    user_namespace: Seen[bool] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Node:
    """The device node.

    ``kind``        character, block, file, directory, fifo, socket; None: nothing there
    ``blocked_by``  the first directory on the way that may not be searched or is none; None: the way is free
    ``accessible``  faccessat(2) with R_OK|W_OK and effective ids (honours mode, ACL, capability; not nodev)
    ``acl``         its entries as getfacl(1) prints them; None: no ACL beyond the mode
    ``listed_in_group``  the group database lists the user in the node's group (an old session may still lack it)
    ``driver``      /proc/misc lists minor 200 (tun)
    """

    path: str = "/dev/net/tun"
    kind: Seen[str] = NOT_LOOKED
    blocked_by: Seen[str] = NOT_LOOKED
    major: Seen[int] = NOT_LOOKED
    minor: Seen[int] = NOT_LOOKED
    mode: Seen[int] = NOT_LOOKED
    owner: Seen[int] = NOT_LOOKED
    group: Seen[int] = NOT_LOOKED
    owner_name: Seen[str] = NOT_LOOKED
    group_name: Seen[str] = NOT_LOOKED
    acl: Seen[tuple[str, ...]] = NOT_LOOKED
    accessible: Seen[bool] = NOT_LOOKED
    listed_in_group: Seen[bool] = NOT_LOOKED
    driver: Seen[bool] = NOT_LOOKED
    mount: Seen[Mount] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Program:
    """A file that execve(2) ran, or that somebody may have taken for it.

    ``caps_of_other_root``  True: getxattr answered EOVERFLOW, the capabilities are for a root that is not ours
    ``changed_ns``          st_ctime, which setcap moves
    ``symlink``             ``path`` itself is a symbolic link
    """

    path: str
    caps: Seen[FileCapabilities] = NOT_LOOKED
    caps_of_other_root: Seen[bool] = NOT_LOOKED
    symlink: Seen[bool] = NOT_LOOKED
    changed_ns: Seen[int] = NOT_LOOKED
    owner: Seen[int] = NOT_LOOKED
    group: Seen[int] = NOT_LOOKED
    mode: Seen[int] = NOT_LOOKED
    mount: Seen[Mount] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Place:
    """A directory in which a private copy of the interpreter would find the same packages (the venv's bin, …)."""

    path: str
    nosuid: Seen[bool] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python that runs.

    ``program``       what /proc/self/exe is: the file whose capabilities counted
    ``invoked_as``    sys.executable, before links are followed
    ``private_copy``  True: a regular file inside this virtual environment, used by nothing else
    ``shared_libpython``  path of a libpython that is mapped; None: linked into the interpreter
    ``script``        the file the interpreter was told to run (argv[0]); None for ``-m`` and ``-c``
    ``siblings``      other interpreters beside it and along its links that carry file capabilities
    ``places``        where a private copy could stand, best first
    """

    program: Seen[Program] = NOT_LOOKED
    invoked_as: Seen[str] = NOT_LOOKED
    private_copy: Seen[bool] = NOT_LOOKED
    shared_libpython: Seen[str] = NOT_LOOKED
    script: Seen[Program] = NOT_LOOKED
    siblings: Seen[tuple[Program, ...]] = NOT_LOOKED
    places: tuple[Place, ...] = ()
