"""The dialogs: confirm, copy, save."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widgets import Input, Static
from ui_kit import until

from tapscope import ui
from tapscope.frame import Direction, Frame
from tapscope.store.batches import UNNAMED
from tapscope.store.export import save
from tapscope.ui.confirm import Confirm
from tapscope.ui.copy_menu import CopyMenu, Form
from tapscope.ui.save_dialog import Choice, Pick, Saved, SaveDialog, Write
from tapscope.ui.saving import _told


class Host(App[None]):
    CSS_PATH = Path(ui.__file__).with_name("app.tcss")

    def __init__(self, dialog: Screen[object]) -> None:
        super().__init__()
        self.dialog = dialog
        self.answers: list[object] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.answers.append)


async def answer(dialog: Screen[object], *keys: str) -> object:
    app = Host(dialog)
    async with app.run_test(notifications=True) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await until(lambda: app.answers)
        return app.answers[0]


@pytest.mark.parametrize(
    ("key", "yes"), [("y", True), ("n", False), ("escape", False), ("enter", False), ("tab,enter", True)]
)
async def test_confirm_says_yes_only_when_told(key: str, yes: bool) -> None:
    assert await answer(Confirm("Run?", "rm [/x] $(reboot)", yes="Run"), *key.split(",")) is yes


@pytest.mark.parametrize(("keys", "chosen"), [("b", "two"), ("down,enter", "two"), ("enter", "one")])
async def test_copy_menu_by_letter_or_by_line(keys: str, chosen: str) -> None:
    forms = [Form("a", "one [/x]", lambda: "1", hint="[bold"), Form("b", "two", lambda: "2")]
    form = await answer(CopyMenu("Copy", forms), *keys.split(","))
    assert form.label.startswith(chosen)


async def test_copy_menu_left_copies_nothing() -> None:
    assert await answer(CopyMenu("Copy", [Form("a", "one", lambda: "1")]), "escape") is None


def written(path: Path, overwrite: bool, _tell: Callable[[int], None]) -> int:
    if path.exists() and not overwrite:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    path.write_text("new")
    return 7


def dialog_for(path: Path, write: Write = written) -> SaveDialog:
    return SaveDialog(
        [Choice("everything", 7, lambda: write), Choice("frame 3 alone", 1, lambda: write)], path=str(path)
    )


async def test_save_writes_and_answers_with_what(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    assert await answer(dialog_for(path), "enter") == Saved(path, 7)
    assert path.read_text() == "new"


async def test_save_asks_before_overwriting(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    path.write_text("old")
    app = Host(dialog_for(path))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("n")
        await until(lambda: app.screen is app.dialog)
        assert path.read_text() == "old"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: app.answers)
    assert path.read_text() == "new"


async def test_save_says_what_went_wrong_and_stays(tmp_path: Path) -> None:
    def refuse(path: Path, _overwrite: bool, _tell: Callable[[int], None]) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    app = Host(dialog_for(tmp_path / "[/x].pcapng", refuse))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        problem = app.dialog.query_one("#problem", Static)
        await until(lambda: "Permission denied" in str(problem.render()))
        assert "[/x]" in str(problem.render())
        assert app.screen is app.dialog
        await pilot.press("escape")
        await until(lambda: app.answers == [None])


async def test_save_names_no_format() -> None:
    def refuse(_path: Path, _overwrite: bool, _tell: Callable[[int], None]) -> int:
        raise ValueError("a.txt: .pcapng or .pcap says the format")

    app = Host(dialog_for(Path("a.txt"), refuse))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        problem = app.dialog.query_one("#problem", Static)
        await until(lambda: ".pcapng or .pcap" in str(problem.render()))
        app.dialog.query_one("#path", Input).value = " "
        await pilot.press("enter")
        await until(lambda: "Where to?" in str(problem.render()))


async def test_save_writes_once_while_it_is_writing(tmp_path: Path) -> None:
    go_on, calls = Event(), []

    def slow(path: Path, _overwrite: bool, _tell: Callable[[int], None]) -> int:
        calls.append(path)
        assert go_on.wait(10)
        return 1

    app = Host(dialog_for(tmp_path / "a.pcap", slow))
    async with app.run_test() as pilot:
        await pilot.press("enter", "enter", "enter")
        go_on.set()
        await until(lambda: app.answers)
    assert len(calls) == 1


async def test_what_takes_long_says_how_far_it_is_and_can_be_given_up(tmp_path: Path) -> None:
    path, go_on = tmp_path / "a.pcapng", Event()

    def frames() -> Iterator[Frame]:
        for number in range(1, 100_001):
            if number == 50 * 1024 + 1:
                assert go_on.wait(10)
            yield Frame(number, number, Direction.IN, 60, bytes(60), UNNAMED)

    def slow(path: Path, overwrite: bool, tell: Callable[[int], None]) -> int:
        return save(path, _told(frames(), tell), (), overwrite=overwrite)

    app = Host(SaveDialog([Choice("everything", 100_000, lambda: slow)], path=str(path)))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        problem = app.dialog.query_one("#problem", Static)
        await until(lambda: "writing ━━━━━━━━━━────────── 51 %" in str(problem.render()))
        assert len(list(tmp_path.iterdir())) == 1
        await pilot.press("escape")
        assert app.screen is app.dialog
        go_on.set()
        await until(lambda: "Given up: nothing was written." in str(problem.render()))
        assert list(tmp_path.iterdir()) == []
        await pilot.press("escape")
        await until(lambda: app.answers == [None])


async def test_who_leaves_the_app_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    begun, ended = Event(), Event()

    def endless(path: Path, _overwrite: bool, tell: Callable[[int], None]) -> int:
        try:
            while True:
                begun.set()
                tell(1)
        finally:
            ended.set()

    app = Host(dialog_for(tmp_path / "a.pcapng", endless))
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await until(begun.is_set)
    assert ended.wait(10)


async def test_save_the_second_choice(tmp_path: Path) -> None:
    asked: list[str] = []

    def of(label: str) -> Choice:
        def prepare() -> Write:
            asked.append(label)
            return written

        return Choice(label, 1, prepare)

    await answer(
        SaveDialog([of("all"), of("one")], path=str(tmp_path / "a.pcap")), "tab", "down", "enter", "shift+tab", "enter"
    )
    assert asked == ["one"]


async def test_what_is_picked_is_told_without_color() -> None:
    choices = [Choice("everything", 9, lambda: written), Choice("frame 3 alone", 1, lambda: written)]
    app = Host(SaveDialog(choices, path="a.pcap"))
    async with app.run_test() as pilot:
        await pilot.pause()
        marks = [str(button.render())[1] for button in app.screen.query(Pick)]
        assert marks == ["●", "○"]
        await pilot.press("tab", "down", "space")
        marks = [str(button.render())[1] for button in app.screen.query(Pick)]
        assert marks == ["○", "●"]
