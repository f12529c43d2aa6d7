"""Choices of several people in the same situations, and products free of their sampling error.

Every product of people's rates with themselves pairs one person with *another*, so that the error
of a rate, which is correlated with itself, never enters. All sums can be taken without one
person, one situation, or one person in one situation, for the jackknife.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from silicus.analysis.panel import Panel
from silicus.analysis.resampling import Bools, Floats, Ints

LEAST_PEOPLE = 3
"""People that must have met a situation, so that two are left when one is left out."""

LEAST_CHOICES = 2
"""The same for counts, of which whole situations are left out."""


class Products(NamedTuple):
    """Centred sums of products over choices: p people's rate, t the theory, m the model.

    ``pp`` is free of sampling error; ``observed`` is the same with it.
    """

    pp: Floats
    pt: Floats
    tt: Floats
    pm: Floats
    tm: Floats
    observed: Floats

    @property
    def reliability(self) -> float:
        """Share of the variance of observed rates that is no sampling error."""
        return float(self.pp / self.observed) if self.observed > 0 else 0.0


@dataclass(frozen=True)
class RepeatedChoices:
    """Cells of one person in one situation (or one situation, where only counts are known).

    Attributes
    ----------
    kept : ndarray of bool of shape (n_decisions,)
        Decisions in situations that enough people met.
    least : int
        How many are enough.
    counts_only : bool
        Whether people are not known, so that every choice counts as another person.
    person, situation : ndarray of int of shape (n_cells,)
        Codes without gaps.
    n, taken : ndarray of shape (n_cells,)
        Choices, and those of the target option.
    model, theory : ndarray of shape (n_cells,)
        Mean predictions.
    """

    kept: Bools
    least: int
    counts_only: bool
    person: Ints
    situation: Ints
    n: Floats
    taken: Floats
    model: Floats
    theory: Floats

    @classmethod
    def of(
        cls, panel: Panel, codes: Ints, model: Floats, theory: Floats, scored: Bools
    ) -> "RepeatedChoices":
        """Return the cells of the scored decisions; ``codes`` names each one's situation."""
        counts_only = panel.aggregate
        unit = np.zeros(len(codes), dtype=np.int64) if counts_only else panel.units.codes
        n = panel.n_choices.astype(np.float64)
        size = int(codes.max()) + 1
        pairs = np.unique(np.column_stack([codes, unit])[scored], axis=0)
        met = np.bincount(codes[scored], weights=n[scored], minlength=size)
        least = LEAST_CHOICES
        if not counts_only:
            met, least = np.bincount(pairs[:, 0], minlength=size).astype(np.float64), LEAST_PEOPLE
        kept = scored & (met >= least)[codes]
        cells, place = np.unique(np.column_stack([unit, codes])[kept], axis=0, return_inverse=True)
        place = place.reshape(-1)

        def total(values: Floats) -> Floats:
            return _sums(place, values[kept], len(cells))

        each = total(n)
        _, person = np.unique(cells[:, 0], return_inverse=True)
        _, situation = np.unique(cells[:, 1], return_inverse=True)
        return cls(
            kept,
            least,
            counts_only,
            person.astype(np.int64),
            situation.astype(np.int64),
            each,
            total(n * panel.human),
            total(n * model) / each,
            total(n * theory) / each,
        )

    @property
    def n_people(self) -> int:
        return int(self.person.max(initial=-1)) + 1

    @property
    def n_situations(self) -> int:
        return int(self.situation.max(initial=-1)) + 1

    @property
    def human(self) -> Floats:
        """Share of the target option in every cell."""
        return self.taken / self.n

    @cached_property
    def _linear(self) -> Floats:
        """Sums over cells of n, y, m, t, tt, tm, yt and ym, one row a cell."""
        n, y, m, t = self.n, self.taken, self.model, self.theory
        return np.column_stack([n, y, n * m, n * t, n * t * t, n * t * m, y * t, y * m])

    def _own(self, values: Floats) -> Floats:
        """Return what pairs of a choice with one of the same person add to a product."""
        return values if self.counts_only else values * values

    def _per_situation(self, values: Floats) -> Floats:
        return _sums(self.situation, values, self.n_situations)

    def _per_person(self, values: Floats) -> Floats:
        return _sums(self.person, values, self.n_people)

    @staticmethod
    def _squared(n: Floats, y: Floats, own_n: Floats, own_y: Floats) -> Floats:
        """Return the sum of the squared true rate over a situation's choices."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(n > 0, n * (y**2 - own_y) / (n**2 - own_n), 0.0)

    @cached_property
    def _situations(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Choices, target choices, and both of pairs of one person, of every situation."""
        values = (self.n, self.taken, self._own(self.n), self._own(self.taken))
        n, y, own_n, own_y = (self._per_situation(each) for each in values)
        return n, y, own_n, own_y

    @cached_property
    def _squares(self) -> tuple[Floats, Floats]:
        """Squared true rate, and observed, summed over each situation's choices."""
        n, y, own_n, own_y = self._situations
        return self._squared(n, y, own_n, own_y), y**2 / n

    @cached_property
    def _people(self) -> tuple[Floats, Floats, float, float]:
        """Choices and target choices of every person, and pairs of one person in all."""
        if self.counts_only:
            return self.n, self.taken, float(self.n.sum()), float(self.taken.sum())
        n, y = self._per_person(self.n), self._per_person(self.taken)
        return n, y, float(n @ n), float(y @ y)

    def _products(
        self, linear: Floats, squared: Floats, observed: Floats, own_n: Floats, own_y: Floats
    ) -> Products:
        n, y, m, t, tt, tm, yt, ym = np.moveaxis(linear, -1, 0)
        mean_square = (y**2 - own_y) / (n**2 - own_n)
        return Products(
            squared - n * mean_square,
            yt - y * t / n,
            tt - t * t / n,
            ym - y * m / n,
            tm - t * m / n,
            observed - y * y / n,
        )

    def whole(self) -> Products:
        """Return the products of all cells."""
        squared, observed = self._squares
        _, _, own_n, own_y = self._people
        return self._products(
            self._linear.sum(axis=0),
            squared.sum(),
            observed.sum(),
            np.array(own_n),
            np.array(own_y),
        )

    def without_situations(self) -> Products:
        """Return the products without each situation in turn, (n_situations,) each."""
        squared, observed = self._squares
        n_all, y_all, own_n, own_y = self._people
        if self.counts_only:
            lost_n, lost_y = self._per_situation(self.n), self._per_situation(self.taken)
        else:
            n, y = n_all[self.person], y_all[self.person]
            lost_n = self._per_situation(2 * n * self.n - self.n**2)
            lost_y = self._per_situation(2 * y * self.taken - self.taken**2)
        linear = np.column_stack([self._per_situation(column) for column in self._linear.T])
        return self._products(
            self._linear.sum(axis=0) - linear,
            squared.sum() - squared,
            observed.sum() - observed,
            own_n - lost_n,
            own_y - lost_y,
        )

    @cached_property
    def _lost_in_cells(self) -> tuple[Floats, Floats]:
        """What each cell's situation loses in both sums of squares without the cell."""
        squared, observed = self._squares
        n, y, own_n, own_y = (values[self.situation] for values in self._situations)
        less_n, less_y = n - self.n, y - self.taken
        left = self._squared(less_n, less_y, own_n - self.n**2, own_y - self.taken**2)
        return (
            squared[self.situation] - left,
            observed[self.situation] - less_y**2 / less_n,
        )

    def without_people(self) -> Products:
        """Return the products without each person in turn, (n_people,) each."""
        squared, observed = self._squares
        n_all, y_all, own_n, own_y = self._people
        lost, lost_observed = (self._per_person(each) for each in self._lost_in_cells)
        linear = np.column_stack([self._per_person(column) for column in self._linear.T])
        return self._products(
            self._linear.sum(axis=0) - linear,
            squared.sum() - lost,
            observed.sum() - lost_observed,
            own_n - n_all**2,
            own_y - y_all**2,
        )

    def without_cells(self) -> Products:
        """Return the products without each cell in turn, (n_cells,) each."""
        squared, observed = self._squares
        n_all, y_all, own_n, own_y = self._people
        n, y = n_all[self.person], y_all[self.person]
        lost, lost_observed = self._lost_in_cells
        return self._products(
            self._linear.sum(axis=0) - self._linear,
            squared.sum() - lost,
            observed.sum() - lost_observed,
            own_n - (2 * n * self.n - self.n**2),
            own_y - (2 * y * self.taken - self.taken**2),
        )


def _sums(codes: Ints, values: Floats, size: int) -> Floats:
    """Return the sum of the values of each code, zero for a code that does not occur."""
    sums: Floats = np.bincount(codes, weights=values, minlength=size).astype(np.float64)
    return sums
