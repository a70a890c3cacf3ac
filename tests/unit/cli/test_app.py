import subprocess
import sys

import pytest

from gradus import __version__
from gradus.cli.app import COMMANDS
from gradus.cli.lazy import Entry, lazy_app, load


def test_no_argument_shows_the_help(run_cli):
    shown = run_cli()
    assert shown == run_cli("--help")
    assert shown.code == 0
    assert shown.stderr == ""
    for name, entry in COMMANDS.items():
        assert name in shown.stdout
        assert entry.help.split()[0] in shown.stdout


def test_the_version(run_cli):
    assert run_cli("--version").stdout == f"gradus {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["vektors"], "error: No such command 'vektors'. Did you mean 'vectors'?"),
        (["--colour"], "error: No such option: --colour"),
        (["demo", "--seed", "x"], "error: Invalid value for '--seed'"),
        (["demo", "--seed", "-1"], "error: Invalid value for '--seed'"),
        (["demo", "extra"], "error: Got unexpected extra argument"),
    ],
)
def test_bad_usage_is_told_in_short(run_cli, arguments, complaint):
    done = run_cli(*arguments)
    assert done.code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(complaint)
    assert "--help' for help" in done.stderr


def test_a_group_alone_shows_its_commands(run_cli):
    done = run_cli("vectors")
    assert done.code == 2
    assert "neighbors" in done.stdout
    assert "error" not in done.stderr


def test_a_command_is_imported_when_it_is_called(tmp_path, monkeypatch, capsys):
    (tmp_path / "greetings_of_a_test.py").write_text(
        "def hello(name: str):\n    '''Say hello.'''\n    print('hello', name)\n"
        "hello.examples = ('greet hello you',)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    app = lazy_app(
        {
            "hello": Entry("greetings_of_a_test:hello", "Say hello."),
            "broken": Entry("no_such_module:x", "Fail."),
        },
        help="Greet.",
    )
    with pytest.raises(SystemExit):
        app(["--help"], prog_name="greet")
    assert "greetings_of_a_test" not in sys.modules
    with pytest.raises(SystemExit):
        app(["hello", "you"], prog_name="greet")
    assert capsys.readouterr().out.endswith("hello you\n")
    with pytest.raises(SystemExit):
        app(["hello", "--help"], prog_name="greet")
    assert "greet hello you" in capsys.readouterr().out


def test_every_entry_can_be_loaded():
    for name, entry in COMMANDS.items():
        command = load(name, entry.target)
        assert command.name == name
        assert command.help


def test_the_installed_command_runs():
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from gradus.cli.app import main; sys.exit(main())"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "gradus vectors train corpus.txt" in done.stdout
