"""Tags the chosen rows as typed, by the menu, and by the keys 1 to 9 and 0."""

from __future__ import annotations

from collections.abc import Callable

from napari_nora.session import Session
from napari_nora.widgets.browser.chosen import Chosen
from napari_nora.widgets.browser.memory import TableWishes
from napari_nora.widgets.browser.table_page import TablePage
from napari_nora.widgets.browser.tag_rules import CLEAR_DIGIT, keys_in_words
from napari_nora.widgets.browser.tagging import Tagging
from nora_core.errors import NoraError
from nora_core.wire.names import check_tag

Known = list[str]


class TagControl:
    """Connects the page's tag line, its key form and the table to the tagging.

    Parameters
    ----------
    chosen : callable
        Gives what is chosen in the table.
    keep : callable
        Remembers the wishes after the keys have changed.
    """

    def __init__(
        self,
        session: Session,
        page: TablePage,
        chosen: Callable[[], Chosen],
        keep: Callable[[], None],
    ) -> None:
        self.tagging = Tagging(session)
        self.wishes = TableWishes()
        self._session = session
        self._page = page
        self._chosen = chosen
        self._keep = keep
        page.tag_line.tags_typed.connect(self._on_tags_typed)
        page.table.digit_pressed.connect(self.press)
        page.key_form.keys_changed.connect(self._on_keys_changed)
        page.key_form.closed.connect(self._on_key_form_closed)

    def show(self, wishes: TableWishes) -> None:
        """Take what is remembered of another project."""
        self.wishes = wishes
        self._page.key_form.hide()
        self._say_keys()

    def ask_for_tags(self) -> None:
        """Let tags be typed for the chosen rows."""
        what = self._chosen().what
        self._with_known(lambda known: self._page.tag_line.ask(what, known))

    def ask_for_keys(self, digit: str = "1") -> None:
        """Let the tags of the keys be chosen."""
        keys = self.wishes.tag_keys
        self._with_known(lambda known: self._show_key_form(keys, known, digit))

    def press(self, digit: str) -> None:
        """Do what a digit does to the chosen rows."""
        keys = self.wishes.tag_keys
        if digit in keys or (digit == CLEAR_DIGIT and keys):
            self.tagging.press(self._chosen(), digit, dict(keys))
        elif digit == CLEAR_DIGIT:
            self.ask_for_keys()
        else:
            self._session.noticed.emit(f"Key {digit} has no tag yet; choose one")
            self.ask_for_keys(digit)

    def _with_known(self, use: Callable[[Known], None]) -> None:
        if self._session.project is None:
            return
        client, project = self._session.client, self._session.project.name
        self._session.tasks.run(
            lambda _: client.tags(project), use, self._page.error.show_error
        )

    def _show_key_form(self, keys: dict[str, str], known: Known, digit: str) -> None:
        self._page.say_keys("")
        self._page.key_form.ask(keys, known, digit)

    def _on_key_form_closed(self) -> None:
        self._say_keys()
        self._page.table.setFocus()

    def _on_tags_typed(self, tags: list[str]) -> None:
        try:
            checked = [check_tag(tag) for tag in tags]
        except NoraError as error:
            self._page.error.show_error(error.message)
            return
        self.tagging.add(self._chosen(), checked)

    def _on_keys_changed(self, keys: dict[str, str]) -> None:
        if keys != self.wishes.tag_keys:
            self.wishes.tag_keys = keys
            self._keep()

    def _say_keys(self) -> None:
        keys = keys_in_words(self.wishes.tag_keys)
        self._page.say_keys(keys)
