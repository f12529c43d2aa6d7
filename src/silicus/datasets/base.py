"""The contract of a data set: where its files come from and how they become decisions."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import polars as pl


@dataclass(frozen=True)
class SourceFile:
    """One file as published.

    ``path`` is relative to the data set's folder; ``url`` the public address of exactly this
    version; ``sha256`` its checksum in hexadecimal, or ``git:`` and the id that git gives to it.
    Embedded files have no ``url``.
    """

    path: str
    sha256: str
    url: str | None = None


class Counts(NamedTuple):
    """What a data set is documented to hold; None where its source gives no number."""

    n_decisions: int | None
    n_choices: int | None
    n_participants: int | None
    choices: Mapping[str, int]


class Dataset(ABC):
    """One published data set: its facts as class attributes, and :meth:`read`.

    Attributes
    ----------
    name : str
        Name in study files and in ``Decision.dataset``.
    title, citation, licence, source : str
        Shown by ``silicus data`` and stored with every run.
    families : tuple of str
        Game families of its decisions.
    folder : str or None
        Folder under the data folder (or mirror); None for data embedded in the package.
    root : Path or None
        The folder itself, for an imported data set; None for a published one.
    files : tuple of SourceFile
    aggregate : bool
        Whether rows are published rates rather than one person's choices.
    n_decisions, n_participants : int
        Counts that :meth:`read` must reproduce; n_participants is None where not published.
    n_choices : int or None
        Choices behind the decisions, where the rows are rates; None: one for each decision.
    expected_choices : mapping
        Individual choices of each option by its label, where the source states them.
    dropped : mapping
        Why choices of the source are no decisions here, and how many.
    overlaps : tuple of str
        Data sets that hold some of the same decisions: never fit on one and test on the other.
    notes : tuple of str
        What a user of the data has to know; printed with results.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    licence: ClassVar[str]
    source: ClassVar[str]
    families: ClassVar[tuple[str, ...]]
    folder: ClassVar[str | None]
    root: Path | None = None
    files: ClassVar[tuple[SourceFile, ...]]
    aggregate: ClassVar[bool]
    n_decisions: ClassVar[int]
    n_participants: ClassVar[int | None]
    n_choices: ClassVar[int | None] = None
    expected_choices: ClassVar[Mapping[str, int]] = {}
    dropped: ClassVar[Mapping[str, int]] = {}
    overlaps: ClassVar[tuple[str, ...]] = ()
    notes: ClassVar[tuple[str, ...]] = ()

    def files_in(self, folder: Path) -> tuple[SourceFile, ...]:
        """Return the files to verify in ``folder``, for sets that are kept in several layouts."""
        return self.files

    def is_in(self, folder: Path) -> bool:
        """Return whether a folder holds the data set (its first file, at least)."""
        listed = self.files_in(folder)
        return bool(listed) and (folder / listed[0].path).is_file()

    def counts_in(self, folder: Path) -> Counts:
        """Return the documented counts of what ``folder`` holds."""
        choices = self.n_choices or (None if self.aggregate else self.n_decisions)
        return Counts(self.n_decisions, choices, self.n_participants, self.expected_choices)

    def extra_counts(self, table: pl.DataFrame) -> Mapping[str, tuple[int, int | None]]:
        """Return further counts of a table, each found and documented, for ``check``."""
        return {}

    def files_to_fetch(self) -> tuple[SourceFile, ...]:
        """Return the files as published, for sets that a mirror keeps in another layout."""
        return self.files

    def before_fetching(self, folder: Path, listed: tuple[SourceFile, ...]) -> None:
        """Keep beside the files what is needed to verify them; nothing where files say it."""
        return

    @abstractmethod
    def read(self, folder: Path) -> pl.DataFrame:
        """Return the Decision table read from the files in ``folder`` (already checksummed).

        Raises
        ------
        DataError
            If a row is not what the source documents; names file and row.
        """
