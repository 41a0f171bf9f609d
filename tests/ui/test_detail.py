"""The chosen frame stays what it is while it is read, whatever arrives and whatever the store lets go."""

from app_kit import header, running
from sources import ARP_REPLY, Door, frames_of
from textual.app import App, ComposeResult
from ui_kit import batch, store_of, until

from tapscope.store.arena import Store
from tapscope.ui.app import TapscopeApp
from tapscope.ui.detail import Detail


class Bench(App[None]):
    def __init__(self, store: Store) -> None:
        super().__init__()
        self.detail = Detail(store)

    def compose(self) -> ComposeResult:
        yield self.detail


def title(detail: Detail) -> str:
    return str(detail.layer_tree.border_title)


async def test_an_evicted_frame_stays_and_says_so() -> None:
    store = store_of(100, limit_bytes=200_000)
    app = Bench(store)
    async with app.run_test():
        app.detail.choose(7, at_once=True)
        assert title(app.detail) == "Layers · frame 7"
        shown = app.detail.frame
        while store.first <= 7:
            store.append(batch(100))
        app.detail.choose(7, at_once=True)
        assert title(app.detail) == "Layers · frame 7, evicted from the list"
        assert app.detail.frame is shown
        app.detail.ready()
        assert app.detail.layer_tree.root.children
        app.detail.choose(store.first, at_once=True)
        assert title(app.detail) == f"Layers · frame {store.first}"


async def test_the_first_frame_does_not_wait_for_its_turn() -> None:
    """Else the key that copies would stay hidden: nothing tells that there is something to copy now."""
    store = Store()
    app = Bench(store)
    async with app.run_test():
        app.detail.ready()
        store.append(batch(1))
        app.detail.choose(1, at_once=False)
        assert app.detail.frame is not None


async def entered(app: TapscopeApp, door: Door) -> None:
    """The list stays with the second frame while more arrive."""
    await until(lambda: "BROWSE" in header(app))
    door.source.feed(frames_of([ARP_REPLY] * 3))
    await until(lambda: app.frame_list._reading.last == 5)
    assert app.frame_list.cursor == 2
    assert title(app.detail) == "Layers · frame 2"


async def test_who_goes_to_the_layers_reads_and_end_follows_again() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(frames_of([ARP_REPLY] * 2))
        await until(lambda: title(app.detail) == "Layers · frame 2")
        await pilot.press("tab")
        await entered(app, door)
        app.frame_list.focus()
        await pilot.press("end")
        await until(lambda: title(app.detail) == "Layers · frame 5")


async def test_on_a_small_screen_enter_opens_the_chosen_frame_and_stays_with_it() -> None:
    door = Door()
    async with running(door, size=(79, 23)) as (app, pilot):
        door.source.feed(frames_of([ARP_REPLY] * 2))
        await until(lambda: title(app.detail) == "Layers · frame 2")
        await pilot.press("enter")
        await entered(app, door)


async def test_a_field_that_is_followed_from_frame_to_frame_does_not_end_following() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(frames_of([ARP_REPLY] * 2))
        await until(lambda: app.detail.layer_tree.root.children)
        await pilot.press("tab", "down", "down", "down")
        app.frame_list.focus()
        await pilot.press("end")
        door.source.feed(frames_of([ARP_REPLY] * 3))
        await until(lambda: title(app.detail) == "Layers · frame 5")
        await until(lambda: app.detail.byte_view.marked)
        assert app.frame_list.following
