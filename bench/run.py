#!/usr/bin/env python3
"""Runs the benchmarks, one after the other. usage: run.py --build FOLDER [--list] [NAME…]

A benchmark is a program *_bench of the build, or a script bench/<name>_cost.py that takes --bin. A name stands for those that begin
with it too: "store" for store and store_day. Figures are for comparing within one run: machines differ, and this one may be shared.
"""
import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def find(build):
    """name -> command line"""
    found = {}
    for program in sorted((build / "bin").glob("*_bench")):
        found[program.name.removesuffix("_bench")] = [program]
    for script in sorted(HERE.glob("*_cost.py")):
        found[script.stem.removesuffix("_cost")] = [sys.executable, script, "--bin", build / "bin"]
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    found = find(args.build.resolve())
    if args.list:
        print("\n".join(found))
        return 0
    def named(name):
        return [one for one in found if one == name or one.startswith(name + "_")]
    unknown = [name for name in args.names if not named(name)]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are: {', '.join(found)}")
    chosen = dict.fromkeys(one for name in args.names for one in named(name)) or found
    failed = []
    for name in chosen:
        print(f"\n== {name}", flush=True)
        if subprocess.run([str(part) for part in found[name]]).returncode != 0:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
