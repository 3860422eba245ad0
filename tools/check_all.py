#!/usr/bin/env python3
"""The checks that are not tests: format, layering, the co_await rule, generated docs, page lint, house rules.

usage: check_all.py [--junit FILE] [--bin FOLDER]   exit 1 when one fails
"""
import argparse
import difflib
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def run(*argv, cwd=ROOT):
    done = subprocess.run([str(arg) for arg in argv], cwd=cwd, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stdout + done.stderr or f"{argv[0]} ended with {done.returncode}")


def check_format(_):
    return run("clang-format-16", "--dry-run", "--Werror", *tracked("*.cc", "*.h"))


def check_layers(_):
    return run(sys.executable, "tools/check_layers.py", "src")


def check_co_await(_):
    return run(sys.executable, "tools/check_co_await.py", *tracked("src/*.cc", "src/*.h", "apps/*.cc"))


def check_sizes(_):
    """style: a file of ours stays under 500 lines."""
    long = []
    for name in tracked("src/*.cc", "src/*.h", "web/src/*.ts", "web/src/*.svelte"):
        lines = (ROOT / name).read_text(encoding="utf-8").count("\n")
        if lines > 500:
            long.append(f"{name}: {lines} lines, at most 500")
    return "\n".join(long)


def check_marks(_):
    """No unfinished work in what is committed."""
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b")
    found = []
    for name in tracked("src", "apps", "web/src", "tests/unit", "tests/e2e", "docs", "bench", "fuzz/*.cc", "README*"):
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name}:{number}: {line.strip()[:120]}")
    return "\n".join(found)


def check_configuration_docs(bin_folder):
    return differs("docs/configuration.md", bin_folder / "wakeful", "print-config-docs")


def check_agent_docs(bin_folder):
    return differs("docs/agent-help.txt", bin_folder / "wakeful-agent", "--help")


def differs(document, *argv):
    done = subprocess.run([str(arg) for arg in argv], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr or f"{argv[0]} ended with {done.returncode}"
    committed = (ROOT / document).read_text(encoding="utf-8") if (ROOT / document).exists() else ""
    lines = difflib.unified_diff(committed.splitlines(), done.stdout.splitlines(), document, "generated", lineterm="")
    text = "\n".join(lines)
    return text and f"{text}\nremedy: {' '.join(map(str, argv))} > {document}"


def check_lock(_):
    """The lock file names no host, and has every optional package, so that npm ci works on every npm."""
    return run("node", "tools/check_lock.mjs", "web/package-lock.json")


def check_page(_):
    return run("npm", "run", "-s", "lint", cwd=ROOT / "web")


CHECKS = [check_format, check_layers, check_co_await, check_sizes, check_marks, check_configuration_docs, check_agent_docs, check_lock, check_page]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--junit", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    args = parser.parse_args()
    suite = ElementTree.Element("testsuite", name="check")
    failures = 0
    for check in CHECKS:
        name = check.__name__.removeprefix("check_")
        began = time.monotonic()
        complaint = check((ROOT / args.bin).resolve())
        case = ElementTree.SubElement(suite, "testcase", name=name, classname="check", time=f"{time.monotonic() - began:.2f}")
        print(f'{"failed" if complaint else "ok    "}  {name}')
        if complaint:
            failures += 1
            print("\n".join("    " + line for line in complaint.splitlines()[:60]))
            ElementTree.SubElement(case, "failure", message=name).text = re.sub(r"[^\x09\x0a\x20-\x7e]", "?", complaint[:4000])
    if args.junit:
        ElementTree.ElementTree(suite).write(args.junit)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
