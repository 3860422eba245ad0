#!/usr/bin/env python3
"""Adds up JUnit files and ends with one line of counts. usage: sum_tests.py FOLDER SUITE…   exit 1 on a failure

Each SUITE must have left FOLDER/SUITE.xml with at least one test that ran: a suite that vanished is a failure. Where its test
programs left their single results in FOLDER/SUITE/, those count instead, and a program that ended badly without naming a failed
test (a crash, a sanitizer's report at the end) counts as one failure.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count(path):
    """(passed, failed, [(test, reason) skipped]) of one file."""
    passed, failed, skipped = 0, [], []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f'{case.get("classname") or ""} {case.get("name")}'.strip()
        kinds = {child.tag for child in case}
        if "failure" in kinds or "error" in kinds or case.get("status") == "fail":
            failed.append(name)
        elif "skipped" in kinds or case.get("status") in ("notrun", "disabled"):
            node = case.find("skipped")
            reason = (node.get("message") or node.text or "") if node is not None else ""
            skipped.append((name, " ".join(reason.split())))
        else:
            passed += 1
    return passed, failed, skipped


def count_suite(folder, suite):
    """As count(), for a suite with or without single results."""
    passed, failed, skipped = count(folder / f"{suite}.xml")
    singles = {path.stem.removesuffix("_test"): count(path) for path in sorted((folder / suite).glob("*.xml"))}
    if not singles:
        return passed, failed, skipped
    total, problems, left_out = 0, [], []
    for name, (good, bad, skips) in singles.items():
        total += good
        problems += bad
        left_out += skips
    for program in failed:
        name = program.split()[-1]
        if not singles.get(name, (0, [], []))[1]:
            problems.append(f"{name}: the program ended badly, see above")
    return total, problems, left_out


def main():
    folder, suites = pathlib.Path(sys.argv[1]), sys.argv[2:]
    total_passed = total_failed = total_skipped = 0
    print(f'\n{"suite":<12}{"passed":>8}{"failed":>8}{"skipped":>8}')
    problems = []
    for suite in suites:
        try:
            passed, failed, skipped = count_suite(folder, suite)
        except (OSError, ElementTree.ParseError) as error:
            passed, failed, skipped = 0, [f"left no readable result: {error}"], []
        if passed == 0 and not failed:
            failed = ["ran no test"]
        total_passed += passed
        total_failed += len(failed)
        total_skipped += len(skipped)
        print(f"{suite:<12}{passed:>8}{len(failed):>8}{len(skipped):>8}")
        problems += [f"FAILED  {suite}: {name}" for name in failed]
        problems += [f"skipped {suite}: {name}: {reason or 'no reason given'}" for name, reason in skipped]
    print("\n".join(problems))
    print(f"{total_passed} passed, {total_failed} failed, {total_skipped} skipped")
    return 1 if total_failed else 0


if __name__ == "__main__":
    sys.exit(main())
