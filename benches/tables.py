"""Turns the results of benches/jobs, one JSON object a file, into the tables of docs/benchmarks.md."""

import json
import pathlib
import sys


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    if not rows:
        return
    print(f"\n{title}\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def count(number: float) -> str:
    return f"{number:,.0f}"


def lateness(late: dict) -> list[str]:
    return [count(late[key]) for key in ("p50_ms", "p90_ms", "p99_ms", "max_ms")]


def main(folder: pathlib.Path) -> None:
    results: dict[str, list[dict]] = {}
    for path in sorted(folder.iterdir()):
        results.setdefault(path.name.split("-")[0], []).append(json.loads(path.read_text()))
    name = lambda result: result.get("peer") or f"Muster on {result['store']}"
    percentiles = ["p50 ms", "p90 ms", "p99 ms", "max ms"]
    table(
        "B1",
        ["", "enqueued/s", "runs/s"],
        [
            [name(r), count(r["enqueued_per_second"]), count(r["runs_per_second"])]
            for r in results.get("runs", [])
        ],
    )
    for title, part in (("B3", "burst"), ("B4", "steady")):
        table(
            title,
            ["", "late until", *percentiles],
            [
                [name(r), until, *lateness(r[key])]
                for r in results.get(part, [])
                for until, key in (("frame written", "submitted"), ("worker has it", "arrived"))
            ],
        )
    for r in results.get("steady", []):
        memory = " ".join(f"{mib:.1f}" for mib in r["memory_mib"])
        growth = r["memory_growth"]
        compared = f"; last two minutes / minutes 2 to 4: {growth:.3f}" if growth else ""
        print(f"\n{r['jobs']} a second for {r['minutes']} minutes; resident MiB by minute: {memory}{compared}")
    table(
        "B5",
        ["", "schedules", "ready ms (slowest)", "resident MiB", "due while watched", "late p99 ms"],
        [
            [
                f"Muster on {r['store']}",
                count(size["jobs"]),
                f"{count(size['ready_ms'])} ({count(size['slowest_ready_ms'])})",
                f"{size['resident_mib']:.1f}",
                count(size["submitted"]["runs"]),
                count(size["submitted"]["p99_ms"]),
            ]
            for r in results.get("schedules", [])
            for size in r["sizes"]
        ],
    )


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
