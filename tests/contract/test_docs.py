"""Promises about the pages: they name every public thing, and nothing that is not there."""

import pytest
from package import (
    CITATION,
    DOCS,
    PAGES,
    ROOT,
    command_lines,
    commands,
    documented_modules,
    faces,
    modules,
    reference_keys,
)

GUIDE = "\n".join(page.read_text() for page in (DOCS / "guide").glob("*.md"))
COMMANDS = commands()
SETTINGS = sorted(
    {
        (value, name)
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__.startswith("gradus.")
        for name in getattr(value, "__pydantic_fields__", ())
    },
    key=str,
)


@pytest.mark.parametrize(
    ("face", "name"),
    [(face, name) for face in faces() for name in face.__all__ if not name.startswith("__")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_every_public_name_is_in_the_reference(face, name):
    value = getattr(face, name)
    home = getattr(value, "__module__", None)
    shown = documented_modules()
    if not str(home).startswith("gradus"):  # a constant or an alias does not know its module
        homes = [module.__name__ for module in modules() if vars(module).get(name) is value]
        assert shown & set(homes)
    else:
        assert home in shown
        assert value.__doc__


@pytest.mark.parametrize(("kind", "name"), SETTINGS, ids=str)
def test_every_setting_is_explained_where_it_is_declared_and_in_the_guide(kind, name):
    assert kind.__pydantic_fields__[name].description
    assert f"`{name}`" in GUIDE


def test_every_citation_resolves():
    keys = reference_keys()
    assert keys == sorted(set(keys))
    sources = [*PAGES, *(ROOT / "src").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    cited = {
        (key, str(path.relative_to(ROOT)))
        for path in sources
        for key in CITATION.findall(path.read_text())
    }
    assert not {pair for pair in cited if pair[0] not in keys}


@pytest.mark.parametrize(
    "line", sorted({line for page in PAGES for line in command_lines(page.read_text())})
)
def test_every_command_line_in_the_pages_exists(line):
    check_command_line(line)


def check_command_line(line: str) -> None:
    words = line.split()[1:]
    path = ()
    while words and (*path, words[0]) in COMMANDS:
        path = (*path, words.pop(0))
    options = [word.partition("=")[0] for word in words if word.startswith("-") and word != "-"]
    if not path:
        assert set(options) <= {"--help", "--version", "--install-completion"}
        return
    known = {"--help"}
    for param in COMMANDS[path].params:
        known.update(param.opts, param.secondary_opts)
    assert set(options) <= known


@pytest.mark.parametrize("path", sorted(COMMANDS), ids=" ".join)
def test_every_command_shows_an_example(run_cli, path):
    shown = run_cli(*path, "--help")
    assert shown.code == 0
    _, _, closing = shown.stdout.partition("Examples:")
    examples = [line.strip() for line in closing.splitlines() if line.strip()]
    assert examples
    assert examples[0].startswith(" ".join(["gradus", *path]))


def test_the_pages_load_nothing_from_elsewhere():
    config = (ROOT / "mkdocs.yml").read_text()
    assert "font: false" in config
    assert "http" not in config
