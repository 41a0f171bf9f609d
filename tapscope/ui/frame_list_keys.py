"""The keys of the list of frames, said once: footer, palette and help read them here."""

from textual.binding import Binding

HELP = """
One frame a row. The list follows the newest frame until you go up, or into layers or bytes.
A number before a key repeats it, and 123g goes to frame 123. What is selected is what s saves.
A heading that is clicked is sorted by; once more, the other way round; a third time, no longer.
"""

KEYS = [
    Binding("t", "cycle_time", "Time", tooltip="since the first frame, since the frame before, local time, UTC"),
    Binding("G", "follow", "Newest", tooltip="go to the newest frame and follow; with a number before it: that frame"),
    Binding("end,f", "follow", "Newest", show=False, tooltip="go to the newest frame and follow"),
    Binding("space", "toggle_hold", "Pause", show=False, tooltip="hold the view; capture goes on"),
    Binding("up,k", "move(-1)", "Up", show=False),
    Binding("down,j", "move(1)", "Down", show=False),
    Binding("pageup", "page(-1)", "Page up", show=False),
    Binding("pagedown", "page(1)", "Page down", show=False),
    Binding("ctrl+u", "half_page(-1)", "Half a page up", show=False),
    Binding("ctrl+d", "half_page(1)", "Half a page down", show=False),
    Binding(
        "home,g", "go_to_first", "First", show=False, tooltip="the oldest frame; with a number before it: that frame"
    ),
    Binding("left,h", "sideways(-1)", "Left", show=False, tooltip="back to the beginning of Info"),
    Binding("right,l", "sideways(1)", "Right", show=False, tooltip="more of Info"),
    Binding("shift+up,K", "extend(-1)", "Select upwards", show=False),
    Binding("shift+down,J", "extend(1)", "Select downwards", show=False),
    Binding("v", "visual", "Select", show=False, tooltip="from here on moving selects; once more ends it"),
    Binding("escape", "drop_selection", "Unselect", show=False, tooltip="drop the selection"),
]
