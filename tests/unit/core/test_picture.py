"""Pictures are written whole or not at all, and the same drawing gives the same bytes."""

import pytest

from gradus.core.errors import ExistsError, SettingsError
from gradus.core.picture import picture, picture_format


def draw(path, **options):
    with picture(path, (2, 2), **options) as figure:
        figure.add_subplot().plot([1, 2], [3, 4], label="$x")


@pytest.mark.parametrize(("name", "head"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml")])
def test_the_ending_names_the_format_and_bytes_repeat(tmp_path, name, head):
    draw(tmp_path / name)
    first = (tmp_path / name).read_bytes()
    draw(tmp_path / name)
    assert first.startswith(head)
    assert (tmp_path / name).read_bytes() == first


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"'\.gif' of .* names no picture"):
        picture_format(tmp_path / "a.gif")


def test_a_failure_leaves_nothing_and_a_file_is_kept_unless_forced(tmp_path):
    path = tmp_path / "a.png"
    with pytest.raises(ZeroDivisionError), picture(path, (2, 2)):
        1 / 0  # noqa: B018
    assert list(tmp_path.iterdir()) == []
    draw(path)
    with pytest.raises(ExistsError, match="--force"):
        draw(path, force=False)
