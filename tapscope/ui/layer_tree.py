"""The layers and fields of one frame."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Self

from rich.text import Text, TextType
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from tapscope.dissect.tree import Dissection, Node

NODES_AT_MOST = 2000
"""Fields shown of one frame: more are no use to anybody, and each costs some 30 us."""

CLOSED_AT_FIRST = "Frame"
"""What is known of the frame besides its bytes: the row in the list says most of it."""

Path = tuple[str, ...]
"""Where a field is: the names from its layer down, told apart where siblings share one. The same in other frames."""


class LayerTree(Tree[Node], inherit_bindings=False):
    """Layers open, what is in their fields closed, until the user says otherwise; that is kept from frame to frame."""

    BINDING_GROUP_TITLE = "Layers"
    BORDER_TITLE = "Layers"
    HELP = """
The layers and fields of the chosen frame. The bytes of the chosen field are marked.
What is opened or closed here stays so for the next frames. ≈ marks a field whose bytes are not known to the bit.
"""
    BINDINGS = [
        Binding("enter,space", "toggle_node", "Open/close", show=False),
        Binding("right,l", "open", "Open", show=False, tooltip="open, then go in"),
        Binding("left,h", "close", "Close", show=False, tooltip="close, then go out"),
        Binding("up,k", "cursor_up", "Up", show=False),
        Binding("down,j", "cursor_down", "Down", show=False),
        Binding("pageup,ctrl+u", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page_down", "Page down", show=False),
        Binding("home,g", "scroll_home", "First", show=False),
        Binding("end,G", "scroll_end", "Last", show=False),
    ]

    DEFAULT_CSS = "LayerTree { scrollbar-size: 1 1; }"
    _stays = False

    @dataclass
    class FieldChosen(Message):
        """The user went to a field (or layer), or another frame has it too."""

        layer_tree: "LayerTree"
        node: Node

        @property
        def control(self) -> "LayerTree":
            """The tree."""
            return self.layer_tree

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__("", id=id, classes=classes)
        self.show_root = False
        self.guide_depth = 3
        self.auto_expand = False
        self._places: dict[Node, TreeNode[Node]] = {}
        self._paths: dict[Path, TreeNode[Node]] = {}
        self._open: dict[Path, bool] = {}
        self._chosen: Path | None = None

    def show(self, dissection: Dissection | None, node: Node | None = None) -> None:
        """Show another frame's layers (None: nothing), and choose ``node``.

        Without one, the field that was chosen is chosen again where the frame has it.
        """
        self._places.clear()
        self._paths.clear()
        with self.prevent(Tree.NodeHighlighted, Tree.NodeExpanded, Tree.NodeCollapsed), self._in_its_place():
            self.unselect()
            self.clear()
            if dissection is not None:
                self._plant(self.root, dissection.layers, (), count())
            self.get_node_at_line(0)  # which counts the lines that are to be seen
            place = self._places.get(node) if node else self._paths.get(self._chosen) if self._chosen else None
            self._go(place)
        if place is not None and place.data is not None:
            self.post_message(self.FieldChosen(self, place.data))

    @contextmanager
    def _in_its_place(self) -> Iterator[None]:
        """Change what the tree holds, which changes its scroll bars but neither its place nor its size.

        Tree asks for a layout of the whole screen at each line that comes or goes, and that takes longer than all else
        that a key does.
        """
        self._stays = True
        try:
            yield
        finally:
            self._stays = False
        self._scroll_update(self.virtual_size)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As Textual's, but for the layout while nothing of it changes."""
        return super().refresh(*regions, repaint=repaint, layout=layout and not self._stays, recompose=recompose)

    def choose(self, node: Node) -> None:
        """Go to a node of the dissection that is shown, opening what it is in. Posts no ``FieldChosen``."""
        place = self._places.get(node)
        if place is not None:
            with self.prevent(Tree.NodeHighlighted, Tree.NodeExpanded, Tree.NodeCollapsed):
                self._go(place)
            self._chosen = self._path_of(place)

    def process_label(self, label: TextType) -> Text:
        """Labels are plain text of one line."""
        return label if isinstance(label, Text) else Text(label)

    def _plant(self, parent: TreeNode[Node], nodes: Sequence[Node], path: Path, planted: "count[int]") -> None:
        seen: Counter[str] = Counter()
        for at, node in enumerate(nodes):
            if next(planted) >= NODES_AT_MOST:
                parent.add_leaf(Text(f"… {len(nodes) - at} more", style="italic"))
                return
            seen[node.name] += 1
            own = (*path, f"{node.name} {seen[node.name]}")
            place = parent.add(_label(node, is_layer=not path), node, allow_expand=bool(node.children))
            self._places[node] = place
            self._paths[own] = place
            self._plant(place, node.children, own, planted)
            if node.children and self._open.get(own, not path and node.name != CLOSED_AT_FIRST):
                place.expand()

    @property
    def _here(self) -> TreeNode[Node] | None:
        """Where the cursor is. Tree's own ``cursor_node`` outlives the frame that it was in."""
        return None if self.cursor_line < 0 else self.cursor_node

    def _path_of(self, place: TreeNode[Node]) -> Path | None:
        return next((path for path, other in self._paths.items() if other is place), None)

    def _go(self, place: TreeNode[Node] | None) -> None:
        if place is None:
            return
        above = place.parent
        while above is not None:
            above.expand()
            above = above.parent
        if self.last_line >= 0:  # asking builds the lines that the cursor goes by
            self.move_cursor(place)

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Node]) -> None:
        """The user went to a node."""
        event.stop()
        if event.node is self._here and event.node.data is not None:
            self._chosen = self._path_of(event.node)
            self.post_message(self.FieldChosen(self, event.node.data))

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Node]) -> None:
        """The user opened a node: it is open in the next frame too."""
        self._remember(event, is_open=True)

    def on_tree_node_collapsed(self, event: Tree.NodeCollapsed[Node]) -> None:
        """The user closed a node: it is closed in the next frame too."""
        self._remember(event, is_open=False)

    def _remember(self, event: Tree.NodeExpanded[Node] | Tree.NodeCollapsed[Node], *, is_open: bool) -> None:
        event.stop()
        path = self._path_of(event.node)
        if path is not None:
            self._open[path] = is_open

    def action_toggle_node(self) -> None:
        """Open or close the node. Tree's own would take the last one where there is no cursor."""
        place = self._here
        if place is not None and place.children:
            place.toggle()

    def action_open(self) -> None:
        """Open the node; if it is open, go to what it holds."""
        place = self._here
        if place is not None and place.children:
            if place.is_expanded:
                self.action_cursor_down()
            else:
                place.expand()

    def action_close(self) -> None:
        """Close the node; if there is nothing to close, go to what it is in."""
        place = self._here
        if place is None:
            return
        if place.children and place.is_expanded:
            place.collapse()
        elif place.parent is not None and place.parent is not self.root:
            self.move_cursor(place.parent)


def _label(node: Node, *, is_layer: bool) -> Text:
    text = Text(node.label, style="bold" if is_layer else "")
    if node.value:
        text.append(f": {node.value}", style="not bold")
    if not node.exact and not is_layer:
        text.append("  ≈ whole layer", style="italic")
    return text
