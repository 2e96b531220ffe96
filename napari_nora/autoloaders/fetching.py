"""Asks the server for a case's files and decodes them, in threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from napari_nora.autoloaders.case import Case, questions_for
from napari_nora.autoloaders.prefetch import Key, PlanCache, key_of
from napari_nora.autoloaders.resolve import Match, Resolution, Slot, resolve
from napari_nora.autoloaders.unsaved import fingerprint
from napari_nora.opening.fetch import Watch, fetch_plan
from napari_nora.opening.plan import LayerKind, LayerPlan
from napari_nora.opening.volumes import volume_of_plan
from nora_core.errors import Cancelled, NoraError
from nora_core.wire.archive import FileRow, SelectManyQuery
from nora_core.wire.preset import Autoloader, AutoloaderLevel

if TYPE_CHECKING:
    from nora_core.client import Client

PARALLEL = 4
_REGIONS_TAG = "roi"


@dataclass(frozen=True)
class Wish:
    """What shall be shown of each case."""

    autoloaders: tuple[Autoloader, ...]
    level: AutoloaderLevel
    viewports: tuple[str, ...]


@dataclass(frozen=True)
class Loaded:
    """A case's images, ready for the viewer."""

    resolution: Resolution
    plans: dict[Slot, LayerPlan] = field(default_factory=dict)
    failures: dict[Slot, str] = field(default_factory=dict)
    fingerprints: dict[Slot, int] = field(default_factory=dict)
    """Of masks as they are stored, to tell later whether they were changed."""


class CaseFetcher:
    """Brings the images of cases to this machine.

    Parameters
    ----------
    cache : PlanCache
        Where decoded images are kept.
    """

    def __init__(self, client: Client, cache: PlanCache) -> None:
        self._client = client
        self._cache = cache

    def ask(self, case: Case, wish: Wish) -> Resolution:
        """Ask the server, in one request, which files the case shows.

        Raises
        ------
        NotFound
            There is no right to read the project any more.
        """
        asked = questions_for(case, wish.autoloaders, wish.level)
        answers: list[list[FileRow]] = []
        if asked.patterns:
            asked_case = case.at(wish.level)
            query = SelectManyQuery(
                patterns=list(asked.patterns),
                subject_id=asked_case.subject_id or None,
                study_id=asked_case.study_id,
            )
            answers = self._client.select_many(case.project, query)
        found = dict(zip(asked.indices, answers, strict=True))
        return resolve(case, wish.autoloaders, found, asked.problems, wish.viewports)

    def is_ready(self, resolution: Resolution) -> bool:
        """Whether all images were decoded before."""
        return all(
            self._key(resolution.case, match) in self._cache
            for match in resolution.matches
        )

    def load(
        self, resolution: Resolution, watch: Watch, parallel: int = PARALLEL
    ) -> Loaded:
        """Fetch and decode all images of a case; one that fails leaves the others."""
        loaded = Loaded(resolution)

        def one(match: Match) -> None:
            try:
                plan = self.plan(resolution.case, match, watch)
            except Cancelled:
                raise
            except (NoraError, OSError) as error:
                name = match.files[0].relative_name
                loaded.failures[match.slot] = str(error) or f"{name} cannot be read"
                return
            if plan.kind is LayerKind.LABELS:
                loaded.fingerprints[match.slot] = fingerprint(plan.data)
                plan = replace(plan, data=plan.data.copy(order="K"))
            loaded.plans[match.slot] = plan

        each_in_threads(one, resolution.matches, parallel)
        return loaded

    def warm(self, resolution: Resolution, watch: Watch) -> None:
        """Decode the images of a case into the cache, one by one."""
        for match in resolution.matches:
            with suppress(NoraError, OSError):
                watch.check()
                self.plan(resolution.case, match, watch)
            watch.check()

    def plan(self, case: Case, match: Match, watch: Watch) -> LayerPlan:
        """Return the plan of one image, from the cache where it has it."""
        files = match.files
        as_regions = match.autoloader.intent.roi
        if as_regions:
            tagged = [*files[0].tags, _REGIONS_TAG]
            first = files[0].model_copy(update={"tags": tagged})
            files = (first, *files[1:])

        def make() -> LayerPlan:
            return fetch_plan(self._client, case.project, files, watch)

        return volume_of_plan(
            self._cache.get(self._key(case, match), make, watch), match.slot[2]
        )

    def _key(self, case: Case, match: Match) -> Key | None:
        return key_of(
            self._client.url, case.project, match.files, match.autoloader.intent.roi
        )


def each_in_threads(
    work: Callable[[Match], None], matches: Sequence[Match], parallel: int
) -> None:
    """Run ``work`` for each match, some at a time; the first error ends the rest."""
    if len(matches) <= 1 or parallel == 1:
        for match in matches:
            work(match)
        return
    with ThreadPoolExecutor(parallel, thread_name_prefix="nora-autoload") as pool:
        futures = [pool.submit(work, match) for match in matches]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
