"""Which format the first bytes of a file begin."""

import shlex

from tapscope.capture.files.pcap import FILE_HEADER, MAGICS, PcapParser, VersionError
from tapscope.capture.files.pcapng import SECTION_HEADER_BYTES, PcapngParser
from tapscope.capture.files.window import Parser

HEAD = FILE_HEADER
"""How many bytes are enough to know."""

COMPRESSORS = {
    b"\x1f\x8b": ("gzip", "gunzip -c"),
    b"\xfd7zXZ\x00": ("xz", "xzcat"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstdcat"),
    b"BZh": ("bzip2", "bzcat"),
    b"\x04\x22\x4d\x18": ("lz4", "lz4cat"),
}


class BadCapture(Exception):
    """Nothing could be read. One line that names the thing and the offset."""


def parser_for(head: bytes, name: str, at: int = 0) -> Parser:
    """The parser for what begins with ``head``, the first ``HEAD`` bytes from offset ``at`` or all there are.

    Raises ``BadCapture``.
    """
    if not head:
        raise BadCapture(f"{name}: empty, not even a header")
    for magic, (program, command) in COMPRESSORS.items():
        if head.startswith(magic):
            cure = f"{command} {shlex.quote(name)} | tapscope -" if name != "-" else f"{command} | tapscope -"
            raise BadCapture(f"{name}: compressed by {program}; try: {cure}")
    if head[:4] == SECTION_HEADER_BYTES:
        return PcapngParser(at)
    if head[:4] not in MAGICS:
        raise BadCapture(f"{name}: the bytes {head[:4].hex(' ')} at offset {at} begin neither a pcap nor a pcapng file")
    if len(head) < FILE_HEADER:
        raise BadCapture(f"{name}: cut off at offset {at + len(head)}, inside the header of {FILE_HEADER} bytes")
    try:
        return PcapParser(head, at)
    except VersionError as error:
        raise BadCapture(f"{name}: {error}") from None
