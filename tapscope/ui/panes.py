"""The three panes and how they share the screen: stacked, the bytes at the right, or the list alone."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.reactive import reactive
from textual.widget import Widget

SMALLEST_WIDTH, SMALLEST_HEIGHT = 80, 24
"""Of the whole terminal: below either, the list stands alone."""

WIDE = 160
"""Columns from which the bytes stand beside the tree."""

LAYOUTS = ("stacked", "split", "columns")
"""Each below the last; the list above tree and bytes side by side; the list at the left of tree and bytes."""

STEP, LEAST = 5, 15


class Panes(Container):
    """Lays out the list, and the detail that holds layers and bytes. The user's choices win over the size's."""

    BINDING_GROUP_TITLE = "Panes"
    BINDINGS = [
        Binding("enter", "open_detail", "Open", tooltip="the layers and bytes of the chosen frame"),
        Binding("escape", "back", "Back", tooltip="back to the list, or to all panes"),
        Binding("backslash", "maximize", "Maximize", tooltip="this pane alone, and back", show=False, key_display="\\"),
        Binding(
            "vertical_line", "next_layout", "Layout", tooltip="stacked, split, columns", show=False, key_display="|"
        ),
        Binding("plus", "share_list(1)", "Larger list", show=False, key_display="+"),
        Binding("minus", "share_list(-1)", "Smaller list", show=False, key_display="-"),
        Binding("greater_than_sign", "share_tree(1)", "Larger tree", show=False, key_display=">"),
        Binding("less_than_sign", "share_tree(-1)", "Smaller tree", show=False, key_display="<"),
    ]

    choice: reactive[str] = reactive("", init=False)
    list_share: reactive[int] = reactive(50, init=False)
    tree_share: reactive[int] = reactive(50, init=False)
    alone: reactive[Widget | None] = reactive[Widget | None](None, init=False, bindings=True)
    detail_open: reactive[bool] = reactive(False, init=False, bindings=True)

    _ARRANGING: ClassVar[frozenset[str]] = frozenset({"next_layout", "share_list", "share_tree"})

    def __init__(self, frames: Widget, detail: Container, layers: Widget, octets: Widget) -> None:
        super().__init__(id="panes")
        self._frames, self._detail = frames, detail
        self._layers, self._octets = layers, octets

    def compose(self) -> ComposeResult:
        """The list, and the two that show one frame of it."""
        yield self._frames
        yield self._detail

    @property
    def small(self) -> bool:
        """True where there is room for one thing at a time."""
        return self.app.size.width < SMALLEST_WIDTH or self.app.size.height < SMALLEST_HEIGHT

    @property
    def layout_in_use(self) -> str:
        """The user's choice, else what the width suggests."""
        return self.choice or ("split" if self.size.width >= WIDE else "stacked")

    def on_resize(self) -> None:
        """Another size may suggest another layout, and offers other keys."""
        self._arrange()
        self.refresh_bindings()

    def watch_choice(self) -> None:
        """Lay out again."""
        self._arrange()

    watch_list_share = watch_tree_share = watch_alone = watch_detail_open = watch_choice

    def _arrange(self) -> None:
        for name in LAYOUTS:
            self.set_class(name == self.layout_in_use, f"-{name}")
        alone = self.alone
        self._frames.display = alone in {None, self._frames} and not (self.small and self.detail_open)
        self._layers.display = alone in {None, self._layers}
        self._octets.display = alone in {None, self._octets}
        self._detail.display = alone is not self._frames and (self.detail_open or alone is not None or not self.small)
        along_rows = self.layout_in_use != "columns"
        _share(self._frames, self.list_share, rows=along_rows)
        _share(self._detail, 100 - self.list_share, rows=along_rows)
        stacked_detail = self.layout_in_use != "split"
        _share(self._layers, self.tree_share, rows=stacked_detail)
        _share(self._octets, 100 - self.tree_share, rows=stacked_detail)

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Only what changes something now."""
        if action == "open_detail":
            return self.small and not self.detail_open and self.alone is None
        if action == "back":
            return self.alone is not None or (self.small and self.detail_open)
        if action in self._ARRANGING:
            return self.alone is None and not self.small
        if action == "maximize":
            return self.detail_open or not self.small
        return True

    def action_open_detail(self) -> None:
        """The chosen frame's layers and bytes in place of the list."""
        self.detail_open = True
        self._layers.focus()

    def action_back(self) -> None:
        """All panes again; where there is room for one only, the list."""
        if self.alone is not None:
            self.alone = None
            return
        self.detail_open = False
        self._frames.focus()

    def action_maximize(self) -> None:
        """The focused pane alone; once more, all of them."""
        panes = (self._frames, self._layers, self._octets)
        focused = self.screen.focused
        self.alone = focused if self.alone is None and focused in panes else None

    def action_next_layout(self) -> None:
        """The next of the layouts, whatever the width suggests."""
        self.choice = LAYOUTS[(LAYOUTS.index(self.layout_in_use) + 1) % len(LAYOUTS)]

    def action_share_list(self, sign: int) -> None:
        """More or less room for the list."""
        self.list_share = _within(self.list_share + sign * STEP)

    def action_share_tree(self, sign: int) -> None:
        """More or less room for the tree, at the cost of the bytes."""
        self.tree_share = _within(self.tree_share + sign * STEP)


def _within(share: int) -> int:
    return min(max(share, LEAST), 100 - LEAST)


def _share(pane: Widget, part: int, *, rows: bool) -> None:
    """``part`` of the room of its parent: in rows (else in columns), the other way all of it."""
    pane.styles.height = f"{part}fr" if rows else "1fr"
    pane.styles.width = "1fr" if rows else f"{part}fr"
