"""The capture filter, changed while frames come."""

from textual import work

from tapscope.ui.filtering import Filtering


class Sieving(Filtering):
    """The part of the app behind ``F``."""

    async def read_anew(self) -> None:
        """Show what the session is turned to from its beginning."""
        raise NotImplementedError

    def action_sieve(self) -> None:
        """Ask for a capture filter."""
        from tapscope.ui.sieve_dialog import SieveDialog  # noqa: PLC0415  not before it is wanted

        session = self.session
        before = session.info.sieve if session.info else ""
        then = "Enter: from the next frame on" if session.goes_on else "Enter: read the file anew"
        self.push_screen(SieveDialog(before, tuple(session.store.interfaces), then), self._chosen)

    def _chosen(self, text: str | None) -> None:
        """What ends is there to be read again; else the next frames are the first that it holds for."""
        session = self.session
        if text is None or session.info is None or text == session.info.sieve:
            return
        from tapscope.capture.sieve import Sieve  # noqa: PLC0415

        sieve = Sieve(text) if text else None
        if session.info.mode == "file":
            session.read_again(sieve, name=self.name_shown)
            self._read_file(self.search.filter.text if self.search else "")
        else:
            session.set_sieve(sieve)

    @work
    async def _read_file(self, shown: str) -> None:
        """From its beginning, and with the display filter that was on."""
        await self.read_anew()
        if shown:
            await self.filter_by(shown)
