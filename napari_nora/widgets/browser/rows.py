"""Which case, study or file stands in which visible row of the table.

The table is flat for Qt: a case that is open has its files in the rows below it.
Only open cases cost memory, so 100,000 closed ones cost nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum

from napari_nora.opening.series import Series
from nora_core.wire.archive import FileRow, StudyInfo


class NodeKind(StrEnum):
    """What a row below a case shows."""

    STUDY = "study"
    FILE = "file"
    SERIES = "series"
    NOTE = "note"


@dataclass(eq=False)
class Node:
    """A row below a case."""

    kind: NodeKind
    item: StudyInfo | FileRow | Series | str
    depth: int = 1
    is_open: bool = False
    children: list[Node] = field(default_factory=list)

    def visible(self) -> list[Node]:
        """Return this node and what is open below it, in order."""
        nodes = [self]
        if self.is_open:
            for child in self.children:
                nodes.extend(child.visible())
        return nodes

    @property
    def files(self) -> list[FileRow]:
        """The files that this row stands for."""
        if isinstance(self.item, FileRow):
            return [self.item]
        return list(self.item.files) if isinstance(self.item, Series) else []


@dataclass(frozen=True)
class Place:
    """Where a visible row belongs: a case, and a node where it is below one."""

    case: int
    node: Node | None = None


class OpenRows:
    """The open cases and what stands below them."""

    def __init__(self) -> None:
        self._below: dict[int, list[Node]] = {}
        self._cases: list[int] = []
        self._first_rows: list[int] = []
        self._flat: dict[int, list[Node]] = {}

    @property
    def extra(self) -> int:
        """How many rows stand below cases."""
        return sum(len(flat) for flat in self._flat.values())

    @property
    def cases(self) -> list[int]:
        """The open cases, in order."""
        return list(self._cases)

    def is_open(self, case: int) -> bool:
        """Whether the case at this index is open."""
        return case in self._below

    def below(self, case: int) -> list[Node]:
        """Return the visible nodes below a case."""
        return self._flat.get(case, [])

    def all_nodes(self) -> list[Node]:
        """Return every visible node."""
        return [node for case in self._cases for node in self._flat[case]]

    def nodes(self, case: int) -> list[Node]:
        """Return the nodes right below a case."""
        return self._below.get(case, [])

    def set_below(self, case: int, nodes: list[Node] | None) -> None:
        """Open a case with ``nodes``, or close it (``None``)."""
        if nodes is None:
            self._below.pop(case, None)
        else:
            self._below[case] = nodes
        self.refresh()

    def clear(self) -> None:
        """Close every case."""
        self._below.clear()
        self.refresh()

    def refresh(self) -> None:
        """Count again after nodes were opened or closed."""
        self._cases = sorted(self._below)
        self._flat = {
            case: [node for top in nodes for node in top.visible()]
            for case, nodes in self._below.items()
        }
        self._first_rows = []
        extra = 0
        for case in self._cases:
            self._first_rows.append(case + extra)
            extra += len(self._flat[case])

    def place(self, row: int) -> Place:
        """Return what stands in visible row ``row``."""
        position = bisect_right(self._first_rows, row) - 1
        if position < 0:
            return Place(row)
        case = self._cases[position]
        below = self._flat[case]
        offset = row - self._first_rows[position]
        if 0 < offset <= len(below):
            return Place(case, below[offset - 1])
        return Place(case + max(offset - len(below), 0))

    def row_of(self, case: int) -> int:
        """Return the visible row of a case."""
        position = bisect_right(self._cases, case - 1) - 1
        if position < 0:
            return case
        before = self._cases[position]
        return self._first_rows[position] + len(self._flat[before]) + case - before
