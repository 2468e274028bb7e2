"""The rules of docs/style.md that a program can check. tests/tidy.py runs them over the tree."""

from pathlib import PurePosixPath

from . import coroutines, includes, source, text


def check(path, content):
    """Yields (line, message) for one file; `path` is relative to the root, with slashes."""
    yield from text.check(path, content)
    suffix = PurePosixPath(path).suffix
    if suffix in (".cpp", ".hpp"):
        bare = source.without_comments(content)
        yield from text.check_cpp(path, content, bare)
        yield from includes.check(path, content)
        code = source.without_directives(bare)
        yield from source.long_functions(code)
        yield from coroutines.check(code)
    elif suffix == ".py":
        yield from source.long_python_functions(content)
