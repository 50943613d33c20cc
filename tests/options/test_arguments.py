"""What users type: names, shares, codes, and whether they gave an option at all."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from churnkit.errors import ChurnkitError
from churnkit.options import arguments


@pytest.mark.parametrize(
    ("text", "names"), [(None, []), ("", []), ("a", ["a"]), (" a, b c ,,a", ["a", "b c", "a"])]
)
def test_names_are_between_commas_without_the_spaces_around_them(text: str | None, names: list[str]) -> None:
    assert arguments.names(text) == names


@pytest.mark.parametrize(
    ("text", "share"), [("1%", 0.01), ("0.01", 0.01), (" 100% ", 1.0), ("0", 0.0), ("1", 1.0)]
)
def test_a_share_is_typed_as_a_number_or_in_percent(text: str, share: float) -> None:
    assert arguments.Share().convert(text, None, None) == pytest.approx(share)


@pytest.mark.parametrize("text", ["101%", "1.01", "-1%", "nan", "1%%", "", "half"])
def test_anything_else_is_not_a_share(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"is not a share: type 1% or 0\.01"):
        arguments.Share().convert(text, None, None)


def test_a_code_that_no_note_has_is_refused_with_one_that_is_near() -> None:
    (parameter,) = click.Command("c", params=[click.Option(["--fail-on"])]).params
    context = click.Context(click.Command("c"))
    assert arguments.to_codes(context, parameter, "drifted, leak") == ("drifted", "leak")
    with pytest.raises(click.BadParameter, match=r"no note has the code 'driftet'.*'drifted'"):
        arguments.to_codes(context, parameter, "leak,driftet")


@pytest.mark.parametrize(
    ("args", "variables", "asked"),
    [
        ([], {}, set()),
        (["--id", "customer_id"], {}, {"id_"}),
        (["--event", "e"], {"CHURNKIT_ID": "who"}, {"event"}),
        ([], {"CHURNKIT_C_ID": "who"}, {"id_"}),
        ([], {"CHURNKIT_C_ID": "who", "CHURNKIT_ID": "other"}, {"id_"}),
    ],
    ids=["nothing", "the default, typed", "a variable of a role", "a variable of this command", "both"],
)
def test_a_variable_of_a_role_for_all_commands_does_not_count_as_asked(
    args: list[str], variables: dict[str, str], asked: set[str]
) -> None:
    found = []

    @click.command()
    @click.option("--id", "id_", default="customer_id", envvar=["CHURNKIT_C_ID", "CHURNKIT_ID"])
    @click.option("--event")
    @arguments.with_asked
    def command(asked: set[str], id_: str, event: str | None) -> None:
        found.append(asked)

    assert CliRunner().invoke(command, args, env=variables).exit_code == 0
    assert found == [asked]


def test_the_time_is_that_of_source_date_epoch_where_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert arguments.now() == "1970-01-02T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ChurnkitError, match="SOURCE_DATE_EPOCH is 'yesterday', not Unix seconds"):
        arguments.now()
