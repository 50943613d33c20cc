"""The code of a scorer in Python, in parts: a model needs some of them, and its numbers stand between."""

from __future__ import annotations

OPENING = """
import bisect
import csv
import itertools
import math
import os
import re
import signal
import sys
"""

READING = r'''
SEPARATORS = ",\t;|"
NUMBER = re.compile(r"[ \t]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t]*")


def score(row):
    """The probability of churn, 0 to 1, of one row: a dict, or another mapping from columns to values.

    Values are numbers, texts or booleans; None, NaN, "" and the texts in NULL are missing values. Raises
    KeyError for a column that the row does not have, ValueError for a text that should be a number.
    """
    return probability([read(name, value_of(row, name)) for name in COLUMNS])


def score_rows(rows):
    """The probabilities of churn of rows, one after the other."""
    return map(score, rows)


def value_of(row, name):
    """The value of a column."""
    try:
        return row[name]
    except (KeyError, IndexError):
        raise KeyError("the row has no column {!r}, which the model needs".format(name)) from None


def read(name, value):
    """A value as the model reads it: a float or a text; None if it is missing."""
    is_text = isinstance(value, str)
    if value is None or value != value or (is_text and value in NULL):
        return None
    if name in WORDS:
        word = str(value)
        return BOOLEANS[name].get(word.lower(), word) if name in BOOLEANS else word
    if not is_text:
        number = float(value)
        return None if number in NULL_NUMBERS else number
    match = NUMBER.fullmatch(value)
    number = float(match.group(1)) if match else math.nan
    if not math.isfinite(number):
        problem = "is too large for a number" if match else "is not a number"
        raise ValueError("column {!r}: {!r} {}".format(name, value, problem))
    return number


def probability(row):
    """The probability of the values of COLUMNS. Calibrated log-odds = SLOPE * log-odds + OFFSET."""
    calibrated = SLOPE * log_odds(row) + OFFSET
    power = math.exp(-abs(calibrated))
    return 1 / (1 + power) if calibrated >= 0 else power / (1 + power)

'''

CURVES = '''
def line(x, low, high, center, scale, weight):
    """A line, constant below low and above high."""
    return weight * ((min(max(x, low), high) - center) / scale)


def log_line(x, *line_of_log):
    """A line along the logarithm of a number."""
    return line(math.copysign(math.log1p(abs(x)), x), *line_of_log)


def bend(x, at, added):
    """Straight between points, constant beyond them. at: the values, ascending; added: the heights there."""
    x = min(max(x, at[0]), at[-1])
    place = min(bisect.bisect_right(at, x), len(at) - 1) - 1
    slope = (added[place + 1] - added[place]) / (at[place + 1] - at[place])
    return added[place] + slope * (x - at[place])


def level(word, levels, other):
    """The level of a word; that of all others, if it has none of its own."""
    return levels.get(word, other)

'''

PAIRS = '''
def between(value, places):
    """The places on either side of a value, and its share of the way between them."""
    if isinstance(places, dict):
        place = places.get(value, len(places))
        return place, place, 0.0
    x = min(max(value, places[0]), places[-1])
    place = min(bisect.bisect_right(places, x), len(places) - 1) - 1
    return place, place + 1, (x - places[place]) / (places[place + 1] - places[place])


def together(x, y, along_x, along_y, table):
    """What two values add together: straight between the places of the table along each."""
    above, below, down = between(x, along_x)
    left, right, along = between(y, along_y)
    upper = table[above][left] + along * (table[above][right] - table[above][left])
    lower = table[below][left] + along * (table[below][right] - table[below][left])
    return upper + down * (lower - upper)

'''

LOG_ODDS_OF_CURVES = '''
def log_odds(row):
    """What the columns add up to, before the calibration."""
    total = BASE
    for value, (missing, curve, *numbers) in zip(row, CURVES):
        total += missing if value is None else curve(value, *numbers)
    for first, second, missing, *table in PAIRS:
        is_missing = row[first] is None or row[second] is None
        total += missing if is_missing else together(row[first], row[second], *table)
    return total

'''

LOG_ODDS_OF_TREES = '''
def log_odds(row):
    """What the trees add up to, before the calibration: a leaf of each, found by a walk from its root."""
    values = []
    for place, levels, other in TESTED:
        value = row[place]
        values.append(value if levels is None or value is None else levels.get(value, other))
    total = 0.0
    for tree in TREES:
        node = tree[0]
        while node.__class__ is tuple:
            tested, border, left, right, missing = node
            value = values[tested]
            node = tree[missing if value is None else left if value < border else right]
        total += node
    return BASE + total

'''

FILTER = r'''
def main():
    """Reads CSV from standard input; writes the id, the probability, and the date if there is one."""
    for name in ("SIGINT", "SIGPIPE"):  # ^C and a closed pipe end the filter, as they end others
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    csv.field_size_limit(16 << 20)
    sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict", newline="")
    sys.stdout.reconfigure(encoding="utf-8", errors="strict", newline="\n")
    try:
        score_csv(sys.stdin, sys.stdout.write)
        sys.stdout.flush()
    except (ValueError, csv.Error, OSError) as error:
        text = "the input is not UTF-8" if isinstance(error, UnicodeDecodeError) else error
        sys.stderr.write("{}: {}\n".format(os.path.basename(sys.argv[0]), text))
        try:
            sys.stdout.flush()  # the rows before the error
        except OSError:
            os._exit(2)  # a full disk: at its end, Python would try again and print a second error
        sys.exit(2)


def score_csv(source, write):
    """Reads the lines of a CSV, and writes those of the scores. Raises ValueError with the line."""
    first = source.readline()
    if not first:
        raise ValueError("the input is empty")
    separator = max(SEPARATORS, key=re.sub('"[^"]*"', "", first).count)
    reader = csv.reader(itertools.chain([first], source), delimiter=separator, strict=True)
    line = 1  # the first one of a row
    try:
        header = next(reader)
        table = Table(header)
        write(table.header)
        line = reader.line_num + 1
        for fields in reader:
            if fields != header and (any(fields) or len(header) == 1):
                write(table.scored(fields or [""]))
            line = reader.line_num + 1
    except UnicodeDecodeError:
        raise
    except (ValueError, csv.Error) as error:
        raise ValueError("line {}: {}".format(line, error)) from None


class Table:
    """Where the columns of a CSV are, and the lines that are written. Raises ValueError if one is missing."""

    def __init__(self, header):
        lacks = [name for name in NEEDED if name not in header]
        if lacks:
            raise ValueError("no column {}, which the model needs".format(", ".join(map(repr, lacks))))
        if len(set(header)) < len(header):
            raise ValueError("a name appears twice in the header")
        self.width, self.rows = len(header), 0
        self.places = [(name, header.index(name)) for name in COLUMNS]
        self.id, self.date = (header.index(name) if name in header else None for name in (ID, AS_OF))
        if self.id is None:
            sys.stderr.write("note: no column {!r}: rows are numbered instead\n".format(ID))
        names = ["row" if self.id is None else ID, PROBABILITY] + [AS_OF] * (self.date is not None)
        self.header = ",".join(map(quoted, names)) + "\n"

    def scored(self, fields):
        """The line of a row. Raises ValueError for one that cannot be read."""
        if len(fields) != self.width:
            raise ValueError("{} fields, but the table has {} columns".format(len(fields), self.width))
        self.rows += 1
        if self.id is not None and fields[self.id] in NULL and ID not in COLUMNS:
            raise ValueError("column {!r}: is empty".format(ID))
        number = shown(probability([read(name, fields[place]) for name, place in self.places]))
        parts = [str(self.rows) if self.id is None else known(fields[self.id]), number]
        parts += [] if self.date is None else [known(fields[self.date])]
        return ",".join(parts) + "\n"


def shown(number):
    """A probability as text, as churnkit writes it."""
    if DIGITS is None:
        text = repr(number)
        return "0.0000" + text[:-4].replace(".", "") if text.endswith("e-05") else text.replace("e-0", "e-")
    scale = 10**DIGITS
    whole = math.floor(number * scale)
    whole += number * scale - whole >= 0.5
    return "{}.{:0{}}".format(whole // scale, whole % scale, DIGITS)


def known(text):
    """A text as a field of CSV; empty if it is missing."""
    return "" if text in NULL else quoted(text)


def quoted(text):
    """A text as a field of CSV."""
    return '"{}"'.format(text.replace('"', '""')) if any(mark in text for mark in ',"\r\n') else text

'''

CLOSING = """

if __name__ == "__main__":
    main()
"""
