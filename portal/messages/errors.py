class SendError(Exception):
    """Why a message did not go out, in a word that names neither address nor text.

    `final` says that trying again is of no use.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final
