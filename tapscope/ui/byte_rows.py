"""How bytes are laid out in rows, and how a range of bits is said in words. No Textual."""

from dataclasses import dataclass

BYTES_A_ROW = (32, 16, 8, 4)
GROUP = 8
PATTERN_BYTES = 4
"""The longest field whose bits are written out."""


@dataclass(frozen=True, slots=True)
class RowLayout:
    """``digits`` of offset, then ``count`` bytes in hexadecimal in groups of eight, then the same as characters."""

    digits: int
    count: int

    def hex_at(self, index: int) -> int:
        """The cell where byte ``index`` of a row begins."""
        return self.digits + 2 + 3 * index + index // GROUP

    def text_at(self, index: int) -> int:
        """The cell where the character of byte ``index`` of a row is."""
        return self.hex_at(self.count - 1) + 4 + index

    @property
    def width(self) -> int:
        """Cells of a whole row."""
        return self.text_at(self.count)

    def index_at(self, cell: int) -> int | None:
        """Which byte of a row a cell belongs to, the blank after a byte to that byte; None elsewhere."""
        for index in range(self.count):
            if self.hex_at(index) <= cell <= self.hex_at(index) + 2 or cell == self.text_at(index):
                return index
        return None


def row_layout(width: int, length: int) -> RowLayout:
    """The longest rows that fit into ``width`` cells, for ``length`` bytes in all."""
    digits = max(4, len(f"{max(0, length - 1):x}"))
    layouts = [RowLayout(digits, count) for count in BYTES_A_ROW]
    return next((layout for layout in layouts if layout.width <= width), layouts[-1])


def in_words(data: bytes, start_bit: int, end_bit: int) -> str:
    """Where bits ``start_bit`` to ``end_bit`` (not included) are, and what they are if they are no whole bytes.

    Bits count from the first on the wire, as in RFCs: bit 0 is a byte's highest.
    """
    first, last = start_bit // 8, (end_bit - 1) // 8
    if start_bit % 8 == 0 and end_bit % 8 == 0:
        return f"byte {first}" if first == last else f"bytes {first}–{last} ({last - first + 1} bytes)"
    low, high = start_bit % 8, (end_bit - 1) % 8
    if first == last:
        where = f"bit {low} of byte {first}" if low == high else f"bits {low}–{high} of byte {first}"
    else:
        where = f"bit {low} of byte {first} to bit {high} of byte {last}"
    if last >= len(data) or last - first >= PATTERN_BYTES:
        return where
    return f"{where}: {_pattern(data[first : last + 1], start_bit - first * 8, end_bit - first * 8)}"


def _pattern(octets: bytes, start: int, end: int) -> str:
    bits = "".join(f"{octet:08b}" for octet in octets)
    shown = "".join(bit if start <= at < end else "." for at, bit in enumerate(bits))
    return " ".join(shown[at : at + 4] for at in range(0, len(shown), 4))
