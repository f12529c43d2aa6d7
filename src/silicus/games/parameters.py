"""What every kind of game shares: frozen, checked, and no field that the kind does not know."""

from pydantic import BaseModel, ConfigDict


class Parameters(BaseModel):
    """The parameters of one game; each kind declares its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
