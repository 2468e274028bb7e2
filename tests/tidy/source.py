"""Reads C++ as text: blanks what is not code, and measures functions."""

import ast
import re

FUNCTION_LINES_MAX = 70

_NOISE = re.compile(
    r"""
      //[^\n]*
    | /\*.*?\*/
    | \b(?:u8|[uUL])?R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'      # not the separator in 1'000
    """,
    re.S | re.X,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def _spaces(piece):
    return re.sub(r"[^\n]", " ", piece)


def _blank(match):
    piece = match.group()
    if piece.startswith("/"):
        return _spaces(piece)
    # A literal stays a token: its quotes remain, what stood between them does not.
    return piece[-1] + _spaces(piece[1:-1]) + piece[-1]


def without_comments(content):
    """The same lines and columns, with comments and the insides of literals blanked."""
    return _NOISE.sub(_blank, content)


def without_directives(bare):
    """Blanks the preprocessor's lines too, which need not have balanced braces."""
    return _DIRECTIVE.sub(lambda match: _spaces(match.group()), bare)


def long_functions(code):
    """Functions longer than the limit, brace to brace.

    clang-format gives the opening brace of a function, and of nothing else outside
    functions, a line of its own. Lambdas and nested blocks belong to their function.
    """
    start, depth = None, 0
    for number, line in enumerate(code.split("\n"), 1):
        if start is None and line.strip() == "{":
            start, depth = number, 0
        if start is None:
            continue
        depth += line.count("{") - line.count("}")
        if depth <= 0:
            yield from _judge(start, number - start + 1)
            start = None


def long_python_functions(content):
    try:
        tree = ast.parse(content)
    except SyntaxError as error:
        yield error.lineno or 1, f"not Python: {error.msg}"
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _judge(node.lineno, node.end_lineno - node.lineno + 1)


def _judge(start, length):
    if length > FUNCTION_LINES_MAX:
        yield start, (
            f"function of {length} lines, at most {FUNCTION_LINES_MAX} (60 is the goal);"
            " keep the branching here and move plain work into functions of its own"
        )
