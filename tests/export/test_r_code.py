"""A scorer in R as a filter prints what the filter in Python prints."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.export.scoring import (
    BASE_R,
    csv_of,
    filtered,
    needs_r,
    python_module,
    run_r,
    scores_of,
    write_scorers,
)
from tests.export.test_model_sql import HOSTILE
from tests.export.test_python_code import BAD, MODEL, TABLES
from tests.export.written import PARAMETERS, matrix_of, model_of, rows_of

pytestmark = needs_r


def test_the_filter_reads_what_the_one_in_python_reads(tmp_path: Path) -> None:
    """Good and bad tables, in one process of R."""
    write_scorers(MODEL, tmp_path)
    python = python_module(MODEL)
    code = [f'source("{tmp_path}/scorer.R")\n']
    tables = {**TABLES, **BAD}
    for place, data in enumerate(tables.values()):
        (tmp_path / f"{place}.csv").write_bytes(data.encode())
        code.append(
            f'output <- file("{tmp_path}/{place}.out", "wb")\n'
            f'said <- tryCatch(scorer$main(file("{tmp_path}/{place}.csv", "rb"), output), error = conditionMessage)\n'
            f'close(output)\nif (is.character(said)) writeLines(said, "{tmp_path}/{place}.err")\n'
        )
    run_r("".join(code))
    for place, (what, data) in enumerate(tables.items()):
        lines: list[str] = []
        source = io.StringIO(data.removeprefix("\ufeff"), newline="")
        if what in BAD:
            with pytest.raises(ValueError, match="line") as error:
                python.score_csv(source, lines.append)
            assert (tmp_path / f"{place}.err").read_text() == f"{error.value}\n"
            continue
        python.score_csv(source, lines.append)
        ids, found = scores_of((tmp_path / f"{place}.out").read_bytes())
        expected_ids, expected = scores_of("".join(lines).encode())
        assert ids == expected_ids, what
        assert found == pytest.approx(expected, rel=0, abs=1e-12), what


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("kind", PARAMETERS)
def test_hostile_names_words_and_ids_pass_in_any_locale(kind: str, locale: str, tmp_path: Path) -> None:
    model = model_of(kind, HOSTILE)
    rows = rows_of(model, 5)
    rows["id"] = np.array([f"{k}, é 'x' \"{k}\"\n" for k in range(len(rows["id"]))], dtype=object)
    done = filtered(write_scorers(model, tmp_path)["r"], csv_of(rows), env={**BASE_R, "LC_ALL": locale})
    assert (done.returncode, done.stderr) == (0, b"")
    ids, found = scores_of(done.stdout)
    assert ids == rows["id"].tolist()
    assert found == pytest.approx(model.fitted.probability(matrix_of(model, rows)), rel=0, abs=1e-12)


def test_records_that_lie_across_blocks_are_whole(tmp_path: Path) -> None:
    commands = write_scorers(MODEL, tmp_path, 6)
    script, head = tmp_path / "scorer.R", "id,x,plan,y\r\n"
    text = script.read_text()
    short = head + '"a ""é""\n1",1,a,2\r\n' + 'b,"2",b,3\r\n' * 5 + "\r\n中,,,\r\n"
    long = f"{head}{'a' * 1_100_000},1,a,2\r\nb,-0.5,b,3\r\nc,,a,1\r\n"
    for data, block in ((short, 7), (long, len(long) - 14)):
        script.write_text(text.replace("4194304L", f"{block}L"))
        expected = filtered(commands["python"], data.encode()).stdout
        assert filtered(commands["r"], data.encode()).stdout == expected


def test_an_input_that_is_no_table_is_one_line_and_a_closed_pipe_is_silent_and_a_full_disk_told(
    tmp_path: Path,
) -> None:
    command = write_scorers(MODEL, tmp_path)["r"]
    done = filtered(command, b'id,x,plan,y\na,1,a,2\n"b,1,a,2\n')
    assert done.stderr == b"scorer.R: line 3: a quote that is not closed, or that other text follows\n"
    assert done.returncode == 2
    rows = "a,1,b,2\n" * 8_000  # scored, they are more than a pipe holds
    (tmp_path / "rows.csv").write_text("id,x,plan,y\n" + rows)
    line = "Rscript scorer.R < rows.csv | head -n 1"
    piped = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=BASE_R, capture_output=True, text=True)
    assert (piped.stdout, piped.stderr) == ("id,churn_probability\n", "")
    if Path("/dev/full").exists():
        line = "Rscript scorer.R < rows.csv > /dev/full"
        full = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=BASE_R, capture_output=True, text=True)
        assert full.returncode == 2
        assert "No space left on device" in full.stderr
