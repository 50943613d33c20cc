"""The rules that people write, as trees: conditions, unique keys and references to other tables.

rule       = condition [("unless" | "if") condition]
           | names "unique" | name "references" FILE ":" name
condition  = and {"or" and};  and = not {"and" not};  not = "not" not | comparison | "(" condition ")"
comparison = value ("=" | "!=" | "<" | "<=" | ">" | ">=") value
           | value "is" ["not"] "empty" | value ["not"] "in" "(" literal {"," literal} ")"
           | value ["not"] "between" value "and" value | value ["not"] "matches" text
value      = term {("+" | "-") term};  term = factor {("*" | "/") factor}
factor     = number | time | duration | text | "now" | name | "-" factor | "(" value ")"
           | "length" "(" value ")"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from churnkit.checks.rule_tokens import RuleError, Token, tokens

COMPARISONS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_REFERENCE = re.compile(r"\s*(?:\"(?:[^\"]|\"\")+\"|[^\W\d][\w.]*)\s+references(?:\s|$)")
WORDS = {
    "and", "or", "not", "in", "is", "empty", "between", "matches", "unless", "if", "unique", "references",
    "now", "length",
}  # fmt: skip


@dataclass(frozen=True)
class Name:
    """A column; or a text without quotes, if no column has this name and it is not in double quotes."""

    name: str
    at: int
    is_column: bool = False


@dataclass(frozen=True)
class Literal:
    """kind: number, time, duration, text or now. text: as written."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Length:
    """The number of characters of a text."""

    of: Value
    at: int


@dataclass(frozen=True)
class Arithmetic:
    """sign: + - * /."""

    sign: str
    left: Value
    right: Value
    at: int


Value: TypeAlias = "Name | Literal | Length | Arithmetic"


@dataclass(frozen=True)
class Relation:
    """sign: a value of COMPARISONS."""

    sign: str
    left: Value
    right: Value
    at: int


@dataclass(frozen=True)
class IsEmpty:
    of: Value
    at: int


@dataclass(frozen=True)
class Membership:
    of: Value
    words: tuple[Literal, ...]
    at: int


@dataclass(frozen=True)
class Match:
    """pattern: a regular expression for the whole text."""

    of: Value
    pattern: str
    at: int


@dataclass(frozen=True)
class Not:
    of: Condition


@dataclass(frozen=True)
class Junction:
    """word: and, or. parts: two or more."""

    word: str
    parts: tuple[Condition, ...]


Condition: TypeAlias = "Relation | IsEmpty | Membership | Match | Not | Junction"


@dataclass(frozen=True)
class Unique:
    names: tuple[Name, ...]


@dataclass(frozen=True)
class Reference:
    """Each value of a column is a value of a column of another table."""

    of: Name
    path: str
    column: str
    at: int


Rule: TypeAlias = "Condition | Unique | Reference"


def parse(line: str) -> Rule | None:
    """The rule in a line; None if the line is empty or a comment. Raises RuleError."""
    found = _tokens_of_reference(line) if _REFERENCE.match(line) else tokens(line)
    return None if found[0].kind == "end" else _Parser(found).rule()


def _tokens_of_reference(line: str) -> list[Token]:
    """The tokens of `a references FILE:column`: a file name follows no grammar."""
    before, word, rest = line.partition("references")
    at = len(before) + len(word) + len(rest) - len(rest.lstrip())
    path = rest.partition(" #")[0].strip()
    file, colon, column = path.rpartition(":")
    if not colon or not file or not column:
        raise RuleError(at, "write the other table as FILE:COLUMN")
    head = tokens(before)[:-1]
    return [
        *head,
        Token("word", "references", len(before)),
        Token("text", file.strip("'\""), at),
        Token("text", column.strip("'\""), at),
        Token("end", "", at + len(path)),
    ]


class _Parser:
    """Reads tokens from left to right; `place` is the next one."""

    def __init__(self, found: Sequence[Token]) -> None:
        self.found = found
        self.place = 0

    @property
    def next(self) -> Token:
        return self.found[self.place]

    def take(self) -> Token:
        self.place += 1
        return self.found[self.place - 1]

    def has(self, *texts: str) -> Token | None:
        """The next token, taken, if it is one of these words or signs."""
        token = self.next
        is_so = token.kind in ("word", "sign") and token.text in texts
        return self.take() if is_so else None

    def expect(self, text: str) -> Token:
        token = self.has(text)
        if token is None:
            raise RuleError(self.next.at, f"expected {text!r} instead of {self.next.shown()}")
        return token

    def rule(self) -> Rule:
        made = self._key() or self._reference() or self._condition()
        if self.next.kind != "end":
            raise RuleError(self.next.at, f"{self.next.shown()} is not expected here")
        return made

    def _key(self) -> Unique | None:
        if not any(token.kind == "word" and token.text == "unique" for token in self.found):
            return None
        has_brackets = self.has("(")
        names = [self._name()]
        while self.has(","):
            names.append(self._name())
        if has_brackets:
            self.expect(")")
        self.expect("unique")
        return Unique(tuple(names))

    def _reference(self) -> Reference | None:
        if not any(token.kind == "word" and token.text == "references" for token in self.found):
            return None
        name = self._name()
        self.expect("references")
        path = self.take()
        return Reference(name, path.text, self.take().text, path.at)

    def _condition(self) -> Condition:
        condition = self._or()
        if self.has("unless"):
            return Junction("or", (condition, self._or()))
        if self.has("if"):
            return Junction("or", (condition, Not(self._or())))
        return condition

    def _or(self) -> Condition:
        return self._junction("or", self._and)

    def _and(self) -> Condition:
        return self._junction("and", self._not)

    def _junction(self, word: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self.has(word):
            parts.append(part())
        return Junction(word, tuple(parts)) if len(parts) > 1 else parts[0]

    def _not(self) -> Condition:
        if self.has("not"):
            return Not(self._not())
        if self.next.kind != "sign" or self.next.text != "(":
            return self._comparison()
        place = self.place  # the brackets hold a condition or a value: what gets further is right
        try:
            self.take()
            inner = self._or()
            self.expect(")")
        except RuleError as of_condition:
            self.place = place
            try:
                return self._comparison()
            except RuleError as of_value:
                raise max(of_condition, of_value, key=lambda error: error.at) from None
        return inner

    def _comparison(self) -> Condition:
        left = self._value()
        if self.has("is"):
            is_not = self.has("not")
            at = self.expect("empty").at
            return Not(IsEmpty(left, at)) if is_not else IsEmpty(left, at)
        is_not = self.has("not")
        made = self._range(left) or self._members(left) or self._match(left)
        if made is not None:
            return Not(made) if is_not else made
        token = self.has(*COMPARISONS) if is_not is None else None
        if token is None:
            shown = self.next.shown()
            raise RuleError(self.next.at, f"expected a comparison (=, <, in, is empty) instead of {shown}")
        return Relation(COMPARISONS[token.text], left, self._value(), token.at)

    def _range(self, left: Value) -> Condition | None:
        token = self.has("between")
        if token is None:
            return None
        low = self._value()
        self.expect("and")
        high = self._value()
        return Junction("and", (Relation(">=", left, low, token.at), Relation("<=", left, high, token.at)))

    def _members(self, left: Value) -> Condition | None:
        token = self.has("in")
        if token is None:
            return None
        self.expect("(")
        words = [self._literal()]
        while self.has(","):
            words.append(self._literal())
        self.expect(")")
        return Membership(left, tuple(words), token.at)

    def _match(self, left: Value) -> Condition | None:
        token = self.has("matches")
        if token is None:
            return None
        if self.next.kind != "text":
            raise RuleError(self.next.at, "write the regular expression in 'quotes'")
        return Match(left, self.next.text, self.take().at)

    def _value(self) -> Value:
        left = self._term()
        while token := self.has("+", "-"):
            left = Arithmetic(token.text, left, self._term(), token.at)
        return left

    def _term(self) -> Value:
        left = self._factor()
        while token := self.has("*", "/"):
            left = Arithmetic(token.text, left, self._factor(), token.at)
        return left

    def _factor(self) -> Value:
        if token := self.has("-"):
            return Arithmetic("-", Literal("number", "0", token.at), self._factor(), token.at)
        if self.has("("):
            inner = self._value()
            self.expect(")")
            return inner
        if token := self.has("now"):
            return Literal("now", "now", token.at)
        if token := self.has("length"):
            self.expect("(")
            inner = self._value()
            self.expect(")")
            return Length(inner, token.at)
        if self.next.kind in ("number", "time", "duration", "text"):
            return Literal(*self.take())
        return self._name()

    def _literal(self) -> Literal:
        """A member of a list; a bare word is a text, also if a column has this name."""
        sign = self.has("-")
        token = self.next
        if sign and token.kind == "number":
            self.take()
            return Literal("number", f"-{token.text}", sign.at)
        if token.kind in ("number", "time", "text"):
            return Literal(*self.take())
        if token.kind == "word":
            return Literal("text", self.take().text, token.at)
        raise RuleError(token.at, f"expected a value instead of {token.shown()}")

    def _name(self) -> Name:
        token = self.next
        if token.kind not in ("word", "column") or (token.kind == "word" and token.text in WORDS):
            raise RuleError(token.at, f"expected a column or a value instead of {token.shown()}")
        self.take()
        return Name(token.text, token.at, token.kind == "column")
