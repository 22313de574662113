"""Damage to the programs that decide: gates that stop nothing, or not for every reason; and other spellings of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from mutation.operators import Change, Files, changed, note
from mutation.rewrites import REWRITES


def some(*names: str) -> frozenset[str]:
    return frozenset(names)


# Each of these asks the gate something, so a gate that stops nothing is one for none of them.
STOPS = some("slices", "gates", "slices:tested", "decision-doc")  # a card states what the gate measures
GAP = some("slices")
SMALL = some("slices:small", "slices:closed")
CHAMPION = some("slices:champion")
CONFIGURED = some("slices:configured")
SCORE = some("test-strength")


def is_fairness(path: str) -> bool:
    return path == "scripts/fairness_gate.py"


def is_score(path: str) -> bool:
    return path == "scripts/mutation_gate.py"


def is_load(path: str) -> bool:
    return path == "tests/performance/locustfile.py"


def is_gate(path: str) -> bool:
    return is_fairness(path) or is_score(path)


def places(
    name: str,
    attacks: frozenset[str],
    where: Callable[[str], bool],
    pattern: str,
    new: str,
    targets: frozenset[str] = frozenset(),
    most: int = 1,
) -> None:
    """An operator that replaces what matches a pattern, at the first places of a file; 0 is all places at once."""
    known = re.compile(pattern, re.MULTILINE)

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            text = files[path]
            for place in [*known.finditer(text)][: most or 1]:
                if most:
                    damaged = text[: place.start()] + place.expand(new) + text[place.end() :]
                else:
                    damaged = known.sub(new, text)
                ast.parse(damaged)
                yield from changed(files, path, damaged, str(text.count("\n", 0, place.start()) + 1))

    note(name, attacks, apply, targets)


# -- how it ends --------------------------------------------------------------------------------------------------------

places("gate: its answer is lost", STOPS | SCORE, is_gate, r"^    (?:sys\.exit\(|raise SystemExit\()(main\(.*\))\)$", r"    \1", GAP | SCORE)
places("gate: it ends well whatever it found", STOPS | SCORE, is_gate, r"^    return (?:1 if [\w.]+ else 0|len\(found\) > 0|0 if .* else 1)$", "    return 0", GAP | SCORE)
places("gate: it ends well when something was found", STOPS | SCORE, is_gate, r"^    return (?:1 if ([\w.]+) else 0)$", r"    return 0 if \1 else 1", GAP | SCORE)
places("gate: it says how it would end", STOPS, is_fairness, r"^        sys\.exit\(1\)$", "        print(1)", GAP)
places("gate: it ends with nothing", STOPS, is_fairness, r"^        sys\.exit\(1\)$", "        sys.exit()", GAP)
places("gate: it ends before it is asked", STOPS | SCORE, is_gate, r"^(def main\(.*:\n)", r"\1    return 0\n", GAP | SCORE)
places("gate: every error of it is caught", STOPS | SCORE, is_gate, r"^    (sys\.exit|raise SystemExit)\(main\((.*)\)\)$", r"    try:\n        \1(main(\2))\n    except BaseException as error:\n        print(error)", GAP | SCORE)
places("gate: nobody starts it", STOPS | SCORE, is_gate, r'^if __name__ == "__main__":$', 'if __name__ == "fairness":', GAP | SCORE)

# -- what it stops for ---------------------------------------------------------------------------------------------------

places("gate: a gap is only printed", STOPS, is_fairness, r"^(\s+)(?:report\.failures|stops|found|lines)\.append\((f\".*(?:apart|of the best).*)\)$", r"\1print(\2)", GAP, 0)
places("gate: a gap is fine when it is large", STOPS, is_fairness, r"if not (now|found) <= (bounds|rule)\[\"max_gap\"\]", r'if \1 <= \2["max_gap"]', GAP)
places("gate: a large gap is fine (counted)", STOPS, is_fairness, r"if gap > notion\.max_gap", r"if gap < notion.max_gap", GAP)
places("gate: a small ratio is fine", STOPS, is_fairness, r'if not now\[metric\] >= rule\["min_ratio"\]', r'if now[metric] >= rule["min_ratio"]', GAP)
places("gate: nobody asks for the gap", STOPS, is_fairness, r'if (?:not .*(?:max_gap|min_ratio).*|gap > notion\.max_gap):', "if False:", GAP)
places("gate: a bound that no gap exceeds", STOPS | CONFIGURED, is_fairness, r'(?:bounds|rule)\["max_gap"\]|notion\.max_gap', "1.0", GAP)
places("gate: a ratio that every group has", STOPS | CONFIGURED, is_fairness, r'rule\["min_ratio"\]', "0.0", GAP)
places("gate: a bound in the program", CONFIGURED, is_fairness, r'(?:bounds|rule)\["max_gap"\]|notion\.max_gap', "0.1")
places("gate: a ratio in the program", CONFIGURED, is_fairness, r'rule\["min_ratio"\]', "0.8")
places("gate: twice the bound", STOPS, is_fairness, r'((?:bounds|rule)\["max_gap"\]|notion\.max_gap)(?=:)', r"5 * \1", GAP)
places("gate: the bound after a slip of the pen", STOPS, is_fairness, r'rule\["min_ratio"\]:', 'rule["min_ratio"] / 10:', GAP)
places("gate: a number that is missing is fine", SMALL | GAP, is_fairness, r"if not (now|found) <= (\w+\[\"max_gap\"\])", r"if \1 > \2", SMALL)
places("gate: a ratio that is missing is fine", SMALL | GAP, is_fairness, r'if not now\[metric\] >= rule\["min_ratio"\]', 'if now[metric] < rule["min_ratio"]', SMALL)
places("gate: groups without a number are left out", SMALL | GAP, is_fairness, r"^        return math\.nan$", "        values = [value for value in values if not math.isnan(value)]", SMALL)
places("gate: missing numbers count as nothing", SMALL | GAP, is_fairness, r"^        raise Unfair\(\"a group has nobody.*$", "        return 0.0", SMALL)
places("gate: the largest of the numbers that are there", SMALL | GAP, is_fairness, r"values\.max\(\) - values\.min\(\)", "np.nanmax(values) - np.nanmin(values)", SMALL)
places("gate: nobody who has left is fine", SMALL | GAP, is_fairness, r"^(\s+)lines\.append\(f\"STOP: nobody of.*$", r"\1continue", SMALL)
places("gate: no customers are fine", SMALL | GAP | STOPS, is_fairness, r'^(\s+)return \["(?:STOP: there are no customers|somebody has no).*$', r"\1pass", SMALL)
places("gate: no customers are fine (counted)", SMALL | GAP, is_fairness, r'\[\] if rows else \["there are no customers"\]', "[]", SMALL)
places("gate: customers without a group are dropped", GAP | SMALL, is_fairness, r", dropna=False|\.fillna\(\"not known\"\)", "", GAP | SMALL)
places("gate: small groups are dropped", SMALL | GAP | some("slices:tested"), is_fairness, r"^        large\[\"together.*$", "        pass", SMALL)
places("gate: small groups are passed over", SMALL | GAP | some("slices:tested"), is_fairness, r"return names\.where\(~names\.isin\(small\), TOGETHER\)", "return names[~names.isin(small)]", SMALL)
places("gate: small groups are not named", some("slices:small", "slices:tested"), is_fairness, r"^(\s+)(?:report\.warnings\.append|lines\.append\(f\"WARN|notes\.append)\(?.*$", r"\1pass", some("slices:small"))
places("gate: small groups are one like others", SMALL | GAP | some("slices:tested"), is_fairness, r'< config\["min_group_size"\]', "< 0", SMALL)
places("gate: one column is looked at", STOPS, is_fairness, r'in (rules|config)\["(attributes|sensitive)"\]:', r'in list(\1["\2"])[:1]:', GAP)
places("gate: one number is looked at", some("slices:tested", "slices"), is_fairness, r'in rules\["metrics"\]\.items\(\):', 'in list(rules["metrics"].items())[:1]:', some("slices"))
places("gate: two names of one number", some("slices:tested", "slices"), is_fairness, r'"selection_rate": selection_rate', '"selection_rate": recall', some("slices"))
places("gate: two names of one number (Fairlearn)", some("slices:tested", "slices"), is_fairness, r'"predictive_equality": false_positive_rate', '"predictive_equality": true_positive_rate', some("slices"))
places("gate: the first group is left out", STOPS, is_fairness, r"for _, part in table\.groupby\(names\)\]", "for _, part in list(table.groupby(names))[1:]]", GAP)
places("gate: the first group is left out (array)", STOPS, is_fairness, r"for part in parts\.values\(\)\]", "for part in list(parts.values())[1:]]", GAP)
places("gate: the first group is left out (counted)", STOPS, is_fairness, r"for cells in groups\.values\(\)\]", "for cells in list(groups.values())[1:]]", GAP)
places("gate: the average distance", STOPS, is_fairness, r"max\(values\) - min\(values\)", "max(values) - sum(values) / len(values)", GAP)
places("gate: a group with itself", STOPS, is_fairness, r"max\(values\) - min\(values\)", "max(values) - max(values)", GAP)
places("gate: a group with itself (array)", STOPS, is_fairness, r"values\.max\(\) - values\.min\(\)", "values.max() - values.max()", GAP)
places("gate: what is predicted is not asked", STOPS, is_fairness, r'(gap\(table, names, metric|gap\(parts, metric|count\(rows, attribute|measured\(table, column), "predicted"\)', r'\1, "champion_predicted")', GAP)
places("gate: the answers are the truth", STOPS, is_fairness, r'y_pred=table\[predicted\]', 'y_pred=table["churned"]', GAP)
places("gate: missing predictions are fine", some("slices"), is_fairness, r"^        if table\[column\]\.isna\(\)\.any\(\):", "        if False:", some("slices:closed"))

# -- the champion ----------------------------------------------------------------------------------------------------------

places("gate: nobody asks for the champion", CHAMPION, is_fairness, r'(?<=if )not [^\n]*(?:champion_tolerance|may_lose|worse_than_champion)"\]', "False")
places("gate: nobody asks for the champion (counted)", CHAMPION, is_fairness, r"gap > earlier \+ notion\.max_growth", "False")
places("gate: the champion is the candidate", CHAMPION, is_fairness, r'(gap\(table, names, metric|gap\(parts, metric|count\(rows, attribute|measured\(table, column), "champion_predicted"\)', r'\1, "predicted")')
places("gate: a gap may grow as it likes", CHAMPION | CONFIGURED, is_fairness, r'rules\["(?:champion_tolerance|worse_than_champion)"\]|rule\["may_lose"\]|notion\.max_growth', "1.0", CHAMPION)
places("gate: a growth is only printed", CHAMPION | some("slices:tested"), is_fairness, r"^(\s+)(?:report\.failures|stops|found|lines)\.append\((f\".*(?:was|champion).*)\)$", r"\1print(\2)", CHAMPION, 1)
places("gate: a smaller gap is a worse one", CHAMPION | some("slices"), is_fairness, r"(now|found) - before <=", r"before - \1 <=", CHAMPION)

# -- the share of changes that tests notice -----------------------------------------------------------------------------------

places("gate: any share will do", SCORE, is_score, r"^LEAST_PERCENT = 85$", "LEAST_PERCENT = 5")
places("gate: the share turned round", SCORE, is_score, r"noticed >= LEAST_PERCENT", "noticed <= LEAST_PERCENT")
places("gate: what is noticed among what is noticed", SCORE, is_score, r'stats\["total"\] - stats\["skipped"\]', 'stats["killed"]')
places("gate: no change is a good share", SCORE, is_score, r"if tried else 0\.0", "if tried else 100.0")

# -- a load test ----------------------------------------------------------------------------------------------------------------

LOAD = some("perf-budget")
places("load: it always ends well", LOAD, is_load, r"process_exit_code = 1$", "process_exit_code = 0")
places("load: the average decides", LOAD, is_load, r"get_response_time_percentile\(0\.95\)", "avg_response_time")
places("load: half of the answers decide", LOAD, is_load, r"percentile\(0\.95\)", "percentile(0.5)")
places("load: a limit in seconds", LOAD, is_load, r"^SLOWEST_P95_MS = 150$", "SLOWEST_P95_MS = 15000")
places("load: any answer may fail", LOAD, is_load, r"^MOST_FAILED = 0\.01$", "MOST_FAILED = 1.0")
places("load: both have to be bad", LOAD, is_load, r" or total", " and total")
places("load: fast is too slow", LOAD, is_load, r"p95 > SLOWEST", "p95 < SLOWEST")
places("load: nobody listens to the end", LOAD, is_load, r"^@events\.quitting\.add_listener\n", "")


# -- the same in other words -----------------------------------------------------------------------------------------------------


def same(name: str, pattern: str, new: str, where: Callable[[str], bool] = is_gate) -> None:
    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            text = re.sub(pattern, new, files[path], flags=re.MULTILINE)
            ast.parse(text)
            yield from changed(files, path, text, "file")

    REWRITES.append((name, apply))


def _layout(files: Files) -> Iterator[Change]:
    for path in sorted(path for path in files if is_gate(path) or is_load(path)):
        yield from changed(files, path, ast.unparse(ast.parse(files[path])) + "\n", "file")


REWRITES.append(("gate: another layout", _layout))
same("gate: what ends it by another name", r"^    sys\.exit\(main\((.*)\)\)$", r"    raise SystemExit(main(\1))")
same("gate: what ends it has a name", r"^    (?:sys\.exit|raise SystemExit)\(main\((.*)\)\)$", r"    status = main(\1)\n    if status:\n        raise SystemExit(status)")
same("gate: the end in two lines", r"^    return 1 if ([\w.]+) else 0$", r"    if \1:\n        return 1\n    return 0")
same("gate: the end as a number", r"^    return 1 if ([\w.]+) else 0$", r"    return int(bool(\1))")
same("gate: the end by how many", r"^    return 1 if ([\w.]+) else 0$", r"    return min(1, len(\1))")
same("gate: the end within", r"^    return 1 if ([\w.]+) else 0$", r"    if \1:\n        sys.exit(1)\n    return 0", is_fairness)
same("gate: the end with a text", r"^    return 1 if ([\w.]+) else 0$", r'    if \1:\n        sys.exit("stopped")\n    return 0', is_fairness)
same("gate: sides exchanged", r"if not (now|found) <= ([\w\[\]\"]+):", r"if not \2 >= \1:")
same("gate: a number that is missing by its name", r"if not (now|found) <= ([\w\[\]\"]+):", r"if \1 != \1 or \1 > \2:")
same("gate: a problem more to the list", r"^(\s+)((?:report\.)?(?:failures|stops|found|lines))\.append\((.*)\)$", r"\1\2 += [\3]")
same("gate: problems by extend", r"^(\s+)((?:report\.)?(?:failures|stops|found|lines))\.append\((.*)\)$", r"\1\2.extend([\3])")
same("gate: the gap by names", r"^(\s+)return max\(values\) - min\(values\)$", r"\1best, worst = max(values), min(values)\n\1return best - worst")
same("gate: the gap of a sorted list", r"^(\s+)return max\(values\) - min\(values\)$", r"\1values = sorted(values)\n\1return values[-1] - values[0]")
same("gate: the gap by NumPy", r"values\.max\(\) - values\.min\(\)", "np.max(values) - np.min(values)")
same("gate: the gap by ptp", r"float\(values\.max\(\) - values\.min\(\)\)", "float(np.ptp(values))")
same("gate: numbers in a loop", r"^    values = \[value\(notion, cells\) for cells in groups\.values\(\)\]$", r"    values = []\n    for cells in groups.values():\n        values.append(value(notion, cells))")
same("gate: groups in a loop", r"^    values = \[METRICS\[metric\]\(part, column\) for _, part in table\.groupby\(names\)\]$", r"    values = []\n    for _, part in table.groupby(names):\n        values.append(METRICS[metric](part, column))")
same("gate: bounds have names", r'^(\s+)if not (now|found) <= (\w+\["max_gap"\]):$', r"\1most = \3\n\1if not \2 <= most:")
same("gate: settings by get", r'(bounds|rule)\["(max_gap|min_ratio)"\]', r'\1.get("\2")')
same("gate: rows of a table by loc", r'rows\[rows\["churned"\] == 1\]', r'rows.loc[rows["churned"].eq(1)]')
same("gate: rows of a table by query", r'part\.loc\[part\["churned"\] == 1, column\]\.mean\(\)', r'part.query("churned == 1")[column].mean()')
same("gate: a share by sum", r"float\((part|rows)\[(column|answer)\]\.mean\(\)\)", r"float(\1[\2].sum() / len(\1))")
same("gate: a file by open", r'yaml\.safe_load\(Path\("config/fairness\.yaml"\)\.read_text\(\)\)', r'yaml.safe_load(open("config/fairness.yaml"))')
same("gate: remarks that say the opposite", r"^(\s*)(?=if |return |def )", r"\1# return 0, False: not here\n\1")
same("gate: an aggregate of columns", r"table\.groupby\(column\)\[\"churned\"\]\.sum\(\)", r'table.groupby(column).agg({"churned": "sum"})["churned"]')
same("gate: any in a loop", r"^    if any\(line\.startswith\(\"STOP\"\) for line in lines\):$", r'    if [line for line in lines if line.startswith("STOP")]:')
same("gate: any by text", r"^    if any\(line\.startswith\(\"STOP\"\) for line in lines\):$", r'    if any(line[:4] == "STOP" for line in lines):')
same("gate: the end by os", r"^        sys\.exit\(1\)$", r"        raise SystemExit(1)", is_fairness)
same("gate: the share in two lines", r"^    return 0 if noticed >= LEAST_PERCENT else 1$", r"    if noticed < LEAST_PERCENT:\n        return 1\n    return 0")
same("gate: the share by names", r"^    return 100 \* stats\[\"killed\"\] / tried if tried else 0\.0$", r'    if not tried:\n        return 0.0\n    return 100 * stats["killed"] / tried')
same("gate: the share by open", r'json\.loads\(Path\(path\)\.read_text\(encoding="utf-8"\)\)', r'json.load(open(path, encoding="utf-8"))')
same("load: the end in one line", r"^    if (p95 .*):\n        environment\.process_exit_code = 1\n    else:\n        environment\.process_exit_code = 0$", r"    environment.process_exit_code = 1 if \1 else 0", is_load)
same("load: the end by two questions", r"^    if (p95 .*) or (total.*):\n        environment\.process_exit_code = 1\n", r"    if \1:\n        environment.process_exit_code = 1\n    elif \2:\n        environment.process_exit_code = 1\n", is_load)
same("load: a listener by a call", r"^@events\.quitting\.add_listener\n(def judge(?:.|\n)*)\Z", r"\1\n\nevents.quitting.add_listener(judge)\n", is_load)
