"""The options that the synthetic faces have in common, with their ranges."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seed = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=32, le=256)]
