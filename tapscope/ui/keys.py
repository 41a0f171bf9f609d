"""The keys that work everywhere. Footer, palette and help say what stands here."""

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("slash", "filter", "Filter", key_display="/", tooltip="show only the frames that match; an empty one: all"),
    Binding("a", "narrow('this')", "This", show=False, tooltip="only frames with this field, or of this kind"),
    Binding("x", "narrow('not')", "Not this", show=False, tooltip="no frames with this field, or of this kind"),
    Binding("ctrl+f", "find", "Find", tooltip="text, hex, an expression or a filter; in list, layers, bytes"),
    Binding("n", "find_next(1)", "Next hit", show=False, tooltip="the next of what was found"),
    Binding("N", "find_next(-1)", "Previous hit", show=False, tooltip="the one before of what was found"),
    Binding("o", "sort", "Sort", tooltip="the list by the next column; after the last: as frames came"),
    Binding("O", "reverse_sort", "Reverse", show=False, tooltip="sorted the other way round; else the newest first"),
    Binding("escape", "unsort", "Unsort", tooltip="give up sorting; back to the order in which the frames came"),
    Binding("escape", "stop_search", "Stop", tooltip="look into no more frames; then show no more hits"),
    Binding("colon", "go_to", "Go to", key_display=":", show=False, tooltip="a frame by its number, or a time"),
    Binding("p", "pause", "Pause", tooltip="hold the view; capture goes on"),
    Binding("c", "copy", "Copy", tooltip="the frame or the field, in one of several forms"),
    Binding("s", "save", "Save", tooltip="frames to a file"),
    Binding("z", "timeline", "Timeline", tooltip="frames a second, all by time; a range of it as filter"),
    Binding("e", "statistics", "Statistics", tooltip="protocols, endpoints, conversations; filter by one"),
    Binding("i", "interfaces", "Interfaces", tooltip="what there is to look into, and who holds it; Enter opens one"),
    Binding("F", "sieve", "Capture filter", show=False, tooltip="keep only what passes, from the next frame on"),
    Binding("r", "try_again", "Try again", tooltip="open it once more"),
    Binding("f2", "capabilities", "Capabilities", key_display="F2", tooltip="what this process may do and why not"),
    Binding("question_mark,f1", "help", "Help", key_display="?", tooltip="the keys of the focused pane"),
    Binding("ctrl+l", "redraw", "Redraw", show=False, tooltip="draw the whole screen anew"),
    Binding("q", "quit", "Quit"),
    Binding("ctrl+q,ctrl+c", "quit", "Quit", show=False, priority=True),
]
