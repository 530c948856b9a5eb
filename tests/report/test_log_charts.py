"""Charts of a result whose answers nobody scored: assumed, and drawn as such."""

import msgspec
import pytest

from routeaudit.report import own_gpus, simulated
from routeaudit.report.charts import charts_of
from routeaudit.report.html import to_html
from routeaudit.result import AuditResult, Evidence, Interval, OwnGpu, PolicyResult, Simulation


def changed(result: AuditResult, **fields: object) -> AuditResult:
    assert result.simulation is not None
    simulation = msgspec.structs.replace(result.simulation, **fields)
    return msgspec.structs.replace(result, simulation=simulation)


def unscored(result: AuditResult) -> AuditResult:
    """Take the scores away and leave assumed failure rates."""
    assert result.simulation is not None
    rows = tuple(_unscored(row) for row in result.simulation.policies)
    return changed(result, policies=rows)


def _unscored(row: PolicyResult) -> PolicyResult:
    quality = msgspec.structs.replace(
        row.quality, score_mean=None, upper=None, evidence=Evidence.ASSUMED
    )
    return msgspec.structs.replace(row, quality=quality)


def test_without_scores_the_front_is_of_good_answers_and_says_on_what_evidence(
    realistic: AuditResult,
) -> None:
    chart = charts_of(unscored(realistic))["front"]
    assert chart.title == "Good answers by cost of a call, assumed"
    # three-tier fails 3.1 % of the 60 % that it serves: 98.1 % are good. all-mid fails 11.8 % of all.
    assert "three-tier $112, 98.1\N{NO-BREAK SPACE}%" in chart.alt
    assert "all-mid $19.00, 88.2\N{NO-BREAK SPACE}%" in chart.alt
    assert "all-full $241, 100.0\N{NO-BREAK SPACE}%" in chart.alt


def test_an_unknown_bound_is_a_dash_with_the_assumed_range_beside_it(
    realistic: AuditResult,
) -> None:
    page = to_html(unscored(realistic))
    # 3.1 % with an interval of 1.86 % to 4.495 %.
    assert "assumed 1.9\N{NO-BREAK SPACE}% to 4.5\N{NO-BREAK SPACE}%" in page


def test_money_is_of_a_month_where_the_month_is_known(realistic: AuditResult) -> None:
    assert realistic.simulation is not None
    row = realistic.simulation.policies[0]
    table = simulated.waterfall(row)
    assert table.title == "From gross to net saving, a month"
    # 12,480 calls in the log, 10,853 a month: a dollar of the log is 0.8696 of a month.
    net = table.rows[-1]
    assert net[0] == "net saving"
    assert net[1] == pytest.approx(0.536 * 3_012.4 * 10_853 / 12_480)
    never = simulated.waterfall(msgspec.structs.replace(row, cost_month=None))
    assert never.title.endswith("the whole log")
    assert never.rows[-1][1] is None


class TestOneGpuByArithmetic:
    GPU = OwnGpu(
        gpu_usd_per_hour=1.99, month_usd=1_452.7, gain_usd_per_call=0.01,
        breakeven_calls_per_month=145_270.0,
    )  # fmt: skip

    def test_the_chart_says_from_where_it_pays_and_the_page_that_it_is_arithmetic(
        self, realistic: AuditResult
    ) -> None:
        result = changed(realistic, queues=(), own_gpu=self.GPU)
        chart = charts_of(result)["breakeven"]
        assert "pay from about 145,000 calls a month; today 10,853" in chart.alt
        assert chart.table.name == "own_gpu"
        assert "no queue was replayed" in to_html(result)

    def test_its_range_is_that_of_the_saving(self, realistic: AuditResult) -> None:
        made = realistic.simulation
        assert made is not None
        first, *rest = made.policies
        # 0.20 dollars a call: 5 points more or less saved are 0.01 dollars more or less gained.
        # Half of the calls have a price, and the total is of those.
        priced = first.n // 2
        saving = msgspec.structs.replace(
            first.saving, share=0.5, interval=Interval(low=0.45, high=0.55),
            baseline_total=0.2 * priced,
        )  # fmt: skip
        policies = (msgspec.structs.replace(first, saving=saving, n_priced=priced), *rest)
        gpu = msgspec.structs.replace(
            self.GPU, gain_usd_per_call=0.02, breakeven_calls_per_month=72_635.0
        )
        result = changed(realistic, queues=(), own_gpu=gpu, policies=policies)
        assert result.simulation is not None
        span = own_gpus.breakeven_range(result.simulation)
        assert span is not None
        # 1,452.70 dollars a month over 0.03 and over 0.01 a call.
        assert (span.low, span.high) == pytest.approx((48_423.3, 145_270.0), abs=0.1)
        told = own_gpus.own_gpu_sentence(result.simulation)
        assert "from about 70,000 calls a month (50,000 to 150,000 over" in told

    def test_one_that_never_pays_is_a_sentence(self, realistic: AuditResult) -> None:
        never = msgspec.structs.replace(self.GPU, breakeven_calls_per_month=None)
        result = changed(realistic, queues=(), own_gpu=never)
        assert "breakeven" not in charts_of(result)
        assert "would never pay" in to_html(result)

    def test_arms_on_gpus_come_first(self, realistic: AuditResult) -> None:
        chart = charts_of(changed(realistic, own_gpu=self.GPU))["breakeven"]
        assert chart.table.name == "queues"

    def test_without_one_nothing_is_said(self, realistic: AuditResult) -> None:
        simulation: Simulation | None = realistic.simulation
        assert simulation is not None
        assert own_gpus.own_gpu_sentence(simulation) == ""
