"""The result of one run as a Markdown table."""

from bench.report.result import Result

TIMES = {
    "stored_ms": "visitor sends → `stored`",
    "agent_ms": "visitor sends → agent's socket",
    "reply_ms": "agent answers (REST) → visitor's socket",
    "login_ms": "sign-in",
    "driver_late_ms": "of it: delay of the load generator",
    "in_storm_ms": "`stored`, of senders who stayed online during the storm",
}

LEVELS = {
    "resident": ("memory", " MB", 1024),
    "descriptors": ("descriptors", "", 1),
    "children": ("processes below", "", 1),
}


def table(said: Result) -> str:
    """The load and the measurements; percentiles only of a clean run."""
    profile, machine = said["profile"], said["machine"]
    lines = [
        f"## {profile['name']}: {profile['about']}",
        "",
        f"{said['visitors']:,} visitors, {profile['agents']} agents in {profile['projects']} projects;",
        f"{said['sent']:,} messages at {said['rate']:,}/s, {said['replied']:,} replies; seed {said['seed']};",
        f"commit {said['commit']}; {machine['cpu']}, {machine['cores']} cores,",
        f"load {machine['load_before']} before.",
        "",
        ledger_line(said),
    ]
    if not said["clean"]:
        return "\n".join([*lines, "", "The run is not clean, so its speed is not reported.", ""])
    times = [(text, said[name]) for name, text in TIMES.items() if said.get(name, {}).get("max") is not None]
    if times:
        lines += ["", "| ms | p50 | p95 | p99 | max |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {text} | {ms['p50']} | {ms['p95']} | {ms['p99']} | {ms['max']} |" for text, ms in times]
    lines += ["", "| | |", "|---|---:|"]
    lines += [f"| {what} | {value} |" for what, value in facts(said)]
    return "\n".join([*lines, ""])


def ledger_line(said: Result) -> str:
    """The verdict in one line."""
    ledger = said["ledger"]
    counts = ", ".join(
        f"{name.replace('_', ' ')} {count}" for name, count in ledger.items() if isinstance(count, int)
    )
    mended = ", ".join(f"{count:,} {name}" for name, count in said["mended"].items() if count)
    return f"**Ledger ({ledger['checked']}):** {counts}." + (f" Mended: {mended}." if mended else "")


def facts(said: Result) -> list[tuple[str, object]]:
    """The other measurements, with their units."""
    found: list[tuple[str, object]] = [("handshakes/s", f"{said['handshakes_per_s']:,}")]
    if said["kb_per_connection"] is not None:
        found.append(("server memory per connection", f"{said['kb_per_connection']} KB"))
    found += [
        (f"CPU per message: {name}", f"{value:,} µs")
        for name, value in said.get("cpu_us_per_message", {}).items()
    ]
    found += [
        (f"idle CPU: {name}", f"{value} % of a core")
        for name, value in said.get("idle_cpu_percent", {}).items()
    ]
    for kind, (what, unit, size) in LEVELS.items():
        for name, level in said.get("levels", {}).get(kind, {}).items():
            if level["plateau"]:
                was, is_now = level["plateau"] / size, level["end"] / size
                drift = f"{was:,.1f} → {is_now:,.1f}{unit} ({level['drift_percent']:+.1f} %)"
                found.append((f"{what}: {name}, middle third → end", drift))
    for storm in said.get("storms", []):
        back = "not all back" if storm["back_s"] is None else f"all back after {storm['back_s']} s"
        found.append((f"{storm['lost']:,} clients lost at {storm['at_s']} s", back))
    found.append(("CPU of the load generator", f"{said['driver_cpu_percent']} % of a core"))
    found.append(("CPU of others on this machine", f"{said['others_cpu_percent']} % of a core"))
    return found
