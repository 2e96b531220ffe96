"""Changes the tags of all chosen items in one step, which can be undone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from psygnal import Signal

from napari_nora.session import Session
from napari_nora.tasks import Task
from napari_nora.widgets.browser.chosen import Chosen, case_choice, id_of, tags_of
from napari_nora.widgets.browser.tag_rules import key_change, tags_in_words
from nora_core.client import Client
from nora_core.errors import Conflict
from nora_core.wire.archive import TagChange, TagLevel, TagResult
from nora_core.wire.project import Action

READ_ONLY = "Your role in this project is to read only"
Rule = Callable[[Chosen], TagChange | None]
"""What shall change about a choice whose every item is known."""


class Tagging:
    """Starts the changes, one after the other; the server makes each at one blow."""

    done = Signal(str, object)
    """What was done, and a function that takes it back (or ``None``)."""
    failed = Signal(object)
    """A ``TaskError`` or a sentence."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: deque[Callable[[], Task]] = deque()

    def add(self, chosen: Chosen, tags: list[str]) -> None:
        """Add tags."""
        self._change(
            chosen, lambda all_: TagChange(level=all_.level, ids=all_.ids, add=tags)
        )

    def remove(self, chosen: Chosen, tag: str) -> None:
        """Take a tag away."""
        self._change(
            chosen, lambda all_: TagChange(level=all_.level, ids=all_.ids, remove=[tag])
        )

    def press(self, chosen: Chosen, digit: str, keys: dict[str, str]) -> None:
        """Do what a digit does, by the user's tags of digits."""
        self._change(
            chosen,
            lambda all_: key_change(digit, keys, all_.level, items_of(all_)),
        )

    def _change(self, chosen: Chosen, rule: Rule) -> None:
        session = self._session
        if session.project is None or not chosen.count:
            return
        if not session.may(Action.WRITE):
            self.failed.emit(READ_ONLY)
            return
        client, project = session.client, session.project.name

        def work(task: Task) -> tuple[TagChange | None, TagResult]:
            change = rule(complete(client, project, chosen, task))
            if change is None:
                return None, TagResult(changed=0, undo=[])
            task.check()
            return change, client.change_tags(project, change)

        def done(outcome: tuple[TagChange | None, TagResult]) -> None:
            change, result = outcome
            if change is not None:
                self._tell(project, change, result, chosen.what)

        # long work has a bar and a cancel
        title = "" if chosen.is_known else f"Tagging {chosen.what}"
        self._in_turn(
            lambda: session.tasks.run(work, done, self.failed.emit, title=title)
        )

    def _in_turn(self, start: Callable[[], Task]) -> None:
        """Start what was asked for after all that was asked for before has ended."""
        self._waiting.append(start)
        if len(self._waiting) == 1:
            self._start_next()

    def _start_next(self) -> None:
        self._waiting[0]().ended.connect(self._on_ended)

    def _on_ended(self) -> None:
        self._waiting.popleft()
        if self._waiting:
            self._start_next()

    def _tell(
        self, project: str, change: TagChange, result: TagResult, what: str
    ) -> None:
        if not result.changed:
            self.done.emit(f"{what}: no tag had to change", None)
            return
        self._session.files_changed.emit(None)
        self.done.emit(tags_in_words(change, what), lambda: self._undo(project, result))

    def _undo(self, project: str, result: TagResult) -> None:
        session, client = self._session, self._session.client

        def work(_: Task) -> None:
            if result.event_id is not None:
                client.undo(project, result.event_id)
                return
            for step in result.undo:  # an older server
                client.change_tags(project, step)

        def done(_: None) -> None:
            self._session.files_changed.emit(None)
            self.done.emit("Tags are as before", None)

        self._in_turn(lambda: session.tasks.run(work, done, self.failed.emit))


def items_of(chosen: Chosen) -> Sequence[tuple[int, Sequence[str]]]:
    """Return id and tags of each chosen item; studies below a subject show none."""
    if chosen.level is TagLevel.FILE:
        return [(file.id, file.tags) for group in chosen.files for file in group]
    if chosen.cases:
        return [(id_of(case), tags_of(case)) for case in chosen.cases]
    return [(item_id, ()) for item_id in chosen.ids]


def complete(client: Client, project: str, chosen: Chosen, task: Task) -> Chosen:
    """Return the same choice with every item, fetching those that are not here.

    Raises
    ------
    Conflict
        The table shows rows that have another place by now.
    """
    if chosen.is_known:
        return chosen
    cases = []
    for first, last in chosen.blocks:
        for rows in client.walk(project, chosen.query, first=first, last=last):
            task.check()
            cases.extend(rows)
            task.progress(len(cases), chosen.count)
    every = case_choice(chosen.query, chosen.blocks, cases)
    if not set(chosen.ids) <= set(every.ids) or not every.is_known:
        raise Conflict("the table has changed meanwhile; refresh it and choose again")
    return every
