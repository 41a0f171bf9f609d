"""What is wrong with a filter, and where."""


class FilterError(ValueError):
    """The text is no filter: in one line what is wrong, and what would mend it.

    ``at`` and ``until`` are the characters of the text that the fault is about: ``text[at:until]``; both are its length
    where something is missing at the end.
    """

    def __init__(self, said: str, at: int, until: int) -> None:
        super().__init__(said)
        self.at = at
        self.until = until
