import re
import xml.etree.ElementTree as ET

import msgspec
import pytest

from routeaudit.report.charts import both_files, charts_of, inline_svg, png, standalone_svg
from routeaudit.report.charts.spend import top_and_other
from routeaudit.result import AuditResult, Slice

ALL = [
    "cost-before-after", "waterfall", "spend-team", "spend-feature", "spend-task", "front",
    "threshold", "latency", "weekly", "breakeven", "tornado",
]  # fmt: skip


def test_each_chart_has_a_title_an_alternative_and_a_table(realistic: AuditResult) -> None:
    charts = charts_of(realistic)
    assert list(charts) == ALL
    for chart in charts.values():
        assert chart.title
        assert len(chart.alt) > 20
        assert chart.table.rows


def test_a_chart_without_data_is_left_out(
    scanned: AuditResult, outcomes: AuditResult, empty: AuditResult
) -> None:
    assert list(charts_of(scanned)) == ["spend-team", "spend-feature", "spend-task", "weekly"]
    assert not {"spend-team", "weekly"} & set(charts_of(outcomes))
    assert charts_of(empty) == {}


def test_unknown_figures_draw_nothing(realistic: AuditResult) -> None:
    simulation = realistic.simulation
    assert simulation is not None
    replace = msgspec.structs.replace
    bare = tuple(
        replace(
            row, cost_month=None, cost_per_call=None, waterfall=(),
            latency_s=replace(row.latency_s, all=replace(row.latency_s.all, n=0),
                served=replace(row.latency_s.served, n=0), escalated=replace(row.latency_s.escalated, n=0)),
        )
        for row in simulation.policies
    )  # fmt: skip
    points = tuple(replace(p, failure_rate=None) for p in simulation.sweeps[0].points)
    unknown = replace(
        simulation, policies=bare, sensitivity=(), queues=(),
        sweeps=(replace(simulation.sweeps[0], points=points),),
    )  # fmt: skip
    assert charts_of(replace(realistic, simulation=unknown, audit=None)) == {}


def test_an_inline_chart_follows_the_scheme_of_the_page(realistic: AuditResult) -> None:
    for chart in charts_of(realistic).values():
        svg = inline_svg(chart)
        ET.fromstring(svg)  # noqa: S314 our own text
        assert "var(--" in svg
        bare = re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg)
        assert bare == []
        assert "<style" not in svg
        assert "<metadata" not in svg
        assert 'width="' not in svg.split(">", 1)[0]


def test_ids_of_charts_do_not_meet_in_one_page(realistic: AuditResult) -> None:
    svgs = [inline_svg(chart) for chart in charts_of(realistic).values()]
    ids = [found for svg in svgs for found in set(re.findall(r' id="([^"]+)"', svg))]
    assert len(ids) == len(set(ids))


def test_files_have_a_title_and_no_date(realistic: AuditResult) -> None:
    chart = charts_of(realistic)["latency"]
    svg = standalone_svg(chart)
    assert b"Latency now and then" in svg
    assert b"dc:date" not in svg
    assert png(chart).startswith(b"\x89PNG")


def test_hostile_names_stay_text_in_svg(hostile: AuditResult) -> None:
    svg = inline_svg(charts_of(hostile)["spend-team"])
    assert "<script" not in svg
    assert "<img" not in svg
    assert "&lt;script&gt;" in svg


def slice_of(key: str | None, usd: float | None) -> Slice:
    return Slice(
        key=key, calls=1, spend_usd=usd, share_calls=0, share_spend=None, simple_calls_share=None,
        prompt_tokens=0, completion_tokens=0, latency_p50_s=None, latency_p95_s=None, errors=0,
    )  # fmt: skip


def test_the_ten_largest_are_shown_and_the_others_added_up() -> None:
    rows = [slice_of(f"s{n:02}", float(n)) for n in range(1, 13)] + [slice_of("unknown", None)]
    bars = top_and_other(rows)
    assert [bar.name for bar in bars] == [f"s{n:02}" for n in range(12, 2, -1)] + ["2 others"]
    assert bars[-1].usd == pytest.approx(3.0)
    assert bars[-1].is_rest


def test_a_users_style_does_not_change_a_chart(realistic: AuditResult) -> None:
    import matplotlib as mpl

    chart = charts_of(realistic)["waterfall"]
    before = standalone_svg(chart)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert standalone_svg(chart) == before
        assert mpl.rcParams["font.size"] == 30


def test_an_absurd_amount_is_drawn_without_a_warning(scanned: AuditResult) -> None:
    assert scanned.audit is not None
    rows = (slice_of("W" * 80, 1e60), slice_of("small", 1.0))
    audit = msgspec.structs.replace(scanned.audit, by_team=rows)
    chart = charts_of(msgspec.structs.replace(scanned, audit=audit))["spend-team"]
    assert "small" in inline_svg(chart)


def test_both_files_of_a_chart_are_what_each_alone_would_be(realistic: AuditResult) -> None:
    chart = next(iter(charts_of(realistic).values()))
    image, drawing = both_files(chart)
    assert image == png(chart)
    # Laid out for the picture's dots, the drawing differs from its own layout by hairs at most.
    assert len(drawing) == pytest.approx(len(standalone_svg(chart)), rel=0.02)
    assert both_files(chart) == (image, drawing)
