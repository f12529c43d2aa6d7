"""Several issues to share out after a chat."""

from typing import Literal

from pydantic import model_validator

from silicus.games.parameters import Parameters


class IssuesGame(Parameters):
    """Packages of several issues to share out after a chat; a submitted deal is answered.

    ``own_points[i]`` is what one package of ``issues[i]`` is worth to the participant, of which
    there are ``packages[i]``. History: ``message`` events with ``text``; a submitted deal is one
    ``offer`` event for each issue, with ``action`` the issue and ``amount`` the packages that the
    participant would get; earlier ``answer`` events with the label of an option. ``labels`` says
    which option is "accept", "reject" or "walk_away".
    """

    kind: Literal["issues"] = "issues"
    issues: tuple[str, ...]
    packages: tuple[int, ...]
    own_points: tuple[float, ...]
    own_reasons: tuple[str, ...] | None = None
    walk_away_points: float
    labels: dict[str, Literal["accept", "reject", "walk_away"]]
    payoff_unit: str = "points"

    @model_validator(mode="after")
    def _one_each(self) -> "IssuesGame":
        lengths = {len(self.packages), len(self.own_points), len(self.own_reasons or self.issues)}
        if lengths != {len(self.issues)}:
            raise ValueError(f"packages, points and reasons must be {len(self.issues)} each")
        return self
