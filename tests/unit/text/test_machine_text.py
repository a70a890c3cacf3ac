import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.text import machine_text
from gradus.text.machine_text import (
    PACKAGES,
    collect_machine_text,
    docstrings,
    documented_roots,
    lines_of_file,
    python_files,
    python_topics,
)

PARAGRAPH = "one two three four five six"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in place of all installed ones: two modules with prose, and much to skip."""
    files = {
        "a.py": f'"""{PARAGRAPH}"""\ndef f():\n    """Seven eight nine ten eleven twelve."""\n',
        "deep/b.py": f'class B:\n    """{PARAGRAPH}"""\n    def g(self):\n        return 1\n',
        "broken.py": "def f(:\n",
        "latin.py": b"# coding: latin-1\n'''\xe9t\xe9 one two three four five.'''\n",
        "zero.py": b"x = '\0'\n",
        "tests/test_a.py": '"""Tests are not prose for readers at all."""\n',
        "notes.txt": "Only Python files are ever read by this one.",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setattr(machine_text, "documented_roots", lambda: [tmp_path])
    monkeypatch.setattr(
        machine_text, "python_topics", lambda: iter(["Topics are prose as well, see."])
    )
    return tmp_path


def test_files_are_found_in_order_without_tests(package):
    found = [str(path.relative_to(package)) for path in python_files(package)]
    assert found == ["a.py", "broken.py", "deep/b.py", "latin.py", "zero.py"]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_text_is_the_same_for_any_number_of_workers(package, workers):
    assert collect_machine_text(workers=workers) == [
        "topics are prose as well see",
        PARAGRAPH,
        "seven eight nine ten eleven twelve",
        "t one two three four five",
    ]


def test_a_file_that_vanished_has_no_text(package):
    assert lines_of_file(package / "gone.py") == []


def test_docstrings_are_those_that_python_sees():
    source = Path(ast.__file__).read_bytes()
    nodes = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    expected = [text for node in nodes if (text := ast.get_docstring(node))]
    assert sorted(docstrings(source)) == sorted(expected)


def test_docstrings_in_branches_are_found():
    source = b"try:\n    def f():\n        'in try'\nexcept E:\n    class C:\n        'in except'\n"
    assert docstrings(source) == ["in try", "in except"]


def test_this_machine_has_all_roots_and_topics():
    assert len(documented_roots()) == 1 + len(PACKAGES)
    assert all(root.is_dir() for root in documented_roots())
    assert sum(len(topic.split()) for topic in python_topics()) > 20_000


def test_the_packages_are_not_imported():
    script = (
        "import json, sys\n"
        "from gradus.text.machine_text import documented_roots\n"
        "documented_roots()\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert not {"scipy", "sklearn", "matplotlib", "rich"} & set(json.loads(done.stdout))


@pytest.mark.slow
def test_this_machine_has_half_a_million_words():
    lines = collect_machine_text()
    assert sum(line.count(" ") + 1 for line in lines) > 500_000
    assert len(set(lines)) == len(lines)
