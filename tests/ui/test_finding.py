"""Find in the app: the dialog, from hit to hit, round the end, in what the list shows, and what stands out."""

from app_kit import running
from sources import ARP_REPLY, Door, frames_of
from textual.widgets import Input, RadioSet, Static
from ui_kit import batch, until

from tapscope.filters.find import How, Where
from tapscope.ui.find_dialog import FindDialog
from tapscope.ui.find_words import FindFacts, find_line

NOISE = bytes(12) + b"\x88\xb5" + bytes(46)
ECHO = bytes.fromhex("020000000002 020000000001 0800 4500001c0001000040010000 0a000001 0a000002 0800000000000000")
GET = bytes(12) + b"\x88\xb5" + bytes(30) + b"GET / HTTP" + bytes(20)


async def find(app, pilot, text: str, how: How = How.TEXT, where: Where = Where.ROWS) -> None:
    await pilot.press("ctrl+f")
    await until(lambda: isinstance(app.screen, FindDialog))
    app.screen.query_one(Input).value = text
    app.screen.query_one("#how", RadioSet).query("RadioButton")[list(How).index(how)].value = True
    if how in {How.TEXT, How.REGEX}:
        app.screen.query_one("#where", RadioSet).query("RadioButton")[list(Where).index(where)].value = True
    await pilot.pause()
    await pilot.press("enter")
    await until(lambda: not isinstance(app.screen, FindDialog))
    await settled(app)


async def settled(app) -> None:
    """Everything is looked into, the reader is where he wanted to be, and it is said."""
    await until(lambda: app.finding is not None and app._can_look)
    await until(lambda: not app.finding.busy and not app._way and app._find_later is None)


def said(app) -> FindFacts:
    return app._find_line.facts


async def begun(app, pilot, datas) -> None:
    app.session._open_source.source.feed(frames_of(datas))
    await until(lambda: app.session.store.last == len(datas) and app._dissecting)
    await pilot.press("g")
    await until(lambda: app.frame_list.cursor == 1)


async def test_from_hit_to_hit_and_round_the_end():
    async with running(Door()) as (app, pilot):
        await begun(app, pilot, [NOISE, ARP_REPLY, NOISE, ARP_REPLY, NOISE])
        await find(app, pilot, "IS AT")
        assert (app.frame_list.cursor, said(app).which, said(app).many) == (2, 1, 2)
        for key, number, which, wrapped in (
            ("n", 4, 2, False),
            ("n", 2, 1, True),
            ("N", 4, 2, True),
            ("N", 2, 1, False),
        ):
            await pilot.press(key)
            await until(lambda number=number: app.frame_list.cursor == number)
            await settled(app)
            assert (said(app).which, said(app).many, said(app).wrapped) == (which, 2, wrapped)
        await pilot.press("j")
        await until(lambda: said(app).which is None)
        await pilot.press("escape")
        await until(lambda: app.finding is None)
        assert not app._find_line.display
        assert not app.check_action("find_next", (1,))


async def test_hits_in_bytes_stand_out():
    async with running(Door()) as (app, pilot):
        await begun(app, pilot, [NOISE, GET, NOISE])
        await find(app, pilot, "GET /", where=Where.BYTES)
        view = app.detail.byte_view
        await until(lambda: view.data == GET)
        await until(lambda: view.cursor == 44)
        assert (view.found, sorted(view._found)) == (44, list(range(44, 49)))
        assert [view._drawn_as(at) for at in (43, 45, 48, 49)][1:3] == ["bytes--found"] * 2
        assert view._top <= 44 // view._layout.count < view._top + view.page
        await until(lambda: "found at byte 44" in str(view.border_title))
        await find(app, pilot, "47 45 54", How.HEX)
        assert (said(app).which, said(app).many, said(app).wrapped) == (1, 1, True)
        assert sorted(view._found) == [44, 45, 46]
        await pilot.press("escape")
        assert view.found is None


async def test_hits_in_layers_are_chosen_there():
    async with running(Door()) as (app, pilot):
        await begun(app, pilot, [NOISE, ARP_REPLY])
        await find(app, pilot, r"op: is-?at", How.REGEX, Where.LAYERS)
        tree = app.detail.layer_tree
        await until(lambda: tree.cursor_node is not None and tree.cursor_node.data.name == "ARP.op")
        assert app.frame_list.cursor == 2


async def test_only_what_the_display_filter_lets_pass_is_a_hit():
    async with running(Door()) as (app, pilot):
        await begun(app, pilot, [NOISE, ARP_REPLY, GET, ARP_REPLY, GET + b"x"])
        await app.filter_by("arp || frame.len == 75")
        await find(app, pilot, "GET", where=Where.BYTES)
        assert (app.frame_list.cursor, said(app).which, said(app).many) == (5, 1, 1)
        await find(app, pilot, "frame.len < 75", How.FILTER)
        assert (app.frame_list.cursor, said(app).which, said(app).many) == (2, 1, 2)
        await app.filter_by("")
        await until(lambda: said(app).many == 4)
        await app.filter_by("arp")
        await until(lambda: said(app).many == 2)


async def test_what_the_display_filter_keeps_out_is_not_looked_into():
    async with running(Door()) as (app, pilot):
        await begun(app, pilot, [ECHO, ARP_REPLY, ECHO, ARP_REPLY, ECHO])
        await app.filter_by("arp")
        await find(app, pilot, "is at")
        assert (said(app).many, app.finding.looked_into) == (2, 2)


async def test_what_is_nowhere_and_what_comes_later():
    async with running(Door()) as (app, pilot):
        await begun(app, pilot, [NOISE, NOISE])
        await find(app, pilot, "is at")
        assert (app.frame_list.cursor, said(app).which, said(app).many) == (1, None, 0)
        assert "not found" in find_line(said(app), 100).plain
        app.session._open_source.source.feed(frames_of([ARP_REPLY]))
        await until(lambda: said(app).many == 1)
        assert app.frame_list.cursor == 1
        await pilot.press("n")
        await until(lambda: app.frame_list.cursor == 3)


async def test_the_screen_lives_while_many_frames_are_looked_into_and_escape_ends_that():
    async with running(Door()) as (app, pilot):
        app.session._open_source.source.feed(batch(300_000))
        await until(lambda: app.session.store.last == 300_000 and app._dissecting)
        await pilot.press("ctrl+f", *"nosuch", "enter")
        await until(lambda: app.finding is not None and app.finding.looked_into)
        await pilot.press("g")
        await until(lambda: app.frame_list.cursor == 1)
        assert app.finding.busy
        assert said(app).done is not None
        await pilot.press("escape")
        await until(lambda: not app.finding.busy)
        await until(lambda: said(app).left_out > 10_000)


async def test_the_dialog_says_what_it_is_worth():
    async with running(Door()) as (app, pilot):
        await begun(app, pilot, [NOISE])
        await pilot.press("ctrl+f")
        await until(lambda: isinstance(app.screen, FindDialog))
        verdict, place = app.screen.query_one("#verdict", Static), app.screen.query_one("#place", Static)
        assert verdict.content.plain.startswith("○")
        await pilot.press("(", "tab", "down", "down", "enter")
        await until(lambda: verdict.content.plain.startswith("✗ the expression is wrong"))
        assert place.content.plain == "^"
        await pilot.press("up", "enter")
        await until(lambda: verdict.content.plain.startswith("✗ hexadecimal"))
        assert app.screen.query_one("#where", RadioSet).disabled
        await pilot.press("escape")
        assert app.finding is None


def test_the_line_is_one_whatever_is_sought():
    facts = FindFacts("find text [/x] in the bytes", 3, 17, True, 1000, 20000)
    for width in (20, 60, 120):
        assert find_line(facts, width).cell_length <= width
    words = " ".join(find_line(facts, 120).plain.split())
    assert words == "find text [/x] in the bytes 3 of 17 wrapped … 1,000 of 20,000 looked into Esc stops"
