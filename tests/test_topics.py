"""Topics and README: what they show exists, no text stands twice, and two pages are generated.

UPDATE_EXAMPLES=1 writes the generated pages.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import click
import pytest

from churnkit import cli, commands
from churnkit.message_codes import MESSAGES

ROOT = Path(__file__).parent.parent
TOPICS = ROOT / "churnkit" / "topics"
README = (ROOT / "README.md").read_text()
COMMANDS = [name for group in commands.COMMANDS.values() for name in group]
GENERATED = ("commands", "messages")
PAGES = {"README": README, **{path.stem: path.read_text() for path in sorted(TOPICS.glob("*.md"))}}
LONG = 80  # characters of a line that is more than a phrase


def _commands_page(capfd: pytest.CaptureFixture[str]) -> str:
    pages = ["# The commands\n\nThe help of every command, with all options.\n"]
    for name in ["", *COMMANDS]:
        words = [name, "--help-all"] if name else ["--help"]
        assert cli.run(words) == 0
        help = capfd.readouterr().out
        title = f"churnkit {name}".strip()
        pages.append(f"## {title}\n\n```text\n{help}```\n")
    return "\n".join(pages)


def _messages_page() -> str:
    head = """# Messages

Notes and warnings go to standard error. Each one has a code that stays the same. `--notes FILE` writes them as JSON
Lines (code, text, count, column). `--fail-on CODES` exits with status 1 if one of these notes was written. `-q` hides
notes and warnings.
"""
    rows = ["| code | meaning | what to type |", "|---|---|---|"]
    for code, (meaning, way_out) in MESSAGES.items():
        cells = [f"`{code}`", meaning, way_out or ""]
        rows.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return head + "\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("topic", GENERATED)
def test_a_generated_page_is_what_the_program_says(
    topic: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    page = _commands_page(capfd) if topic == "commands" else _messages_page()
    path = TOPICS / f"{topic}.md"
    if os.environ.get("UPDATE_EXAMPLES"):
        path.write_text(page)
    assert path.read_text() == page


@pytest.mark.parametrize("topic", cli.TOPICS)
def test_a_topic_is_a_page_that_help_shows_and_the_readme_links(
    topic: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["help", topic]) == 0
    assert capfd.readouterr().out == (TOPICS / f"{topic}.md").read_text()
    assert f"(churnkit/topics/{topic}.md)" in README


def test_each_page_is_a_topic() -> None:
    assert {path.stem for path in TOPICS.iterdir()} == set(cli.TOPICS)


def test_the_readme_is_short() -> None:
    assert 130 <= README.count("\n") <= 200


def test_the_readme_has_a_row_for_each_command() -> None:
    assert re.findall(r"^\| `(\w+)` \|", README, re.M) == COMMANDS


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []


def test_no_line_of_text_stands_twice() -> None:
    seen: dict[str, str] = {}
    for page, text in PAGES.items():
        for line in {line.strip() for line in text.splitlines() if page != "commands"}:
            if len(line) >= LONG:
                assert line not in seen, f"{page} and {seen[line]}: {line}"
                seen[line] = page


def _command_lines(text: str) -> list[str]:
    """The command lines of a page's code blocks, and those within its sentences and tables."""
    blocks = re.findall(r"```(?:sh|make|console)\n(.*?)```", text, re.S)
    inline = re.findall(r"`(churnkit [^`]+)`", text)
    joined = [line for block in blocks for line in re.sub(r"[\\|]\n\s*", "| ", block).splitlines()]
    calls = [call for line in [*joined, *inline] for call in re.findall(r"churnkit \w[^|;<>{}()#`]*", line)]
    return [call.strip() for call in calls]


@pytest.mark.parametrize("page", [page for page in PAGES if page not in GENERATED])
def test_commands_and_options_that_a_page_names_exist(page: str) -> None:
    for line in _command_lines(PAGES[page]):
        _, name, *words = shlex.split(line.replace("'", ""), comments=True)
        if name in {"COMMAND", "help"}:
            continue
        command = cli.main_group.get_command(click.Context(cli.main_group), name)
        assert command is not None, line
        known = {flag for parameter in command.params for flag in parameter.opts} | {"--help", "-h"}
        assert {word for word in words if word.startswith("-") and len(word) > 1} <= known, line
