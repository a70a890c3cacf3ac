"""Files that are whole or absent, and model folders: settings, tensors, and text beside them.

Nothing here unpickles: loading a model never runs code.
"""

import errno
import json
import math
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from gradus.core.errors import ExistsError, FormatError, StorageError

CONFIG = "config.json"
TENSORS = "model.safetensors"
METRICS = "metrics.json"

#: The folder, beside the parts of a model, with files that several of them have in common.
SHARED = "shared"

#: Bytes that are written at once.
STRETCH = 1 << 22

#: safetensors names of the element types that Gradus writes, little-endian.
DTYPES = {
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
    "I8": "<i1",
    "I32": "<i4",
    "I64": "<i8",
    "U8": "<u1",
    "BOOL": "|b1",
}


@contextmanager
def explained_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals while writing ``path`` into a :class:`StorageError`."""
    reasons = {
        errno.ENOSPC: "the disk is full; free some space or choose another place",
        errno.EDQUOT: "the disk quota is used up; free some space or choose another place",
        errno.EACCES: "permission denied; choose a place you may write to",
        errno.EPERM: "permission denied; choose a place you may write to",
        errno.EROFS: "the file system is read-only; choose another place",
        errno.ENOTDIR: "a part of the path is a file, not a folder",
        errno.EEXIST: "a part of the path is a file, not a folder",
        errno.ENAMETOOLONG: "the name is too long",
        errno.EFBIG: "the file is too large for this disk; choose another place",
    }
    try:
        yield
    except OSError as error:
        if error.errno not in reasons:
            raise
        raise StorageError(f"cannot write {path}: {reasons[error.errno]}") from error


@contextmanager
def fresh_file(path: Path | str, *, force: bool = True) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; on success it replaces ``path``, on failure it goes.

    Raises:
        ExistsError: ``path`` exists and ``force`` is false.
        StorageError: the disk is full or may not be written.
    """
    path = Path(path)
    if path.is_dir():
        raise ExistsError(f"{path} is a folder; name a file to write")
    if path.exists() and not force:
        raise ExistsError(f"{path} exists; choose another name, or overwrite it with --force")
    with explained_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def fresh_folder(path: Path | str, *, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder; on success it takes the place of ``path``, on failure it goes.

    Raises:
        ExistsError: ``path`` is taken and ``force`` is false, or it is no model folder of Gradus.
        StorageError: the disk is full or may not be written.
    """
    path = Path(path)
    check_vacant(path, force=force)
    with explained_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
        temporary.mkdir()
        try:
            yield temporary
            publish_folder(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def publish_folder(built: Path, path: Path) -> None:
    """Move the folder ``built`` to ``path``; an older model folder there is replaced."""
    if not path.exists():
        built.rename(path)
        return
    old = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.old")
    path.rename(old)
    try:
        built.rename(path)
    except OSError:
        old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def check_vacant(path: Path, *, force: bool) -> None:
    """Raise :class:`ExistsError` unless a folder may be written at ``path``."""
    if not path.exists():
        return
    if not path.is_dir():
        raise ExistsError(f"{path} is a file; choose the name of a folder to write")
    if not any(path.iterdir()):
        return
    if not force:
        raise ExistsError(
            f"{path} exists; choose another folder, or replace it with --force (force=True)"
        )
    # a slip such as --force -o ~ must not wipe a home folder
    if not _is_model_folder(path):
        raise ExistsError(f"{path} is not a Gradus model folder, so --force does not replace it")


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented UTF-8 JSON, whole or not at all."""
    with fresh_file(path) as temporary:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file; a damaged one raises :class:`FormatError` with its line."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{path}, line {error.lineno}: not valid JSON ({error.msg}); the file is damaged"
        ) from None
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: not UTF-8 at byte {error.start}; the file is damaged") from None
    except RecursionError:
        raise FormatError(f"{path}: nested too deep; the file is damaged") from None


def write_config(folder: Path, *, kind: str, version: int, **content: Any) -> None:
    """Write ``config.json`` of a model folder; ``kind`` and ``version`` are checked on load."""
    write_json(folder / CONFIG, {"format": "gradus", "kind": kind, "version": version, **content})


def read_config(folder: Path | str, *, kind: str, version: int) -> dict[str, Any]:
    """Read ``config.json`` of a model folder of this ``kind``, written at or before ``version``.

    Raises:
        FormatError: the folder is missing, foreign, damaged, of another kind or too new.
    """
    folder = Path(folder)
    path = folder / CONFIG
    if not path.is_file():
        state = "has no config.json" if folder.is_dir() else "is no folder"
        state = state if folder.exists() else "does not exist"
        raise FormatError(f"{folder} {state}, so it is not a Gradus model folder")
    config = read_json(path)
    if not isinstance(config, dict) or config.get("format") != "gradus":
        raise FormatError(f"{path} was not written by Gradus; name a Gradus model folder")
    if config.get("kind") != kind:
        raise FormatError(
            f"{folder} holds a model of kind {config.get('kind')!r}; this needs {kind!r}"
        )
    found = config.get("version")
    if type(found) is not int or found < 1:
        raise FormatError(f"{path} has the format version {found!r}; the folder is damaged")
    if found > version:
        raise FormatError(
            f"{folder} has format version {found}, but this Gradus reads "
            f"up to {version}; update Gradus"
        )
    if not isinstance(config.get("settings", {}), dict):
        raise FormatError(f"{path} has no table of settings; the folder is damaged")
    return config


def model_file(folder: Path, name: str) -> Path:
    """Where a file of a model folder is: in it, else among those that parts of a model share."""
    own, shared = folder / name, folder.parent / SHARED / name
    return shared if shared.is_file() and not own.exists() else own


def write_tensors(path: Path, tensors: dict[str, np.ndarray]) -> None:
    """Write named arrays as a safetensors file, in stretches: no array is copied whole.

    The library's own writer copies every array first.
    """
    codes = {np.dtype(dtype): code for code, dtype in DTYPES.items()}
    header: dict[str, Any] = {}
    end = 0
    # wide numbers first, so that every tensor starts at a multiple of its number's size
    for name in sorted(tensors, key=lambda name: (-tensors[name].itemsize, name)):
        array = tensors[name]
        begin, end = end, end + array.nbytes
        code = codes[array.dtype.newbyteorder("<")]
        header[name] = {"dtype": code, "shape": array.shape, "data_offsets": (begin, end)}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with explained_errors(path), path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in header:
            for part in _stretches(tensors[name]):
                file.write(part.tobytes())


def _stretches(array: np.ndarray) -> Iterator[np.ndarray]:
    """The rows of an array in little-endian stretches of some megabytes."""
    rows = array if array.ndim else array[None]
    little = array.dtype.newbyteorder("<")
    step = max(1, STRETCH // max(1, rows[:1].nbytes))
    for first in range(0, len(rows), step):
        yield rows[first : first + step].astype(little, copy=False)


def map_tensors(path: Path | str) -> dict[str, np.ndarray]:
    """Memory-map every array of a safetensors file, read-only: opening reads only its header.

    Raises:
        FormatError: the file is missing, truncated or not in the safetensors format.
    """
    path = Path(path)
    if not path.is_file():
        raise FormatError(f"{path} is missing; the model folder is incomplete")
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise FormatError(f"{path} is damaged: {size} bytes cannot hold its header")
        header = file.read(length)
    try:
        return _map_entries(path, json.loads(header), base=8 + length, size=size)
    except FormatError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise FormatError(
            f"{path} is damaged: its header is not that of a safetensors file"
        ) from None


def _map_entries(path: Path, header: Any, *, base: int, size: int) -> dict[str, np.ndarray]:
    tensors: dict[str, np.ndarray] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        dtype, shape = np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
        start, end = entry["data_offsets"]
        expected = math.prod(shape) * dtype.itemsize
        if end - start != expected or start < 0 or base + end > size:
            raise FormatError(
                f"{path} is damaged: {name} needs {expected} bytes at {base + start}, "
                f"the file has {size}"
            )
        tensors[name] = (
            np.memmap(path, dtype=dtype, mode="r", offset=base + start, shape=shape)
            if expected
            else np.empty(shape, dtype)
        )
    return tensors


def _is_model_folder(path: Path) -> bool:
    with suppress(FormatError, OSError):
        config = read_json(path / CONFIG)
        return isinstance(config, dict) and config.get("format") == "gradus"
    return False
