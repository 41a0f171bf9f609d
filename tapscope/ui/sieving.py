"""The capture filter, changed while frames come."""

from textual.app import App

from tapscope.ui.session import Session


class Sieving(App[None]):
    """The part of the app behind ``F``."""

    session: Session

    @property
    def name_shown(self) -> str:
        """What is looked into."""
        raise NotImplementedError

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
            self.run_worker(self.read_anew())
        else:
            session.set_sieve(sieve)
