import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, model_validator

from gradus.core.config import describe, from_dict, settings, to_dict
from gradus.core.errors import GradusError, SettingsError


@settings
class Inner:
    depth: int = Field(2, ge=0, description="levels below")


@settings
class Walk:
    steps: int = Field(10, ge=1, le=99, description="how far to go")
    pace: float = Field(1.5, gt=0, lt=10, description="kilometres an hour")
    mode: str = Field("walk", pattern="^(walk|run)$", description="gait")
    rest: int | None = Field(None, ge=0, description="minutes of rest; None rests never")

    @model_validator(mode="after")
    def _check(self):
        if self.mode == "run" and self.pace < 5:
            raise ValueError(f"mode='run' needs a pace of 5 or more, not {self.pace}")
        return self


def test_defaults_and_values():
    assert to_dict(Walk()) == {"steps": 10, "pace": 1.5, "mode": "walk", "rest": None}
    assert Walk(steps=3, pace=2).pace == 2.0


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"steps": 0}, "steps=0 is out of range: choose a value at least 1 and at most 99"),
        ({"steps": 100}, "steps=100 is out of range: choose a value at least 1 and at most 99"),
        ({"pace": 0}, "pace=0 is out of range: choose a value above 0 and below 10"),
        ({"pace": 10.0}, "pace=10.0 is out of range: choose a value above 0 and below 10"),
        ({"steps": "many"}, "steps='many': input should be a valid integer"),
        ({"mode": "swim"}, "mode='swim': string should match pattern"),
        ({"mode": "run"}, "mode='run' needs a pace of 5 or more, not 1.5"),
        ({"stepz": 1}, "Walk has no setting stepz; it has steps, pace, mode, rest"),
    ],
)
def test_a_bad_value_is_named_with_its_range(values, complaint):
    with pytest.raises(SettingsError) as caught:
        Walk(**values)
    assert str(caught.value).startswith(complaint)


def test_every_bad_value_is_named():
    with pytest.raises(SettingsError, match=r"steps=0 .*; pace=-1 "):
        Walk(steps=0, pace=-1)


@given(steps=st.integers(), pace=st.floats(allow_nan=True))
def test_values_are_taken_exactly_when_they_are_in_range(steps, pace):
    allowed = 1 <= steps <= 99 and 0 < pace < 10
    try:
        walk = Walk(steps=steps, pace=pace)
    except SettingsError:
        assert not allowed
    else:
        assert allowed
        assert (walk.steps, walk.pace) == (steps, pace)
        assert not math.isnan(walk.pace)


def test_settings_are_frozen_and_named():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Walk().steps = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Walk(3)  # type: ignore[misc]


@given(steps=st.integers(1, 99), rest=st.none() | st.integers(0, 5))
def test_settings_come_back_from_plain_values(steps, rest):
    walk = Walk(steps=steps, rest=rest)
    assert from_dict(Walk, to_dict(walk)) == walk


def test_plain_values_with_foreign_names_are_refused():
    with pytest.raises(SettingsError, match="Walk has no setting speed; it has mode, pace"):
        from_dict(Walk, {"speed": 3})


def test_every_setting_is_described():
    assert describe(Walk)["steps"] == "how far to go"
    assert describe(Inner) == {"depth": "levels below"}


def test_a_settings_error_is_a_value_error_of_gradus():
    assert issubclass(SettingsError, GradusError)
    assert issubclass(SettingsError, ValueError)
