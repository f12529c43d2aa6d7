"""The contract of a data set: where its files come from and how they become decisions."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import polars as pl


@dataclass(frozen=True)
class SourceFile:
    """One file as published.

    ``path`` is relative to the data set's folder; ``url`` the public address of exactly this
    version; ``sha256`` its checksum in hexadecimal. Embedded files have no ``url``.
    """

    path: str
    sha256: str
    url: str | None = None


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
    files : tuple of SourceFile
    aggregate : bool
        Whether rows are published rates rather than one person's choices.
    n_decisions, n_participants : int
        Counts that :meth:`read` must reproduce; n_participants is None where not published.
    n_choices : int or None
        Choices behind the decisions, where the rows are rates; None: one for each decision.
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
    files: ClassVar[tuple[SourceFile, ...]]
    aggregate: ClassVar[bool]
    n_decisions: ClassVar[int]
    n_participants: ClassVar[int | None]
    n_choices: ClassVar[int | None] = None
    overlaps: ClassVar[tuple[str, ...]] = ()
    notes: ClassVar[tuple[str, ...]] = ()

    def files_in(self, folder: Path) -> tuple[SourceFile, ...]:
        """Return the files to verify in ``folder``, for sets that are kept in several layouts."""
        return self.files

    def files_to_fetch(self) -> tuple[SourceFile, ...]:
        """Return the files as published, for sets that a mirror keeps in another layout."""
        return self.files

    @abstractmethod
    def read(self, folder: Path) -> pl.DataFrame:
        """Return the Decision table read from the files in ``folder`` (already checksummed).

        Raises
        ------
        DataError
            If a row is not what the source documents; names file and row.
        """
