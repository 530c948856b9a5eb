"""How much of a log may be unreadable."""

import pytest

from routeaudit.errors import ExitCode, PoorInputError
from routeaudit.ingest import IngestSettings, check_bad_rows


def test_more_bad_rows_than_allowed_end_with_exit_code_3() -> None:
    check_bad_rows(1, 100, IngestSettings())
    check_bad_rows(0, 0, IngestSettings())
    with pytest.raises(PoorInputError, match=r"2 of 100 .* \(2\.0%\)") as caught:
        check_bad_rows(2, 100, IngestSettings())
    assert caught.value.exit_code == ExitCode.POOR_INPUT
    check_bad_rows(2, 100, IngestSettings(max_bad_rows=0.02))
