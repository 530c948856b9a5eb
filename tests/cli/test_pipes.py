import subprocess
import sys

import pytest


@pytest.mark.parametrize("more", [(), ("--plain",), ("--json",)])
def test_a_reader_who_goes_away_ends_a_command_quietly(more: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "routeaudit", "formats", "list", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
