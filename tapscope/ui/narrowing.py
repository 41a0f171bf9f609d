"""From what is seen to a filter: only frames with this, or none."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tapscope.dissect.summary import summarize
from tapscope.ui.detail import Detail
from tapscope.ui.filtering import Filtering

if TYPE_CHECKING:
    from tapscope.filters import Context
    from tapscope.ui.copy_menu import Form


class Narrowing(Filtering):
    """The part of the app behind ``a`` and ``x``."""

    detail: Detail

    async def action_narrow(self, how: str) -> None:
        """Of the row that is chosen ask which part; of the layers and bytes it is the field that is chosen."""
        opposite = how == "not"
        if self.frame_list.has_focus:
            self._ask(opposite=opposite)
        elif text := self.detail.field_filter(self.filter_context()):
            await self._narrow(text, opposite=opposite)

    def filter_context(self) -> "Context":
        """What filters must know of the capture."""
        from tapscope.filters import Context  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

        store = self.session.store
        return Context(tuple(store.interfaces), store.first_time_ns)

    def _ask(self, *, opposite: bool) -> None:
        from tapscope.ui.copy_menu import CopyMenu, Form  # noqa: PLC0415
        from tapscope.ui.row_filters import row_filters  # noqa: PLC0415

        frame = self.detail.frame
        if frame is None:
            return
        found = row_filters(frame, summarize(frame), self.filter_context())
        forms = [Form(each.key, each.label, _made(each.text), hint=each.text) for each in found]

        async def chosen(form: "Form | None") -> None:
            if form is not None:
                await self._narrow(form.make(), opposite=opposite)

        self.push_screen(CopyMenu("No frames of this" if opposite else "Only frames of this", forms), chosen)

    async def _narrow(self, text: str, *, opposite: bool) -> None:
        from tapscope.ui.row_filters import joined  # noqa: PLC0415

        now = self.search.filter.text if self.search else ""
        await self.filter_by(joined(now, text, opposite=opposite))


def _made(text: str) -> Callable[[], str]:
    return lambda: text
