"""`python -m bench PROFILE`: loads a running Parley. Exit 0: clean run, 1: delivery errors, 2: no run.

The target is the one started by `make run` (PARLEY_DATA), or --target with --project, --email and --password.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import uvloop

from bench import answers, floor, growth, limit, logins, processes, profile, provision, target
from bench.load.assistant import model, questions
from bench.load.driver import Run
from bench.profile import Profile, UnknownProfile
from bench.progress import Progress
from bench.report.plots import plots
from bench.report.result import Result, result, surroundings
from bench.report.table import table
from bench.target import Target, Unfit

SPARE_FILES = 200
BETWEEN = 6.0  # seconds: presence counts visitors for five more seconds after they left
OVERRIDES: dict[str, Callable[[str], float]] = {
    "visitors": int,
    "agents": int,
    "seed": int,
    "turns": int,
    "askers": int,
    "rate": float,
    "seconds": float,
    "answers": float,
}  # options that replace values of the profile

T = TypeVar("T")


def main() -> int:
    options = parsed()
    try:
        chosen = profile.read(options.profile, **{name: getattr(options, name) for name in OVERRIDES})
        where = target.find(
            options.data,
            url=options.target,
            project=options.project,
            email=options.email,
            password=options.password,
        )
        allow_files(chosen.visitors + chosen.askers + chosen.agents * 2 + SPARE_FILES)
        if chosen.pairs:
            return compared(options, chosen, where)
        if chosen.search is not None:
            return searched(options, chosen, where)
        if chosen.growth:
            return grown(options, chosen, where)
        if chosen.logins:
            return with_logins(options, chosen, where)
        if chosen.answers:
            return with_answers(options, chosen, where)
        said = once(options.profile, chosen, where, own=options.project is None)
    except (Unfit, UnknownProfile) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    if options.out:
        keep(options.out, said)
    print(table(said))
    return 0 if said["clean"] else 1


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("profile", nargs="?", default="smoke", help=", ".join(profile.names()))
    parser.add_argument("--out", type=Path, help="directory for result.json, result.md and plots")
    parser.add_argument(
        "--data", type=Path, default=target.directory(), help="the launcher's directory (PARLEY_DATA)"
    )
    parser.add_argument("--target", help="http://HOST:PORT of a server elsewhere")
    parser.add_argument("--project", help="load this project instead of new ones")
    parser.add_argument("--email", help="an agent of the project")
    parser.add_argument("--password")
    parser.add_argument("--floor", type=Path, help="folder of the floor's run.sh, for the profile floor")
    for name, kind in OVERRIDES.items():
        parser.add_argument(f"--{name}", type=kind, help="overrides the profile's")
    return parser.parse_args()


def once(name: str, chosen: Profile, where: Target, *, own: bool) -> Result:
    """One run and its result; raises Unfit."""

    async def run(progress: Progress) -> Result:
        place = where
        if where.dsn and own:
            place = await provision.provision(where, chosen)
        elif chosen.projects > 1:
            progress.say(f"one project instead of {chosen.projects}: more need the target's database")
        around = await surroundings(place, chosen)
        measured = await Run(place, chosen, processes.of(place), say=progress.say).run()
        return result(name, chosen, measured) | around

    return reaching(where, run)


def reaching(where: Target, run: Callable[[Progress], Coroutine[Any, Any, T]]) -> T:
    """Runs it, and shows its progress; raises Unfit when the target cannot be reached."""
    progress = Progress()
    try:
        return uvloop.run(run(progress))
    except (TimeoutError, OSError) as error:
        raise Unfit(f"{where.url} cannot be reached ({error})") from None
    finally:
        progress.end()


def compared(options: argparse.Namespace, chosen: Profile, where: Target) -> int:
    """Runs the floor (the baseline program) and Parley alternately."""
    if options.floor is None:
        raise Unfit("the profile floor needs --floor DIR, the folder with its run.sh")
    pairs = floor.pairs(
        options.floor,
        chosen,
        where,
        lambda: once(options.profile, chosen, where, own=options.project is None),
    )
    if options.out:
        keep(options.out, pairs[-1].parley | {"pairs": [pair.floor for pair in pairs]})
    print(floor.table(pairs))
    return 0 if all(pair.parley["clean"] for pair in pairs) else 1


def searched(options: argparse.Namespace, chosen: Profile, where: Target) -> int:
    """Runs until the limit is found; returns the result of the highest rate that passed."""
    assert chosen.search is not None
    tries: list[limit.Try] = []

    def run(rate: float) -> Result:
        if tries:
            time.sleep(BETWEEN)
        slower = msgspec.structs.replace(chosen, rate=rate)
        return once(options.profile, slower, where, own=options.project is None)

    for tried in limit.search(chosen.rate, chosen.search, run):
        tries.append(tried)
        print(limit.line(tried), flush=True)
    if (best := limit.best(tries)) is None:
        print("no rate passed")
        return 1
    if options.out:
        keep(options.out, best.said | {"tries": [limit.line(tried) for tried in tries]})
    print(table(best.said))
    return 0


def grown(options: argparse.Namespace, chosen: Profile, where: Target) -> int:
    """One run per step; raises Unfit when the database is unreachable."""
    if not where.dsn:
        raise Unfit("growth fills the target's database: run it on the machine with its run.json")
    steps: list[tuple[int, Result]] = []
    for step in chosen.growth:
        if steps:
            time.sleep(BETWEEN)
        asyncio.run(growth.fill(where, step.stored))
        larger = msgspec.structs.replace(chosen, visitors=step.visitors)
        steps.append((step.stored, once(options.profile, larger, where, own=options.project is None)))
    if options.out:
        runs = [{"stored_before": stored} | said for stored, said in steps]
        keep(options.out, steps[-1][1] | {"steps": runs})
    print(growth.table(steps))
    return 0 if all(said["clean"] for _, said in steps) else 1


def with_logins(options: argparse.Namespace, chosen: Profile, where: Target) -> int:
    """Runs without and with sign-ins, alternately; keeps the last result."""
    pairs = alternating(options, msgspec.structs.replace(chosen, logins=0.0), chosen, where)
    if options.out:
        ratios = {name: logins.ratio(pairs, name) for name in logins.ASKED}
        keep(options.out, pairs[-1][1] | {"p99_ratio": ratios, "turns": pairs})
    print(logins.table(pairs))
    return 0 if all(said["clean"] for pair in pairs for said in pair) else 1


def with_answers(options: argparse.Namespace, chosen: Profile, where: Target) -> int:
    """Runs without and with the assistant's turns, alternately; keeps the last result."""
    own = options.project is None

    async def prepare(progress: Progress) -> None:
        place = await provision.provision(where, chosen) if where.dsn and own else where
        await questions.prepare(place, chosen, progress.say)

    with model.running(model.PORT):
        reaching(where, prepare)
        time.sleep(BETWEEN)
        pairs = alternating(options, msgspec.structs.replace(chosen, answers=0.0), chosen, where)
    if options.out:
        keep(options.out, pairs[-1][1] | answers.figures(pairs) | {"turns": pairs})
    print(answers.table(pairs))
    return 0 if all(said["clean"] for pair in pairs for said in pair) else 1


def alternating(
    options: argparse.Namespace, first: Profile, second: Profile, where: Target
) -> list[tuple[Result, Result]]:
    """Runs the two profiles in turn, `turns` times each."""
    said: list[Result] = []
    for one in (first, second) * second.turns:
        if said:
            time.sleep(BETWEEN)
        said.append(once(options.profile, one, where, own=options.project is None))
    return list(zip(said[::2], said[1::2], strict=True))


def keep(out: Path, said: Result) -> None:
    """Writes result.json, result.md and the plots to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "result.json").write_text(json.dumps(said, indent=1) + "\n")
    drawn = plots(said)
    pictures = "\n".join(f"![{name.removesuffix('.svg')}]({name})" for name in drawn)
    (out / "result.md").write_text(f"{table(said)}\n{pictures}\n")
    for name, svg in drawn.items():
        (out / name).write_text(svg)


def allow_files(needed: int) -> None:
    """Raises the limit of open files, one per connection; raises Unfit when the system forbids it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise Unfit(f"{needed} open files are needed and {hard} are allowed: raise `ulimit -Hn`")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
