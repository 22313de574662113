"""What an expression asks for, and whether an alert on it can fire."""

from __future__ import annotations

import pytest

from gradeline.facts.promql import (
    PromQLError,
    comparisons,
    constant,
    functions,
    metric_names,
    parse,
    series,
    truth,
    value_range,
)
from gradeline.syntax.promql_nodes import Selector

QUANTILE = (
    "histogram_quantile(0.95, sum by (le, job) "
    '(rate(http_request_duration_seconds_bucket{job="churn"}[5m]))) > 0.5'
)


def test_a_query_names_its_metric_its_window_and_the_functions_around_it() -> None:
    (one,) = series(parse(QUANTILE))
    assert one.names == ("http_request_duration_seconds_bucket",)
    assert one.window == 300.0
    assert one.functions == ("histogram_quantile", "sum", "rate")
    job = one.selector.matcher("job")
    assert job is not None
    assert (job.operator, job.value) == ("=", "churn")


def test_a_comparison_has_its_operator_and_its_bound_whatever_side_the_number_is_on() -> None:
    (one,) = comparisons(parse("5 * 60 < time() - churn_last_success_timestamp_seconds"))
    assert (one.operator, one.bound) == (">", 300.0)
    (one,) = comparisons(parse("300 < churn_age_seconds"))
    assert (one.operator, one.bound, one.expression) == (">", 300.0, Selector("churn_age_seconds"))
    (one,) = comparisons(parse("churn_age_seconds > 24 * 3600"))
    assert (one.operator, one.bound) == (">", 86400.0)


def test_names_in_a_pattern_or_in_quotes_are_names() -> None:
    assert metric_names(parse('{__name__=~"a_total|b_total"}')) == ("a_total", "b_total")
    assert metric_names(parse('{"my.metric", job="x"}')) == ("my.metric",)
    assert metric_names(parse('{__name__=~"churn_.*"}')) == ()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("vector(1)", "always"),
        ("vector(1) > 0", "always"),
        ("vector(0) > 1", "never"),
        ("http_requests_total >= 0", "always"),
        ("rate(http_requests_total[5m]) >= 0", "always"),
        ("rate(http_requests_total[5m]) < 0", "never"),
        ("churn_drift > bool 0.2", "always"),
        ("churn_drift > 0.2", "sometimes"),
        ("churn_drift > 0.2 or vector(1)", "always"),
        ("churn_drift", "always"),
        ("up == 0", "sometimes"),
        ("up == 2", "never"),
        ("up >= 0", "always"),
        ("absent(up)", "sometimes"),
        ("absent(vector(1))", "never"),
        ("absent_over_time(up[10m])", "sometimes"),
        ("ALERTS{alertname='x'}", "sometimes"),
        ("x > x", "never"),
        ("x == x", "always"),
        ("x unless x", "never"),
        ("(x > 5) < 3", "never"),
        ("count(up) >= 1", "always"),
        ("count(up == 0) > 0", "sometimes"),
        ("vector(NaN) > 1", "never"),
        ('sum(rate(r_total{code=~"5.."}[5m])) / sum(rate(r_total[5m])) > 5', "never"),
        ('100 * sum(rate(r_total{code=~"5.."}[5m])) / sum(rate(r_total[5m])) > 5', "sometimes"),
        ('sum(rate(r_total{code=~"5.."}[5m])) / sum(rate(r_total[5m])) > 0.05', "sometimes"),
        ('sum(rate(r_total{code=~"5.."}[5m])) / sum(rate(other_total[5m])) > 5', "sometimes"),
        ("time() - churn_model_timestamp_seconds > 3600", "sometimes"),
        ("clamp_max(x, 1) > 2", "never"),
        (QUANTILE, "sometimes"),
        (QUANTILE.replace("> 0.5", ">= 0"), "always"),
    ],
)
def test_whether_an_alert_can_fire_follows_from_the_values_a_series_can_have(expression: str, expected: str) -> None:
    assert truth(parse(expression)) == expected


def test_what_is_known_of_a_metric_sharpens_the_answer() -> None:
    query = parse("churn_predictions >= 0")
    assert truth(query) == "sometimes"
    assert truth(query, lambda name: "counter") == "always"


def test_a_constant_asks_for_no_series_or_multiplies_it_away() -> None:
    assert constant(parse("vector(1)"))
    assert constant(parse("1 > bool 0"))
    assert not constant(parse("time()"))
    assert not constant(parse("churn_drift"))
    assert value_range(parse("vector(0.97)")) == (0.97, 0.97)


def test_the_variables_of_dashboards_and_templates_are_read_where_they_may_stand() -> None:
    query = parse('sum by ($by) (rate(http_requests_total{job="$job"}[$__rate_interval])) > ${limit}', variables=True)
    (one,) = series(query)
    assert (one.names, one.window) == (("http_requests_total",), None)
    assert not one.selector.matchers[0].known
    assert comparisons(query)[0].bound is None
    query = parse('sum(rate(istio_requests_total{destination="{{args.service}}"}[{{args.window}}]))', variables=True)
    assert metric_names(query) == ("istio_requests_total",)
    assert functions(query) == ("sum", "rate")
    assert metric_names(parse("histogram_quantile($q, x_bucket) or ${prefix}_total", variables=True)) == ("x_bucket",)
    with pytest.raises(PromQLError):
        parse("x > $limit")


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("", True),
        ("sum(x", True),
        ("x >", True),
        ("rate(x)", True),
        ("nonsense(x)", True),
        ('x{a=~"("}', True),
        ('x{a="\\d"}', True),
        ("x[5m] smoothed", False),
        ("x[5m * 2]", False),
        ("(" * 300 + "1" + ")" * 300, False),
        ("x" * 30_000, False),
        ("\ud800", True),
        ("x @ NaN", True),
    ],
)
def test_what_is_no_expression_says_so_and_whether_that_is_certain(text: str, certain: bool) -> None:
    with pytest.raises(PromQLError) as caught:
        parse(text)
    assert caught.value.certain is certain
