import re
from html.parser import HTMLParser

import msgspec
import pytest

from routeaudit import plugins
from routeaudit.report import glossary
from routeaudit.report.html import to_html
from routeaudit.report.html.element import Safe, element, joined
from routeaudit.report.html.slider import MOST_POINTS, nearest, thinned
from routeaudit.report.simulated import cheaper_rows_told
from routeaudit.result import AuditResult, PriceUsed, Sweep, SweepPoint

ORDER = ["saving", "spend", "quality", "speed", "risks", "else", "data", "method", "reproduce"]


class Tags(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found = list[tuple[str, dict[str, str | None]]]()
        self.feed(page)

    def handle_starttag(  # type: ignore[explicit-override]  # typing.override is newer than 3.11
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.found.append((tag, dict(attrs)))


def test_text_and_attributes_are_escaped_unless_made_here() -> None:
    assert element("p", "<b>&", title='"><x') == '<p title="&quot;&gt;&lt;x">&lt;b&gt;&amp;</p>'
    assert element("p", Safe("<b></b>")) == "<p><b></b></p>"
    assert element("meta", name="a", class_=None) == '<meta name="a">'
    assert joined("<", None, Safe("<")) == "&lt;<"


def test_the_sections_come_in_the_order_of_a_readers_questions(realistic: AuditResult) -> None:
    found = [a["id"] for tag, a in Tags(to_html(realistic)).found if tag == "section"]
    assert found == ORDER


def test_a_section_without_content_is_left_out(
    scanned: AuditResult, empty: AuditResult
) -> None:
    found = [a["id"] for tag, a in Tags(to_html(scanned)).found if tag == "section"]
    assert found == ["spend", "speed", "data", "method", "reproduce"]
    found = [a["id"] for tag, a in Tags(to_html(empty)).found if tag == "section"]
    assert found == ["method", "reproduce"]


@pytest.mark.parametrize("name", ["realistic", "hostile", "empty"])
def test_nothing_is_loaded_from_anywhere(name: str, request: pytest.FixtureRequest) -> None:
    page = to_html(request.getfixturevalue(name))
    for tag, attributes in Tags(page).found:
        assert tag not in ("img", "iframe", "object", "embed", "form")
        links = [
            v or ""
            for k, v in attributes.items()
            if k in ("src", "href", "xlink:href", "action")
        ]
        assert all(link.startswith(("#", "data:,")) for link in links)
        assert not [key for key in attributes if key.startswith("on")]
    assert "default-src 'none'" in page
    assert "@import" not in page


def test_every_chart_has_an_alternative_and_a_table(realistic: AuditResult) -> None:
    page = to_html(realistic)
    figures = page.split("<figure")[1:]
    assert len(figures) == 11
    for figure in figures:
        assert re.search(r'role="img" aria-label="[^"]{20,}"', figure)
        assert "<table" in figure


def test_ids_are_unique(realistic: AuditResult) -> None:
    ids = re.findall(r' id="([^"]+)"', to_html(realistic))
    assert len(ids) == len(set(ids))


def test_a_saving_is_called_estimated_and_never_saved(realistic: AuditResult) -> None:
    text = re.sub(r"<[^>]+>", " ", to_html(realistic)).lower()
    assert "estimated" in text
    assert " saved " not in text


def test_own_gpus_that_never_pay_are_still_a_table(realistic: AuditResult) -> None:
    simulation = realistic.simulation
    assert simulation is not None
    never = tuple(
        msgspec.structs.replace(q, breakeven_calls_per_month=None) for q in simulation.queues
    )
    changed = msgspec.structs.replace(simulation, queues=never)
    page = to_html(msgspec.structs.replace(realistic, simulation=changed))
    assert "When own GPUs pay" not in page
    assert "A100 40 GB" in page


def test_what_a_simulation_warns_of_is_on_the_page(realistic: AuditResult) -> None:
    simulation = realistic.simulation
    assert simulation is not None
    changed = msgspec.structs.replace(simulation, warnings=("78 calls have no <price>",))
    page = to_html(msgspec.structs.replace(realistic, simulation=changed))
    assert "78 calls have no &lt;price&gt;" in page


def curve(count: int, chosen: float | None) -> Sweep:
    points = tuple(
        SweepPoint(threshold=n / count, served_share=0.5, cost_per_call=None, failure_rate=None)
        for n in range(count)
    )
    return Sweep(policy="binary", param="cut", chosen=chosen, points=points)


def test_a_long_sweep_is_thinned_but_keeps_its_ends_and_the_chosen_point() -> None:
    found = thinned(curve(5_000, 0.12345))
    assert len(found.points) <= MOST_POINTS + 1
    assert found.points[0].threshold == 0
    assert found.points[-1].threshold == 4_999 / 5_000
    # 0.12345 of 5,000 is the point 617.25; the nearest is 617.
    assert found.points[nearest(found)].threshold == 617 / 5_000
    assert thinned(curve(50, None)) == curve(50, None)
    assert nearest(curve(50, None)) == 25


def test_a_result_without_months_shows_the_cost_of_a_call(outcomes: AuditResult) -> None:
    simulation = outcomes.simulation
    assert simulation is not None
    rows = tuple(msgspec.structs.replace(p, cost_month=None) for p in simulation.policies)
    changed = msgspec.structs.replace(simulation, policies=rows)
    page = to_html(msgspec.structs.replace(outcomes, simulation=changed))
    assert "A call, routed" in page
    assert "$0.11" in page


def test_the_first_lines_name_the_small_model_and_the_page_the_whole_logs_cost(
    realistic: AuditResult,
) -> None:
    page = to_html(realistic)
    made = realistic.simulation
    assert made is not None
    small = next(arm.llm_id for arm in made.arms if arm.arm != "full")
    lead = page.partition('class="lead"')[2].partition("</p>")[0]
    assert f"of the requests answered by {small}" in lead
    assert "calls of the whole log" in page
    assert "cost $3,012 in all" in page
    assert "Spend by team, the whole log" in page


def test_a_row_that_looks_at_nothing_and_costs_less_is_explained(
    realistic: AuditResult,
) -> None:
    made = realistic.simulation
    assert made is not None
    first = made.policies[0]
    cheap = msgspec.structs.replace(
        first,
        policy="random",
        role="honesty",
        cost_per_call=0.001,
        params={"beside": first.policy},
    )
    rows = (msgspec.structs.replace(first, cost_per_call=0.002), cheap)
    told = cheaper_rows_told(msgspec.structs.replace(made, policies=rows))
    assert told.startswith(f"Why random can cost less than {first.policy}:")
    dear = msgspec.structs.replace(cheap, cost_per_call=0.003)
    assert cheaper_rows_told(msgspec.structs.replace(made, policies=(rows[0], dear))) == ""


def test_at_flat_prices_no_request_costs_more_than_another(realistic: AuditResult) -> None:
    made = realistic.simulation
    assert made is not None
    first = msgspec.structs.replace(made.policies[0], cost_per_call=0.0070)
    chance = msgspec.structs.replace(
        first, policy="shuffle", role="honesty", cost_per_call=0.0068,
        params={"beside": first.policy},
    )  # fmt: skip
    price = PriceUsed(
        llm_id="x", provider=None, input_usd_per_mtok=None, output_usd_per_mtok=None,
        cached_usd_per_mtok=None, status="flat", source="a flat price", calls=1,
    )  # fmt: skip
    arms = tuple(msgspec.structs.replace(arm, price=price) for arm in made.arms)
    told = cheaper_rows_told(msgspec.structs.replace(made, policies=(first, chance), arms=arms))
    assert "pay no classifier" in told
    assert "cost most" not in told


def test_every_policy_and_row_beside_it_is_in_the_glossary() -> None:
    told = glossary.names()
    for policy in (*plugins.names("routeaudit.route.policies"), "sticky", "shuffle", "oracle"):
        assert policy.replace("-", "_") in told
