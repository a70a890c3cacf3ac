"""The settings of an n-gram model."""

from pydantic import Field

from gradus.core.config import settings


@settings
class NgramConfig:
    """How many tokens an n-gram model looks at.

    >>> NgramConfig().order
    5
    """

    order: int = Field(
        default=5, ge=1, le=10, description="tokens of the longest sequences that are counted"
    )
