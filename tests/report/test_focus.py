from datetime import UTC, datetime

import polars as pl
import pytest

from routeaudit.frames import as_records
from routeaudit.report.focus import Focus, to_csv, to_focus, to_parquet

# Feature level "Mandatory" in the Cost and Usage dataset of the specification.
MANDATORY = {
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency",
    "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass",
    "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost",
    "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit",
    "ServiceCategory", "ServiceName",
}  # fmt: skip
NULLABLE = {
    "BillingAccountName",
    "ChargeClass",
    "ChargeDescription",
    "PricingQuantity",
    "PricingUnit",
}


def calls(**columns: list[object]) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    at = [datetime(2026, 10, 31, 23, 59, tzinfo=UTC)] * n
    given = {"ts": at, "cost_usd": [0.5] * n, "billed_usd": [0.5] * n, "query": ["secret"] * n}
    return as_records(pl.DataFrame({**given, **columns}, strict=False))


def test_both_versions_hold_their_mandatory_columns_and_no_null_in_them() -> None:
    frame = calls(model=["gpt-4o", None], provider=["openai", None])
    for version, more in (
        ("1.3", {"HostProviderName", "ServiceProviderName"}),
        ("1.2", {"ProviderName", "PublisherName"}),
    ):
        rows = to_focus(frame, version=version).rows  # type: ignore[arg-type]  # both are versions
        assert set(rows.columns) >= MANDATORY | more
        filled = rows.select(sorted((MANDATORY | more) - NULLABLE))
        assert sum(filled.null_count().row(0)) == 0


def test_columns_of_ours_start_with_x() -> None:
    rows = to_focus(calls(simulated_usd=[0.1], task=["code"])).rows
    ours = [name for name in rows.columns if not name[0].isupper()]
    assert ours
    assert all(name.startswith("x_") for name in ours)
    assert rows["BilledCost"].to_list() == [0.5]
    assert rows["x_SimulatedCost"].to_list() == [0.1]


def test_a_day_of_a_team_is_one_charge_in_its_month() -> None:
    frame = calls(
        team=["a", "a", "b"], billed_usd=[0.25, 0.5, 1.0], prompt_tokens=[10, 20, None]
    )
    rows = to_focus(frame).rows
    assert rows["SubAccountId"].to_list() == ["a", "b"]
    assert rows["BilledCost"].to_list() == [0.75, 1.0]
    assert rows["PricingQuantity"].to_list() == [30.0, None]
    assert rows["PricingUnit"].to_list() == ["Tokens", None]
    assert rows["ChargePeriodEnd"][0] == datetime(2026, 11, 1, tzinfo=UTC)
    assert rows["BillingPeriodStart"][0] == datetime(2026, 10, 1, tzinfo=UTC)
    assert rows["BillingPeriodEnd"][0] == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_call_without_a_cost_is_left_out_and_counted() -> None:
    found = to_focus(calls(billed_usd=[None, 2.0]))
    assert found.left_out == 1
    assert found.rows["BilledCost"].to_list() == [2.0]


def test_users_are_hashed_unless_asked_for() -> None:
    frame = calls(user=["ann@example.org", "bob", None])
    hashed = to_focus(frame).rows["x_User"].to_list()
    assert len(set(hashed)) == 3
    assert not {"ann@example.org", "bob"} & set(hashed)
    assert b"ann@example.org" not in to_csv(to_focus(frame))
    assert set(to_focus(frame, users="as they are").rows["x_User"]) == {
        "ann@example.org",
        "bob",
        None,
    }
    assert to_focus(frame, users="none").rows["x_User"].to_list() == [None]


def test_no_prompt_text_is_in_the_files() -> None:
    found = to_focus(calls(team=["a"]))
    assert b"secret" not in to_csv(found) + to_parquet(found)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"])  # noqa: RUF001 a spreadsheet reads it as =
def test_a_team_that_looks_like_a_formula_is_defused(name: str) -> None:
    line = to_csv(to_focus(calls(team=[name]))).decode().splitlines()[1]
    assert "'" + name in line


def test_the_order_of_the_calls_does_not_matter() -> None:
    frame = calls(team=["b", "a", "b"], billed_usd=[0.1, 0.2, 0.3])
    backwards = to_focus(pl.DataFrame(frame).reverse())
    assert to_csv(to_focus(frame)) == to_csv(backwards)


def test_no_calls_give_no_rows_but_all_columns() -> None:
    found: Focus = to_focus(calls(team=["a"]).clear())
    assert found.rows.height == 0
    assert set(found.rows.columns) >= MANDATORY
