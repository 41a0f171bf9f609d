"""Looking at files: the device node, the interpreter, and the mounts they are reached through."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tapscope.doctor.collect_look import look
from tapscope.doctor.evidence import FileCapabilities, Interpreter, Mount, Node, Place, Program, Seen, Unseen, known
from tapscope.machine import devices, mounts
from tapscope.machine.capabilities import file_capabilities
from tapscope.machine.namespaces import maps_every_id, uid_map
from tapscope.machine.tuntap import NODE

_OWN_PROGRAM = "/proc/self/exe"
_LIBRARY_HOME = "/usr/local/lib/tapscope"


def _in_user_namespace() -> bool | Unseen:
    """Below the initial user namespace any file system may have been mounted inside one: the kernel tells nobody."""
    lines = look(uid_map)
    known_initial = not isinstance(lines, Unseen) and maps_every_id(lines)
    return False if known_initial else Unseen("the kernel does not show it")


def mount(path: str) -> Mount:
    """The mount that ``path`` is reached through."""
    bare = Mount(
        nosuid=look(mounts.is_nosuid, path), nodev=look(mounts.is_nodev, path), user_namespace=_in_user_namespace()
    )
    entry = look(mounts.mount_of, path)
    if isinstance(entry, Unseen):
        return replace(bare, mount_point=entry, file_system=entry, options=entry, listed=entry)
    if entry is None:
        away = Unseen("the mount is of another mount namespace")
        return replace(bare, mount_point=away, file_system=away, options=away, listed=False)
    return replace(
        bare, mount_point=entry.mount_point, file_system=entry.file_system, options=entry.options, listed=True
    )


def node(path: str = NODE) -> Node:
    """The device node, and what may be known of the driver behind it."""
    state = look(devices.node_state, path)
    driver = look(devices.tun_is_registered)
    blocked = look(devices.blocked_by, path)
    if state is None or isinstance(state, Unseen):
        return Node(path, kind=state, blocked_by=blocked, driver=driver)
    return Node(
        path,
        kind=state.kind,
        blocked_by=blocked,
        major=state.major,
        minor=state.minor,
        mode=state.mode,
        owner=state.owner,
        group=state.group,
        owner_name=look(devices.user_name, state.owner),
        group_name=look(devices.group_name, state.group),
        acl=look(devices.acl_of, path),
        accessible=look(devices.may_read_and_write, path),
        listed_in_group=look(devices.is_listed_in_group, os.geteuid(), state.group),
        driver=driver,
        mount=mount(path),
    )


def _capabilities(path: str) -> tuple[Seen[FileCapabilities], Seen[bool]]:
    """A file's capabilities, and whether they are for the root of a user namespace that is not ours.

    The kernel rewrites a version 3 attribute of our own root to version 2; what stays 3 is another's, and one whose
    root has no id here answers EOVERFLOW (``cap_inode_getsecurity``, ``security/commoncap.c``).
    """
    found = look(file_capabilities, path)
    if isinstance(found, Unseen):
        return found, True if found.reason == errno.errorcode[errno.EOVERFLOW] else found
    return found, found is not None and bool(found.root_id)


def _is_link(path: str) -> bool:
    return stat.S_ISLNK(os.lstat(path).st_mode)


def program(path: str, shown: str | None = None) -> Program:
    """A program file; ``shown`` is the path to name it by, where it is looked at through another."""
    caps, of_other_root = _capabilities(path)
    state = look(os.stat, path)
    name = shown or path
    return Program(
        name,
        caps=caps,
        caps_of_other_root=of_other_root,
        symlink=look(_is_link, name),
        changed_ns=state if isinstance(state, Unseen) else state.st_ctime_ns,
        owner=state if isinstance(state, Unseen) else state.st_uid,
        group=state if isinstance(state, Unseen) else state.st_gid,
        mode=state if isinstance(state, Unseen) else state.st_mode & 0o7777,
        mount=mount(path),
    )


def _is_private_copy(path: str) -> bool:
    """A regular file with one name, inside this virtual environment."""
    inside = sys.prefix != sys.base_prefix and Path(path).is_relative_to(sys.prefix)
    return inside and os.stat(path).st_nlink == 1  # noqa: PTH116


def parse_libpython(maps: str) -> str | None:
    """The libpython in the text of /proc/PID/maps; None when the interpreter holds it itself."""
    for line in maps.splitlines():
        path = line.partition("/")
        if path[1] and os.path.basename(line).startswith("libpython"):  # noqa: PTH119
            return path[1] + path[2]
    return None


def _libpython() -> str | None:
    return parse_libpython(Path("/proc/self/maps").read_text(errors="surrogateescape"))


def _script() -> Program | None:
    """The file that the interpreter was told to run; None for ``-m``, ``-c`` and a terminal."""
    main = sys.modules["__main__"]
    path = sys.argv[0] if sys.argv else ""
    if getattr(main, "__spec__", None) is not None or not Path(path).is_file():
        return None
    return program(os.path.abspath(path))  # noqa: PTH100


def _link_chain(path: str) -> Iterator[Path]:
    """The path and every link that it leads over."""
    current = Path(path)
    for _ in range(40):
        yield current
        try:
            current = current.parent / current.readlink()
        except OSError:
            return


def _siblings(own: str) -> tuple[Program, ...]:
    """The other interpreters along the links to ours, and beside them, that carry file capabilities."""
    own_file = os.stat(own)  # noqa: PTH116
    folders = [*dict.fromkeys(link.parent for link in _link_chain(sys.executable)), Path(sys.base_prefix) / "bin"]
    seen, found = {(own_file.st_dev, own_file.st_ino)}, []
    for path in (path for folder in dict.fromkeys(folders) for path in _interpreters_in(folder)):
        state = look(path.stat)
        if isinstance(state, Unseen) or (state.st_dev, state.st_ino) in seen:
            continue
        seen.add((state.st_dev, state.st_ino))
        caps, of_other_root = _capabilities(str(path))
        if known(caps) is not None or of_other_root is True:
            found.append(program(str(path)))
    return tuple(found)


def _interpreters_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name.startswith("python") and "config" not in path.name)
    except OSError:
        return []


def _nosuid_of_nearest(path: Path) -> bool:
    while not path.exists():
        path = path.parent
    return mounts.is_nosuid(str(path))


def _places() -> tuple[Place, ...]:
    """Where a private copy of the interpreter finds the same packages: beside pyvenv.cfg, else a place of our own."""
    venv = Path(sys.prefix) / "bin" if sys.prefix != sys.base_prefix else None
    paths = [venv] if venv else [Path(_LIBRARY_HOME)]
    return tuple(Place(str(path), look(_nosuid_of_nearest, path)) for path in paths)


def interpreter() -> Interpreter:
    """The Python that runs, and those that may have been taken for it."""
    path = look(os.readlink, _OWN_PROGRAM)
    return Interpreter(
        program=path if isinstance(path, Unseen) else program(_OWN_PROGRAM, path),
        invoked_as=sys.executable or Unseen("the interpreter does not know"),
        private_copy=path if isinstance(path, Unseen) else look(_is_private_copy, path),
        shared_libpython=look(_libpython),
        script=look(_script),
        siblings=look(_siblings, _OWN_PROGRAM),
        places=_places(),
    )
