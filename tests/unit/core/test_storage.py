import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from safetensors.numpy import load_file

from gradus.core.errors import ExistsError, FormatError, StorageError
from gradus.core.storage import (
    check_vacant,
    explained_errors,
    fresh_file,
    fresh_folder,
    map_tensors,
    publish_folder,
    read_config,
    read_json,
    write_config,
    write_json,
    write_tensors,
)


def model_folder(path: Path, content: str = "old") -> Path:
    path.mkdir()
    write_config(path, kind="test", version=1)
    (path / "content").write_text(content)
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class TestFreshFile:
    def test_the_file_appears_whole_and_alone(self, tmp_path):
        with fresh_file(tmp_path / "deep" / "file.txt") as temporary:
            temporary.write_text("new")
            assert not (tmp_path / "deep" / "file.txt").exists()
        assert (tmp_path / "deep" / "file.txt").read_text() == "new"
        assert names(tmp_path / "deep") == {"file.txt"}

    def test_a_failure_keeps_the_old_file_and_leaves_no_other(self, tmp_path):
        path = tmp_path / "file.txt"
        path.write_text("old")
        with pytest.raises(ZeroDivisionError), fresh_file(path) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError
        assert path.read_text() == "old"
        assert names(tmp_path) == {"file.txt"}

    def test_a_taken_name_is_refused_without_force(self, tmp_path):
        path = tmp_path / "file.txt"
        path.write_text("old")
        with (
            pytest.raises(ExistsError, match=r"file\.txt exists.*--force"),
            fresh_file(path, force=False),
        ):
            pytest.fail("the block must not run")
        assert path.read_text() == "old"

    def test_a_folder_is_never_replaced_by_a_file(self, tmp_path):
        with pytest.raises(ExistsError, match="is a folder"), fresh_file(tmp_path):
            pytest.fail("the block must not run")

    def test_a_file_in_the_place_of_a_parent_is_explained(self, tmp_path):
        (tmp_path / "plain").write_text("")
        with (
            pytest.raises(StorageError, match="cannot write"),
            fresh_file(tmp_path / "plain" / "file.txt"),
        ):
            pytest.fail("the block must not run")

    def test_a_kill_in_the_middle_keeps_the_old_file(self, tmp_path):
        path = tmp_path / "file.txt"
        path.write_text("old")
        script = (
            "import os, signal, sys\n"
            "from gradus.core.storage import fresh_file\n"
            "with fresh_file(sys.argv[1]) as temporary:\n"
            "    temporary.write_text('half')\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
        assert done.returncode == -signal.SIGKILL
        assert path.read_text() == "old"


class TestFreshFolder:
    def test_the_folder_appears_whole_and_alone(self, tmp_path):
        with fresh_folder(tmp_path / "model") as folder:
            (folder / "part").write_text("new")
            assert not (tmp_path / "model").exists()
        assert names(tmp_path) == {"model"}
        assert (tmp_path / "model" / "part").read_text() == "new"

    def test_an_empty_folder_is_vacant(self, tmp_path):
        (tmp_path / "model").mkdir()
        with fresh_folder(tmp_path / "model") as folder:
            (folder / "part").write_text("new")
        assert names(tmp_path / "model") == {"part"}

    def test_a_failure_leaves_nothing(self, tmp_path):
        with pytest.raises(KeyboardInterrupt), fresh_folder(tmp_path / "model") as folder:
            (folder / "part").write_text("half")
            raise KeyboardInterrupt
        assert names(tmp_path) == set()

    def test_a_failure_keeps_the_old_model(self, tmp_path):
        old = model_folder(tmp_path / "model")
        with pytest.raises(ZeroDivisionError), fresh_folder(old, force=True) as folder:
            (folder / "content").write_text("half")
            raise ZeroDivisionError
        assert (old / "content").read_text() == "old"
        assert names(tmp_path) == {"model"}

    def test_an_old_model_is_replaced_only_with_force(self, tmp_path):
        old = model_folder(tmp_path / "model")
        with pytest.raises(ExistsError, match="--force"), fresh_folder(old):
            pytest.fail("the block must not run")
        with fresh_folder(old, force=True) as folder:
            (folder / "content").write_text("new")
        assert (old / "content").read_text() == "new"
        assert names(tmp_path) == {"model"}

    def test_force_never_replaces_what_is_no_model(self, tmp_path):
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "letter.txt").write_text("dear")
        with (
            pytest.raises(ExistsError, match="not a Gradus model folder"),
            fresh_folder(tmp_path / "home", force=True),
        ):
            pytest.fail("the block must not run")
        assert (tmp_path / "home" / "letter.txt").read_text() == "dear"

    @pytest.mark.parametrize("config", ["[]", "{}", '{"format": "other"}', "{", "\xff"])
    def test_a_foreign_config_does_not_make_a_model(self, tmp_path, config):
        (tmp_path / "config.json").write_text(config, encoding="latin-1")
        with pytest.raises(ExistsError, match="not a Gradus model folder"):
            check_vacant(tmp_path, force=True)

    def test_a_file_is_refused(self, tmp_path):
        (tmp_path / "model").write_text("")
        with pytest.raises(ExistsError, match="is a file"):
            check_vacant(tmp_path / "model", force=True)

    def test_an_old_model_comes_back_when_publishing_fails(self, tmp_path):
        old = model_folder(tmp_path / "model")
        with pytest.raises(FileNotFoundError):
            publish_folder(tmp_path / "never built", old)
        assert (old / "content").read_text() == "old"
        assert names(tmp_path) == {"model"}


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (errno.ENOSPC, "disk is full"),
            (errno.EDQUOT, "quota"),
            (errno.EACCES, "permission denied"),
            (errno.EROFS, "read-only"),
            (errno.ENAMETOOLONG, "too long"),
        ],
    )
    def test_the_system_refusals_are_explained(self, code, words):
        with pytest.raises(StorageError, match=words), explained_errors(Path("x")):
            raise OSError(code, os.strerror(code))

    def test_other_errors_pass_unchanged(self):
        with pytest.raises(FileNotFoundError), explained_errors(Path("x")):
            raise FileNotFoundError(errno.ENOENT, "no such file")

    def test_a_refusal_told_by_safetensors_is_explained(self, tmp_path):
        # a limit on the size of files refuses as a full disk does, and needs its own process
        script = (
            "import resource, signal, sys, numpy as np\n"
            "from pathlib import Path\n"
            "from gradus.core.storage import fresh_folder, write_tensors\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "with fresh_folder(Path(sys.argv[1])) as folder:\n"
            "    write_tensors(folder / 'model.safetensors', {'a': np.zeros(1000)})\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "model")],
            check=False,
            capture_output=True,
            text=True,
        )
        assert "StorageError" in done.stderr
        assert "too large" in done.stderr
        assert names(tmp_path) == set()

    def test_a_full_disk_leaves_the_old_json(self, tmp_path, monkeypatch):
        path = tmp_path / "file.json"
        write_json(path, {"old": True})

        def refuse(*_, **__):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(Path, "write_text", refuse)
        with pytest.raises(StorageError, match="disk is full"):
            write_json(path, {"new": True})
        assert read_json(path) == {"old": True}
        assert names(tmp_path) == {"file.json"}


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBER | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)


class TestJson:
    @given(value=JSON)
    def test_values_come_back(self, tmp_path_factory, value):
        path = tmp_path_factory.mktemp("json") / "value.json"
        write_json(path, value)
        assert read_json(path) == value

    def test_nan_is_not_written(self, tmp_path):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_json(tmp_path / "x.json", float("nan"))
        assert names(tmp_path) == set()

    def test_damage_is_told_with_its_line(self, tmp_path):
        (tmp_path / "x.json").write_text('{\n"a": 1,\n oops\n}')
        with pytest.raises(FormatError, match=r"x\.json, line 3"):
            read_json(tmp_path / "x.json")

    def test_foreign_bytes_are_told_with_their_place(self, tmp_path):
        (tmp_path / "x.json").write_bytes(b'{"a": "\xff"}')
        with pytest.raises(FormatError, match="byte 7"):
            read_json(tmp_path / "x.json")


class TestConfig:
    def test_content_comes_back(self, tmp_path):
        write_config(tmp_path, kind="vectors", version=2, dim=5)
        assert read_config(tmp_path, kind="vectors", version=3)["dim"] == 5

    def test_a_file_nested_too_deep_is_refused(self, tmp_path):
        (tmp_path / "config.json").write_text("[" * 100_000)
        with pytest.raises(FormatError, match="nested too deep"):
            read_config(tmp_path, kind="vectors", version=1)

    def test_a_file_is_no_folder(self, tmp_path):
        (tmp_path / "a").write_text("")
        with pytest.raises(FormatError, match="is no folder"):
            read_config(tmp_path / "a", kind="vectors", version=1)

    @pytest.mark.parametrize(
        ("config", "words"),
        [
            ({"format": "other"}, "not written by Gradus"),
            ([1], "not written by Gradus"),
            ({"format": "gradus", "kind": "parser", "version": 1}, "kind 'parser'.*'vectors'"),
            ({"format": "gradus", "kind": "vectors", "version": 9}, "version 9.*up to 1"),
            ({"format": "gradus", "kind": "vectors"}, "version None"),
            ({"format": "gradus", "kind": "vectors", "version": "1"}, "version '1'"),
            ({"format": "gradus", "kind": "vectors", "version": True}, "version True"),
            ({"format": "gradus", "kind": "vectors", "version": 0}, "version 0"),
            ({"format": "gradus", "kind": "vectors", "version": 1, "settings": [1]}, "no table of"),
        ],
    )
    def test_foreign_folders_are_refused(self, tmp_path, config, words):
        (tmp_path / "config.json").write_text(json.dumps(config))
        with pytest.raises(FormatError, match=words):
            read_config(tmp_path, kind="vectors", version=1)

    def test_missing_folders_are_told_from_empty_ones(self, tmp_path):
        with pytest.raises(FormatError, match="does not exist"):
            read_config(tmp_path / "none", kind="vectors", version=1)
        with pytest.raises(FormatError, match=r"no config\.json"):
            read_config(tmp_path, kind="vectors", version=1)


ARRAYS = npst.arrays(
    st.sampled_from(["<f2", "<f4", "<f8", "|i1", "<i4", "<i8", "|u1", "|b1"]),
    npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


class TestTensors:
    @given(tensors=st.dictionaries(st.sampled_from("abcd"), ARRAYS))
    def test_mapped_tensors_equal_those_of_the_safetensors_library(self, tmp_path_factory, tensors):
        path = tmp_path_factory.mktemp("tensors") / "model.safetensors"
        write_tensors(path, tensors)
        mapped, loaded = map_tensors(path), load_file(path)
        assert set(mapped) == set(loaded) == set(tensors)
        for name, array in tensors.items():
            assert mapped[name].dtype == loaded[name].dtype == array.dtype
            np.testing.assert_array_equal(mapped[name], loaded[name])
            np.testing.assert_array_equal(mapped[name], array)

    def test_others_may_read_what_the_umask_lets_them(self, tmp_path):
        (tmp_path / "plain").touch()
        write_tensors(tmp_path / "x", {"a": np.zeros(3)})
        assert (tmp_path / "x").stat().st_mode == (tmp_path / "plain").stat().st_mode

    def test_views_are_written_in_their_own_order(self, tmp_path):
        array = np.arange(6.0).reshape(2, 3).T
        write_tensors(tmp_path / "x", {"a": array})
        np.testing.assert_array_equal(map_tensors(tmp_path / "x")["a"], array)

    def test_long_arrays_are_written_in_stretches(self, tmp_path, monkeypatch):
        monkeypatch.setattr("gradus.core.storage.STRETCH", 100)
        array = np.arange(700.0).reshape(70, 10)[:, ::2]
        write_tensors(tmp_path / "x", {"a": array})
        np.testing.assert_array_equal(load_file(tmp_path / "x")["a"], array)

    def test_mapped_tensors_cannot_be_written_to(self, tmp_path):
        write_tensors(tmp_path / "x", {"a": np.zeros(3)})
        with pytest.raises(ValueError, match="read-only"):
            map_tensors(tmp_path / "x")["a"][0] = 1

    def test_a_missing_file_is_told(self, tmp_path):
        with pytest.raises(FormatError, match="is missing"):
            map_tensors(tmp_path / "none")

    @given(data=st.binary(max_size=80))
    def test_foreign_bytes_are_refused(self, tmp_path_factory, data):
        path = tmp_path_factory.mktemp("tensors") / "model.safetensors"
        path.write_bytes(data)
        with pytest.raises(FormatError, match="damaged"):
            map_tensors(path)

    @given(header=JSON, length=st.integers(0, 40))
    def test_foreign_headers_are_refused(self, tmp_path_factory, header, length):
        path = tmp_path_factory.mktemp("tensors") / "model.safetensors"
        text = json.dumps(header).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(length))
        assert_maps_or_refuses(path)

    @given(
        entry=st.fixed_dictionaries(
            {},
            optional={
                "dtype": st.sampled_from(["F32", "I8", "F8", ""]) | JSON,
                "shape": st.lists(st.integers(-3, 5), max_size=3) | st.just([2**62, 4]) | JSON,
                "data_offsets": st.lists(st.integers(-9, 60), max_size=3) | JSON,
            },
        )
    )
    def test_foreign_entries_are_refused(self, tmp_path_factory, entry):
        path = tmp_path_factory.mktemp("tensors") / "model.safetensors"
        text = json.dumps({"a": entry}).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(40))
        assert_maps_or_refuses(path)

    @given(cut=st.integers(0, 200))
    def test_a_file_cut_off_anywhere_is_refused(self, tmp_path_factory, cut):
        path = tmp_path_factory.mktemp("tensors") / "model.safetensors"
        write_tensors(path, {"a": np.arange(40.0)})
        whole = path.read_bytes()
        path.write_bytes(whole[: -1 - cut])
        with pytest.raises(FormatError, match="damaged"):
            map_tensors(path)

    def test_the_complaint_names_the_tensor(self, tmp_path):
        path = tmp_path / "model.safetensors"
        write_tensors(path, {"a": np.arange(40.0)})
        path.write_bytes(path.read_bytes()[:-8])
        with pytest.raises(FormatError, match="a needs 320 bytes"):
            map_tensors(path)


def assert_maps_or_refuses(path: Path) -> None:
    try:
        tensors = map_tensors(path)
    except FormatError as error:
        assert "damaged" in str(error)
    else:
        for array in tensors.values():
            assert array.nbytes <= path.stat().st_size
