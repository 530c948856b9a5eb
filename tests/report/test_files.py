from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import msgspec
import pytest

from routeaudit.errors import InputError
from routeaudit.report import write_reports, write_tables
from routeaudit.report.schema import schema_document
from routeaudit.result import AuditResult, read, to_json

NAMES = ("realistic", "empty", "hostile", "scanned", "outcomes")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("name", ["outcomes", "empty"])
def test_the_same_result_gives_the_same_bytes(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    result: AuditResult = request.getfixturevalue(name)
    write_reports(result, tmp_path / "a")
    write_reports(read(tmp_path / "a" / "result.json"), tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_every_file_said_to_be_written_is_there(scanned: AuditResult, tmp_path: Path) -> None:
    written = write_reports(scanned, tmp_path)
    assert sorted(written) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert [path.name for path in written[:3]] == ["summary.md", "report.html", "result.json"]
    assert {path.suffix for path in written} == {
        ".md",
        ".html",
        ".json",
        ".png",
        ".svg",
        ".csv",
        ".parquet",
    }


def test_a_folder_that_is_a_file_is_a_plain_error(
    realistic: AuditResult, tmp_path: Path
) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_reports(realistic, tmp_path / "reports")


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_result_fits_the_published_schema(
    name: str, request: pytest.FixtureRequest
) -> None:
    import json  # noqa: PLC0415 only here

    schema = json.loads(schema_document())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(to_json(request.getfixturevalue(name))), schema)


def test_the_schema_in_the_docs_is_the_schema_of_the_code() -> None:
    published = Path(__file__).parents[2] / "docs" / "result.schema.json"
    assert published.read_bytes() == schema_document()


def test_a_name_in_a_result_cannot_leave_the_folder(
    outcomes: AuditResult, tmp_path: Path
) -> None:
    simulation = outcomes.simulation
    assert simulation is not None
    sweeps = (msgspec.structs.replace(simulation.sweeps[0], policy="../../evil"),)
    changed = msgspec.structs.replace(simulation, sweeps=sweeps)
    write_tables(msgspec.structs.replace(outcomes, simulation=changed), tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "tables" / "sweep_-evil.csv").is_file()
    assert not list(tmp_path.glob("*.csv"))
