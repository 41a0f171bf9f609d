"""The display filter: Wireshark's language, answered from columns as far as they tell, and by the dissector beyond."""

from tapscope.filters.cells import field_filter
from tapscope.filters.completion import Completion, complete
from tapscope.filters.context import Context, Verdicts
from tapscope.filters.fault import FilterError
from tapscope.filters.filter import Filter, compile_filter

__all__ = [
    "Completion",
    "Context",
    "Filter",
    "FilterError",
    "Verdicts",
    "compile_filter",
    "complete",
    "field_filter",
]
