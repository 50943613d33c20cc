"""The languages that `export` writes scorers in: LANGUAGES has one row per language."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from churnkit.export.scorer import Scorer


@dataclass(frozen=True)
class Language:
    """One language. Its scorer is a file that is a program, from CSV to scores, and has functions.

    name: as people write it. module: the parts of the file: FIRST_LINE, CODE, comment, settings, model. file:
    its name in examples. program: what runs it, on the PATH; empty for this Python. arguments: of the
    program, before the file. run: the command line that scores a file. use: how the functions are used.
    missing: what to do if the program is not installed.
    """

    name: str
    module: str
    file: str
    program: str
    arguments: tuple[str, ...]
    run: str
    use: str
    missing: str = ""


LANGUAGES = {
    "python": Language(
        "Python", "churnkit.export.python_scorer", "scorer.py", "", ("-I", "-S"),
        run="python3 scorer.py < rows.csv > scores.csv (Python 3.8 or newer, nothing else)",
        use="from scorer import score, score_rows; score(row) takes a dict",
    ),
    "r": Language(
        "R", "churnkit.export.r_scorer", "scorer.R", "Rscript", (),
        run="Rscript scorer.R < rows.csv > scores.csv (base R, no packages)",
        use='source("scorer.R"); score(rows) takes a data frame',
        missing="install R (apt-get install r-base-core), or leave out --verify",
    ),
}  # fmt: skip


def write(scorer: Scorer, language: Language, head: Sequence[str]) -> str:
    """The scorer as a file of a language. head: lines of the comment at its top.

    The parts are in the same order in every language: functions, then the numbers of the model.
    Raises ChurnkitError for a text that the language cannot hold.
    """
    writer: Any = importlib.import_module(language.module)
    code = writer.CODE
    parts = [
        writer.FIRST_LINE,
        *(f"# {writer.comment(line)}".rstrip() for line in head),
        code.OPENING,
        *writer.settings(scorer),
        code.READING,
        *([code.CURVES] if scorer.curves else []),
        *([code.PAIRS] if scorer.pairs else []),
        code.LOG_ODDS_OF_TREES if scorer.trees else code.LOG_ODDS_OF_CURVES,
        code.FILTER,
        *writer.model(scorer),
        code.CLOSING,
    ]
    return "\n".join(parts)
