"""Finds the lines of the dialplan and the commands of a page whose change no contract case detects.

    python -m tests.mutation --list            the mutants
    python -m tests.mutation --only voice      the mutants whose name contains `voice`
    python -m tests.mutation                   all mutants that have not been tried yet
    python -m tests.mutation --again           the survivors again, with the slow cases as well

It takes the better part of an hour. The results are kept in a folder, and each mutant is tried once.
README.md has the survivors with their reasons.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants, together
from tests.mutation.trial import Case, Trials, try_out

RESULTS = Path("build/mutation")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--list", action="store_true", help="name the mutants, and try none")
    parser.add_argument("--again", action="store_true", help="try the survivors, with every case")
    parser.add_argument("--only", default="", help="try those whose name has this in it")
    parser.add_argument("--names", type=Path, help="try those that a file names, one a line")
    parser.add_argument("--together", action="store_true", help="try them all at once, and tell if all live")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder (default: %(default)s)")
    options = parser.parse_args()
    wanted = [each for each in mutants() if options.only in each.name]
    if options.names:
        named = options.names.read_text(encoding="utf-8").splitlines()
        wanted = [each for each in wanted if each.name in named]
    if options.together:
        wanted = [together(wanted)]
    if options.list:
        print("\n".join(each.name for each in wanted))
        return
    options.results.mkdir(parents=True, exist_ok=True)
    try_out(lambda trials: _try(trials, wanted, options.results, again=options.again))


def _try(trials: Trials, wanted: list[Mutant], results: Path, *, again: bool) -> None:
    cases = _cases(trials, results / "baseline.json")
    known = results / "results.jsonl"
    lines = known.read_text().splitlines() if known.exists() else []
    done = {row["mutant"]: row["killed"] for row in map(json.loads, lines)}
    kills: Counter[str] = Counter()
    last = ""
    for mutant in wanted:
        if done.get(mutant.name) == "" if again else mutant.name not in done:
            # a case that has killed one mutant often kills its neighbours; one that has killed many kills
            # more
            cases.sort(key=lambda case: (case.name != last, -kills[case.name], case.seconds))
            failed, why = trials.killer(mutant, cases, every=again)
            if failed:
                kills[failed] += 1
                last = failed
            with known.open("a") as out:
                out.write(json.dumps({"mutant": mutant.name, "killed": failed, "why": why}) + "\n")
            said = "killed" if failed else "LIVES "
            print(f"{said} {mutant.name}   [{failed.rpartition('::')[2]} {why}]", flush=True)


def _cases(trials: Trials, file: Path) -> list[Case]:
    if file.exists():
        kept = json.loads(file.read_text())
        return [Case(name, seconds, frozenset(reaches)) for name, seconds, reaches in kept]
    cases = trials.baseline()
    file.write_text(json.dumps([(case.name, case.seconds, sorted(case.reaches)) for case in cases]))
    return cases


if __name__ == "__main__":
    main()
