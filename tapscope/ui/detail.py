"""The chosen frame: its layers, its bytes, and the two linked with each other."""

from time import monotonic
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from tapscope.dissect import copying
from tapscope.dissect.summary import summarize
from tapscope.dissect.tree import dissect
from tapscope.frame import Frame
from tapscope.store.arena import Store
from tapscope.ui.byte_view import ByteView
from tapscope.ui.layer_tree import LayerTree

if TYPE_CHECKING:
    from tapscope.dissect.tree import Dissection, Node
    from tapscope.filters import Context
    from tapscope.filters.find import Sought
    from tapscope.ui.copy_menu import Form

SHOWS_A_SECOND = 2
"""How often another frame is taken apart while the list runs after the newest: nobody reads layers faster."""


class Detail(Container):
    """Shows one frame of the store. A field that is chosen marks its bytes, a byte that is chosen its field.

    What it shows it keeps, also when the store evicts the frame, until another is chosen.
    """

    class Entered(Message):
        """The user went to the layers or the bytes: they are being read."""

    def __init__(self, store: Store) -> None:
        super().__init__(id="detail")
        self.layer_tree = LayerTree(id="layers")
        self.byte_view = ByteView(id="octets")
        self.frame: Frame | None = None
        self._store = store
        self._dissection: Dissection | None = None
        self._field: Node | None = None
        self._sought: Sought | None = None
        self._ready = False
        self._number = 0
        self._shown_at = 0.0
        self._later: Timer | None = None

    def compose(self) -> ComposeResult:
        """Layers above bytes, or beside them."""
        yield self.layer_tree
        yield self.byte_view

    def on_descendant_focus(self) -> None:
        """By key, by mouse, or as the only one there is room for."""
        self.post_message(self.Entered())

    def ready(self) -> None:
        """The dissector is loaded: take apart what is shown already."""
        self._ready = True
        self._take_apart()

    def choose(self, number: int, *, at_once: bool) -> None:
        """Show a frame, or say that it is evicted where it is the one that is shown.

        ``at_once`` False lets the eye rest between frames that follow each other fast.
        """
        self._number = number
        wait = 0.0 if at_once else self._shown_at + 1 / SHOWS_A_SECOND - monotonic()
        if wait <= 0:
            self._show()
        elif self._later is None:
            self._later = self.set_timer(wait, self._show)

    def _show(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        if self._store.first <= self._number <= self._store.last:
            self._shown_at = monotonic()
            self.frame = self._store.row(self._number)
            self._take_apart()
        self._say_which()

    def _take_apart(self) -> None:
        if self.frame is not None:
            self._field = None
            self._dissection = dissect(self.frame) if self._ready else None
            self.byte_view.show(self.frame.data)
            self.layer_tree.show(self._dissection, self._found())

    def seek(self, sought: "Sought | None") -> None:
        """Show where it is in this frame and the next ones; None: no more."""
        self._sought = sought
        self.byte_view.seek(sought.spans_in if sought else None)
        self._take_apart()

    def _found(self) -> "Node | None":
        """The field that has what is sought, in words or in bytes."""
        if self._sought is None or self._dissection is None:
            return None
        found = self.byte_view.found
        return self._dissection.node_at(found) if found is not None else self._sought.node_in(self._dissection)

    def _say_which(self) -> None:
        """Whose layers these are: there may be no room for the list."""
        if self.frame is not None:
            evicted = ", evicted from the list" if self.frame.number < self._store.first else ""
            self.layer_tree.border_title = Content(f"{LayerTree.BORDER_TITLE} · frame {self.frame.number}{evicted}")

    def on_layer_tree_field_chosen(self, event: LayerTree.FieldChosen) -> None:
        """Its bytes, marked."""
        self._field = event.node
        self.byte_view.mark(event.node.start_bit, event.node.end_bit)

    def on_byte_view_byte_chosen(self, event: ByteView.ByteChosen) -> None:
        """Its field, chosen: which marks all bytes of the field."""
        field = self._dissection.node_at(event.offset) if self._dissection else None
        if field is not None:
            self._field = field
            self.layer_tree.choose(field)
            self.byte_view.mark(field.start_bit, field.end_bit)

    def field_filter(self, context: "Context") -> str:
        """The filter for frames that have the chosen field as this one does; empty where none is chosen."""
        from tapscope.filters import field_filter  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

        frame, field = self.frame, self._field
        if frame is None or field is None:
            return ""
        return field_filter(field.name, frame, context, field.value, field)

    def forms(self) -> "list[Form]":
        """The ways to copy what is shown; empty while nothing is."""
        from tapscope.ui.copy_menu import Form  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

        frame, field = self.frame, self._field
        if frame is None:
            return []
        forms = [
            Form("r", "row as text", lambda: copying.row_text(frame, summarize(frame))),
            Form("h", "bytes as hex", lambda: copying.hex_bytes(frame)),
            Form("s", "scapy expression", lambda: copying.scapy_expression(frame)),
        ]
        if field is not None:
            forms.insert(0, Form("f", "field value", lambda: copying.field_value(field), hint=field.label))
        return forms
