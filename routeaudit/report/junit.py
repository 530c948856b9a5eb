"""JUnit XML of the gates: what a build server shows as tests."""

from xml.sax.saxutils import escape, quoteattr

from routeaudit.report.gates import GateResult, State
from routeaudit.report.numbers import label


def to_junit(gates: tuple[GateResult, ...], created: str) -> str:
    """Write the gates as one test suite.

    A failed error gate is a failure, an undecided one an error, and a warning gate that did not
    pass is a test that passed and says so in its output.

    Args:
        gates: what the gates said.
        created: ISO 8601 time of the result, so that the same result gives the same bytes.
    """
    failures = sum(_kind(gate) == "failure" for gate in gates)
    errors = sum(_kind(gate) == "error" for gate in gates)
    counts = f'tests="{len(gates)}" failures="{failures}" errors="{errors}" skipped="0"'
    stamp = quoteattr(created.removesuffix("Z"))
    cases = "".join(_case(gate) for gate in gates)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="routeaudit" {counts} time="0">\n'
        f'  <testsuite name="gates" {counts} time="0" timestamp={stamp}>\n'
        f"{cases}  </testsuite>\n</testsuites>\n"
    )


def _kind(gate: GateResult) -> str:
    if gate.state is State.PASSED:
        return ""
    if gate.level == "warn":
        return "system-out"
    return "failure" if gate.state is State.FAILED else "error"


def _case(gate: GateResult) -> str:
    opened = (
        f'    <testcase classname="routeaudit.gates" name={quoteattr(gate.metric)} time="0"'
    )
    kind, message = _kind(gate), label(gate.message, longest=400)
    if not kind:
        return f"{opened}/>\n"
    if kind == "system-out":
        inner = f"<system-out>warning: {escape(message)}</system-out>"
    else:
        inner = f"<{kind} type={quoteattr(gate.state.value)} message={quoteattr(message)}/>"
    return f"{opened}>\n      {inner}\n    </testcase>\n"
