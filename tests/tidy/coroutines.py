"""gcc 12 destroys some temporaries of a `co_await` expression twice; here such code is found.

Affected are braced aggregates, capturing lambdas and what `a ? b : c` makes, anywhere in the full
expression, whether they stand inside the operand or beside it. Some braces are harmless (classes
with constructors), and so is a choice among variables or numbers, but a reader cannot see which, so
all are rejected. The parser knows no types: it follows brackets, tells
blocks from initialisers by what stands before the brace, and cuts the text into full expressions.
"""

import re

_TOKEN = re.compile(r"\n|[A-Za-z_]\w*|\d[\w.']*|\"[^\"]*\"|'[^']*'|->|::|&&|\S")
_ATTRIBUTE = re.compile(r"\[\[.*?\]\]", re.S)

_CONTROL = {"if", "while", "for", "switch", "constexpr"}
_TYPE_OR_NAMESPACE = {"class", "struct", "union", "enum", "namespace", "extern"}
_BEFORE_BLOCK = {
    *("else", "do", "try", "mutable", "noexcept", "const", "override", "final", "requires"),
    *(")", "{", "}", ";", ":", ""),
}
_MACRO = re.compile(r"[A-Z][A-Z0-9_]{3,}")
_BEFORE_LAMBDA = {"return", "co_return", "co_await", "co_yield", "case", "throw", "else", "do"}

_INSTEAD = "gcc 12 destroys it twice; name it in a statement before"


class _Expression:
    """One full expression: where it awaits, and what it must not hold then."""

    def __init__(self):
        self.await_line = None
        self.brace_line = None
        self.capture_line = None
        self.choice_line = None

    def findings(self):
        if self.await_line is None:
            return
        if self.brace_line is not None:
            yield self.brace_line, f"braces in a co_await expression: {_INSTEAD}"
        if self.capture_line is not None:
            yield self.capture_line, f"capturing lambda in a co_await expression: {_INSTEAD}"
        if self.choice_line is not None:
            yield self.choice_line, f"`? :` in a co_await expression: {_INSTEAD}"


class _Level:
    """An open bracket. Blocks and control parentheses begin expressions, the others go on."""

    def __init__(self, kind, expression):
        self.kind = kind  # block, lambda, control, macro, init, round or square
        self.expression = expression
        self.begin_statement()

    def begin_statement(self):
        self.lambda_open = False  # its introducer is closed, its body has not begun
        self.arrow = False  # a trailing return type has begun
        self.defines_type = False


class _Parser:
    def __init__(self):
        self.levels = [_Level("block", _Expression())]
        self.before = ["", ""]  # the last token and the one before it
        self.findings = []

    def end_expression(self, level):
        self.findings += level.expression.findings()
        level.expression = _Expression()
        level.begin_statement()

    def open(self, kind, fresh=False):
        inherited = self.levels[-1].expression
        self.levels.append(_Level(kind, _Expression() if fresh else inherited))

    def take(self, token, line, alone, following):
        level = self.levels[-1]
        if token == "co_await":
            level.expression.await_line = level.expression.await_line or line
        elif token == "?":
            level.expression.choice_line = level.expression.choice_line or line
        elif token == "(":
            level.arrow = False
            self.open_parenthesis()
        elif token == "[":
            if self.begins_lambda():
                level.lambda_open = True
                if following != "]":
                    level.expression.capture_line = line
            self.open("square")
        elif token == "{":
            self.open_brace(level, line, alone)
        elif token in (")", "]", "}"):
            self.close(token)
        elif token == ";":
            if level.kind == "init":  # then it was a block after all
                level.kind, level.expression = "block", _Expression()
            self.end_expression(level)
        elif token == "->" and self.before[0] == ")":
            level.arrow = True
        elif token in _TYPE_OR_NAMESPACE:
            level.defines_type = True
        self.before = [token, self.before[0]]

    def open_parenthesis(self):
        if self.before[0] in _CONTROL:
            self.open("control", fresh=True)
        else:
            self.open("macro" if _MACRO.fullmatch(self.before[0]) else "round")

    def begins_lambda(self):
        last, earlier = self.before
        if last in ("&", "&&", "auto") and "auto" in (last, earlier):
            return False  # auto& [name, value]
        if re.match(r"\w", last):
            return last in _BEFORE_LAMBDA
        return last[:1] not in (")", "]", '"', "'")

    def open_brace(self, level, line, alone):
        if level.lambda_open:
            level.lambda_open = False
            self.open("lambda", fresh=True)
        elif alone or self.begins_block(level):
            self.open("block", fresh=True)
        else:
            level.expression.brace_line = level.expression.brace_line or line
            self.open("init")

    def begins_block(self, level):
        if level.kind == "macro":  # EXPECT_THROW({ statement; }, ...)
            return self.before[0] in ("(", ",")
        if level.kind not in ("block", "lambda"):
            return False
        return self.before[0] in _BEFORE_BLOCK or level.arrow or level.defines_type

    def close(self, token):
        if len(self.levels) == 1:
            return  # unbalanced: not our rule
        closed = self.levels.pop()
        if closed.kind in ("block", "lambda", "control"):
            self.findings += closed.expression.findings()
        if closed.kind in ("block", "control"):
            self.end_expression(self.levels[-1])


def check(code):
    """`code` is text without comments, literals and directives (see source.py)."""
    code = _ATTRIBUTE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)
    lines = [line.strip() for line in code.split("\n")]
    parser, number = _Parser(), 1
    tokens = _TOKEN.findall(code) + [""]
    for token, following in zip(tokens, tokens[1:]):
        if token == "\n":
            number += 1
        else:
            parser.take(token, number, lines[number - 1] == "{", following)
            number += token.count("\n")
    return parser.findings
