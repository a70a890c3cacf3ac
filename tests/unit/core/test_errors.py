import inspect

import pytest

from gradus.core import errors

TREE = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("kind", TREE)
def test_every_error_is_of_gradus_and_says_its_text(kind):
    assert issubclass(kind, errors.GradusError)
    assert str(kind("what clashed; what to do")) == "what clashed; what to do"
    assert kind.__doc__


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.SettingsError, ValueError),
        (errors.DataError, ValueError),
        (errors.FormatError, ValueError),
        (errors.ExistsError, FileExistsError),
        (errors.StorageError, OSError),
        (errors.UnknownWordError, KeyError),
        (errors.DivergenceError, ArithmeticError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_errors_are_caught_by_their_builtin_kind(kind, builtin):
    assert issubclass(kind, builtin)
