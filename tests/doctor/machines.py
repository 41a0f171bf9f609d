"""One recorded machine for each cause, and more: (cause, why this row, the evidence of one door)."""

from machines_common import Row
from machines_device import DEVICE, FILTERS
from machines_netns import NETNS
from machines_privilege import CAPABILITY, FILECAPS
from machines_tap import INTERFACE, NOTES

ROWS: list[Row] = [*DEVICE, *CAPABILITY, *FILECAPS, *FILTERS, *NETNS, *INTERFACE, *NOTES]
