"""The capability panel in the app: when it opens, what it says, what its keys do."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event

from patients import MENDED, REFUSED, RESTRICTED, UNSURE, Doctor
from sources import Door, Scripted, surroundings
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static
from ui_kit import until

from tapscope.attempt import Attempt, Step
from tapscope.ui import capability_panel, panel_rows
from tapscope.ui.app import TapscopeApp
from tapscope.ui.confirm import Confirm
from tapscope.ui.remedy_view import RemedyView
from tapscope.ui.session import State

REFUSAL = Attempt(Step.SET_INTERFACE, errno.EPERM, "tap0")


@asynccontextmanager
async def running(
    door: Door, doctor: Doctor, *, width: int = 110, name: str | None = "tap0", **others: object
) -> AsyncIterator[tuple[TapscopeApp, Pilot[None]]]:
    refused = others.pop("refused", None)
    around = surroundings(**others)
    app = TapscopeApp(door, interface=name, title="t", examine=doctor, refused=refused, surroundings=around)
    async with app.run_test(size=(width, 60), notifications=True) as pilot:
        await until(lambda: app.session.state is not State.OPENING)
        yield app, pilot
    await until(lambda: Scripted.opened == 0)


def said(app: App[None]) -> str:
    return "\n".join(str(widget.render()) for widget in app.screen.query("#panel Static").results(Static))


async def test_a_refusal_opens_it_with_the_cause_and_the_remedies() -> None:
    doctor = Doctor()
    async with running(Door(shut=True), doctor) as (app, _):
        await until(lambda: app.panel.diagnosis is REFUSED and app.panel.query(RemedyView))
        assert app.panel.display
        assert app.panel.has_focus
        await until(lambda: not app.panes.display)
        assert doctor.asked == [("tap0", True, REFUSAL)]
        words = said(app)
        for finding in REFUSED.findings:
            assert finding.title in words
            assert all(fact in words for fact in finding.because)
            assert all(remedy.command in words and remedy.cost in words for remedy in finding.remedies)
        for word in ("TUNSETIFF tap0: EPERM (Operation not permitted)", "CAP_NET_ADMIN", "CAP_NET_RAW", "P E I B A"):
            assert word in words
        for word in ("no_new_privs", "securebits", "alice (uid 1000)", "tun_chr_open", "(not reached)"):
            assert word in words


async def test_the_refusal_is_said_before_the_cause_is_known() -> None:
    doctor = Doctor()
    doctor.gate.clear()
    async with running(Door(shut=True), doctor) as (app, _):
        await until(lambda: "Looking for the cause" in said(app))
        assert "EPERM (Operation not permitted)" in said(app)
        doctor.gate.set()
        await until(lambda: app.panel.diagnosis is REFUSED)


async def test_trying_again_asks_again_and_success_closes_it() -> None:
    door, doctor = Door(shut=True), Doctor()
    async with running(door, doctor) as (app, pilot):
        await until(lambda: app.panel.diagnosis)
        await pilot.press("r")
        await until(lambda: len(doctor.asked) == 2 and app.panel.diagnosis)
        door.shut = False
        await pilot.press("r")
        await until(lambda: app.session.state is State.READING and not app.panel.display)
        await until(lambda: app.panes.display)
        assert app.frame_list.has_focus
    assert Scripted.most_at_once == 1


async def test_an_answer_that_is_late_does_not_show() -> None:
    door, doctor = Door(shut=True), Doctor()
    doctor.gate.clear()
    async with running(door, doctor) as (app, pilot):
        await until(lambda: doctor.asked)
        door.shut = False
        await pilot.press("r")
        await until(lambda: app.session.state is State.READING)
        await pilot.press("f2")
        await until(lambda: len(doctor.asked) == 2)
        doctor.gate.set()
        await until(lambda: app.panel.diagnosis)
        assert app.panel.diagnosis is doctor.untried
        assert not app.panel.remedies


async def test_f2_opens_and_closes_and_tries_nothing_while_reading() -> None:
    doctor = Doctor()
    async with running(Door(), doctor) as (app, pilot):
        assert not app.panel.display
        await pilot.press("f2")
        await until(lambda: app.panel.diagnosis)
        await pilot.pause()
        assert doctor.asked == [("tap0", False, None)]
        assert "tap0 is open" in said(app)
        assert "CAP_NET_RAW" in said(app)
        assert {"c", "f"}.isdisjoint(
            key for key, active in app.screen.active_bindings.items() if active.node is app.panel
        )
        await pilot.press("f2")
        assert not app.panel.display
        assert app.frame_list.has_focus
        await pilot.press("f2", "escape")
        assert not app.panel.display


async def test_wide_the_panes_stay_beside_it() -> None:
    async with running(Door(), Doctor(), width=170) as (app, pilot):
        await pilot.press("f2")
        await pilot.pause()
        assert app.panes.region.width > 60
        assert app.panel.region.x == app.panes.region.right


async def test_up_and_down_choose_the_remedy_that_c_copies() -> None:
    async with running(Door(shut=True), Doctor()) as (app, pilot):
        await until(lambda: app.panel.query(RemedyView))
        remedies = panel_rows.remedies(REFUSED)
        assert len(remedies) > 1
        await pilot.press("c")
        await until(lambda: app.clipboard == remedies[0].command)
        await pilot.press("down", "c")
        await until(lambda: app.clipboard == remedies[1].command)
        assert [view.has_class("-chosen") for view in app.panel.query(RemedyView)].index(True) == 1
        await pilot.press(*["down"] * 20, "c")
        await until(lambda: app.clipboard == remedies[-1].command)
        await pilot.press(*["up"] * 20, "c")
        await until(lambda: app.clipboard == remedies[0].command)


async def test_a_click_chooses_too() -> None:
    async with running(Door(shut=True), Doctor()) as (app, pilot):
        await until(lambda: len(app.panel.query(RemedyView)) > 1)
        await pilot.pause()
        await pilot.click(app.panel.query(RemedyView)[1])
        await until(lambda: app.panel.chosen == 1)


async def test_f_shows_the_command_with_its_price_and_asks(monkeypatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(capability_panel, "run_in_terminal", lambda _app, command: ran.append(command) or 0)
    door = Door(shut=True)
    async with running(door, Doctor()) as (app, pilot):
        await until(lambda: app.panel.query(RemedyView))
        remedy = app.panel.remedies[0]
        await pilot.press("f")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.pause()
        text = str(app.screen.query_one(".dialog-text", Static).render())
        assert remedy.command in text
        assert remedy.cost in text
        await pilot.press("n")
        await pilot.pause()
        assert not ran
        await pilot.press("f")
        await until(lambda: isinstance(app.screen, Confirm))
        door.shut = False
        await pilot.press("y")
        await until(lambda: app.session.state is State.READING)
        assert ran == [remedy.command]
        assert door.tries == 2


async def test_causes_that_cannot_be_told_apart_are_named_once_with_what_decides() -> None:
    async with running(Door(shut=True), Doctor(UNSURE)) as (app, _):
        await until(lambda: "one of filecaps-none, no-caps, packet-no-net-raw" in said(app))
        words = said(app)
        assert words.count("unsure") == words.count("one of ") == 1


async def test_f_runs_nothing_that_is_to_be_typed_elsewhere() -> None:
    async with running(Door(shut=True), Doctor(RESTRICTED)) as (app, pilot):
        await until(lambda: app.panel.query(RemedyView))
        assert {remedy.here for remedy in app.panel.remedies} == {True, False}
        for number, remedy in enumerate(app.panel.remedies):
            app.panel.chosen = number
            await pilot.press("f")
            await pilot.pause()
            assert isinstance(app.screen, Confirm) == remedy.here
            if remedy.here:
                await pilot.press("n")
                await pilot.pause()
            await pilot.press("c")
            await until(lambda command=remedy.command: app.clipboard == command)


async def test_a_terminal_that_cannot_be_lent_is_said() -> None:
    async with running(Door(shut=True), Doctor()) as (app, pilot):
        await until(lambda: app.panel.query(RemedyView))
        await pilot.press("f")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: any("cannot be lent" in note.message for note in app._notifications))


async def test_it_notices_within_two_seconds_that_the_refusal_has_passed() -> None:
    prints = iter([1, 1])
    doctor = Doctor(untried=MENDED)
    around = {"fingerprint": lambda _: next(prints, 2)}
    async with running(Door(shut=True), doctor, **around) as (app, _):
        await until(lambda: app.panel.possible)
        await until(lambda: "tap0 can be opened now: r tries again" in said(app))
        assert doctor.asked[-1] == ("tap0", False, None)


async def test_a_change_that_mends_nothing_says_nothing() -> None:
    prints = iter([1, 2, 3])
    doctor = Doctor(untried=REFUSED)
    async with running(Door(shut=True), doctor, fingerprint=lambda _: next(prints, 3)) as (app, _):
        await until(lambda: len(doctor.asked) == 3)
        assert not app.panel.possible


async def test_closed_it_still_notices_and_says_so() -> None:
    looked, closed = Event(), Event()

    def fingerprint(_: str | None) -> bool:
        looked.set()
        return closed.is_set()

    async with running(Door(shut=True), Doctor(untried=MENDED), fingerprint=fingerprint) as (app, pilot):
        await until(lambda: app.panel.diagnosis and looked.is_set())
        await pilot.press("escape")
        await until(lambda: not app.panel.display)
        closed.set()
        await until(lambda: any("can be opened now" in note.message for note in app._notifications))


async def test_a_replay_says_why_it_is_one() -> None:
    refused = Attempt(Step.UNSHARE, errno.EPERM, "")
    doctor = Doctor()
    async with running(Door(), doctor, name=None, refused=refused) as (app, pilot):
        await until(lambda: "a recording, since unshare: EPERM" in str(app.header.render()))
        await pilot.press("f2")
        await until(lambda: app.panel.diagnosis is REFUSED)
        assert doctor.asked == [(None, True, refused)]
        await until(lambda: app.panel.query(RemedyView))
