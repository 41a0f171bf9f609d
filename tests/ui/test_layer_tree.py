from ui_kit import lines

from tapscope.dissect.tree import Dissection, Node, dissect
from tapscope.frame import Direction, Frame, Interface
from tapscope.ui.layer_tree import NODES_AT_MOST, LayerTree

ARP = bytes.fromhex("ffffffffffff525400123456080600010800060400015254001234560a4d00010000000000000a4d0002")


def field(name: str, value: str, start: int, end: int, *children: Node, exact: bool = True) -> Node:
    return Node(name.rpartition(".")[2], value, start, end, exact, children, name)


def frame(ttl: int, *more: Node) -> Dissection:
    """A made-up frame: Ethernet, and IP with flags that hold two bits."""
    bits = field("IP.flags", "DF", 160, 163, field("IP.flags.DF", "set", 161, 162))
    ether = field("Ether", "", 0, 112, field("Ether.dst", "ff:ff:ff:ff:ff:ff", 0, 48))
    ip = field("IP", "", 112, 272, field("IP.ttl", str(ttl), 176, 184), bits)
    return Dissection((ether, ip, *more))


def find(nodes, name: str) -> Node | None:
    for node in nodes:
        found = node if node.name == name else find(node.children, name)
        if found:
            return found
    return None


def chosen(pilot) -> list[Node]:
    return [message.node for message in pilot.app.posted if isinstance(message, LayerTree.FieldChosen)]


def labels(tree: LayerTree) -> list[str]:
    return [text for text in (line.strip(" │└├─▼▶") for line in lines(tree)) if text]


def under_cursor(tree: LayerTree) -> str:
    return str(tree.cursor_node.label) if tree.cursor_line >= 0 else ""


class TestWhatIsShown:
    async def test_layers_are_open_and_what_is_in_them_closed(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.pause()
            assert labels(tree) == ["Ether", "dst: ff:ff:ff:ff:ff:ff", "IP", "ttl: 64", "flags: DF"]
            tree.show(None)
            await pilot.pause()
            assert labels(tree) == []
            assert chosen(pilot) == []

    async def test_another_frame_lays_out_nothing_but_its_scroll_bars(self, on_screen):
        tree, laid_out = LayerTree(), []
        many = field("DNS", "", 0, 80, *(field(f"DNS.a{number}", "1", 0, 8) for number in range(100)))
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.pause()
            pilot.app.screen.screen_layout_refresh_signal.subscribe(tree, laid_out.append, immediate=True)
            tree.show(frame(63, field("ICMP", "", 272, 280)))
            await pilot.pause()
            assert labels(tree)[-1] == "ICMP"
            assert not laid_out
            tree.show(Dissection((many,)))
            await pilot.pause()
            assert tree.show_vertical_scrollbar
            assert tree.vertical_scrollbar.window_virtual_size == 101
            assert laid_out
            tree.show(frame(64))
            await pilot.pause()
            assert not tree.show_vertical_scrollbar

    async def test_text_is_never_markup(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(Dissection((field("DNS", "[/x] [@click=app.quit]quit[/] [bold]b", 0, 8),)))
            await pilot.pause()
            assert labels(tree) == ["DNS: [/x] [@click=app.quit]quit[/] [bold]b"]
            metas = [segment.style.meta for strip in tree.render_lines(tree.size.region) for segment in strip]
            assert not any("@click" in meta for meta in metas)

    async def test_a_range_that_is_not_exact_says_so(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(Dissection((field("DNS", "", 0, 80, field("DNS.an", "x", 0, 80, exact=False)),)))
            await pilot.pause()
            assert labels(tree) == ["DNS", "an: x  ≈ whole layer"]

    async def test_a_frame_of_very_many_fields(self, on_screen):
        fields = [field(f"DNS.a{number}", "1", 0, 8) for number in range(3 * NODES_AT_MOST)]
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(Dissection((field("DNS", "", 0, 80, *fields), field("Padding", "", 80, 88))))
            await pilot.press("G")
            assert labels(tree)[-2:] == [f"… {2 * NODES_AT_MOST + 1} more", "… 1 more"]
            await pilot.press("up")
            tree.choose(fields[-1])

    async def test_a_real_frame(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree, 80, 60) as pilot:
            dissection = dissect(Frame(1, 0, Direction.OUT, len(ARP), ARP, Interface("tap0")))
            tree.show(dissection)
            tree.choose(dissection.node_at(12))
            await pilot.pause()
            assert under_cursor(tree).startswith("type")
            assert any(label.startswith("pdst: 10.77.0.2") for label in labels(tree))
            assert not any(label.startswith("number:") for label in labels(tree))


class TestGoing:
    async def test_each_field_gone_to_is_told(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.press("down", "j", "j", "j", "k", "G", "g")
            await pilot.pause()
            assert [node.name for node in chosen(pilot)] == (
                ["Ether", "Ether.dst", "IP", "IP.ttl", "IP", "IP.flags", "Ether"]
            )

    async def test_opening_and_closing(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.press("G", "right")
            await pilot.pause()
            assert "DF: set" in labels(tree)
            await pilot.press("right")
            assert under_cursor(tree) == "DF: set"
            await pilot.press("left")
            assert under_cursor(tree) == "flags: DF"
            await pilot.press("left")
            await pilot.pause()
            assert "DF: set" not in labels(tree)
            await pilot.press("left", "left")
            await pilot.pause()
            assert under_cursor(tree) == "IP"
            assert "ttl: 64" not in labels(tree)
            await pilot.press("enter")
            await pilot.pause()
            assert "ttl: 64" in labels(tree)
            await pilot.press("space", "h", "left")
            assert under_cursor(tree) == "IP"

    async def test_a_click_chooses_and_the_triangle_opens(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.pause()
            await pilot.click(tree, offset=(4, 2))
            await pilot.pause()
            assert under_cursor(tree) == "IP"
            assert "ttl: 64" in labels(tree)
            await pilot.click(tree, offset=(0, 2))
            await pilot.pause()
            assert "ttl: 64" not in labels(tree)

    async def test_keys_on_nothing(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            keys = ("left", "right", "enter", "up", "down", "g", "G", "pageup", "pagedown")
            await pilot.press(*keys)
            tree.show(frame(1))
            await pilot.press("G")
            tree.show(None)
            await pilot.press(*keys)
            tree.show(Dissection(()))
            await pilot.press(*keys)
            assert labels(tree) == []


class TestChoosing:
    async def test_it_opens_what_the_node_is_in_and_posts_nothing(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            dissection = frame(64)
            tree.show(dissection)
            tree.choose(find(dissection.layers, "IP.flags.DF"))
            await pilot.pause()
            assert under_cursor(tree) == "DF: set"
            assert "DF: set" in labels(tree)
            assert chosen(pilot) == []
            await pilot.press("up")
            await pilot.pause()
            assert [node.name for node in chosen(pilot)] == ["IP.flags"]

    async def test_a_node_of_another_frame_changes_nothing(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.press("G")
            tree.choose(find(frame(64).layers, "IP.ttl"))
            assert under_cursor(tree) == "flags: DF"


class TestFromFrameToFrame:
    async def test_the_same_field_stays_chosen(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.press("G", "up")
            without = Dissection((field("Other", "", 0, 8),))
            for dissection in (frame(63), without, frame(62)):
                tree.show(dissection)
                await pilot.pause()
            assert under_cursor(tree) == "ttl: 62"
            assert [(node.name, node.value) for node in chosen(pilot)][-3:] == (
                [("IP.ttl", "64"), ("IP.ttl", "63"), ("IP.ttl", "62")]
            )

    async def test_a_frame_without_it_has_nothing_chosen(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.press("G", "up")
            tree.show(Dissection((field("Other", "", 0, 8, field("Other.one", "1", 0, 8)),)))
            await pilot.pause()
            assert tree.cursor_line == -1
            told = len(chosen(pilot))
            await pilot.press("left", "right", "enter", "space")
            await pilot.pause()
            assert len(chosen(pilot)) == told
            assert labels(tree) == ["Other", "one: 1"]

    async def test_what_the_user_opened_and_closed_is_remembered(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            tree.show(frame(64))
            await pilot.press("g", "left", "G", "right")
            await pilot.pause()
            tree.show(Dissection((field("Other", "", 0, 8),)))
            tree.show(frame(63))
            await pilot.pause()
            assert labels(tree) == ["Ether", "IP", "ttl: 63", "flags: DF", "DF: set"]

    async def test_what_choose_opened_is_not(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            dissection = frame(64)
            tree.show(dissection)
            tree.choose(find(dissection.layers, "IP.flags.DF"))
            await pilot.press("up")
            await pilot.pause()
            tree.show(frame(63))
            await pilot.pause()
            assert "DF: set" not in labels(tree)

    async def test_layers_of_one_name_are_told_apart(self, on_screen):
        tree = LayerTree()
        async with on_screen(tree) as pilot:
            inner = field("IP", "", 272, 432, field("IP.ttl", "1", 336, 344))
            tree.show(frame(64, inner))
            await pilot.press("G")
            tree.show(frame(64, inner))
            await pilot.pause()
            assert under_cursor(tree) == "ttl: 1"
