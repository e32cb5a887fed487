"""Measures what Shadowtape and its peers take for one call, round after round in one run, and prints the medians as docs/performance.md has them.

One call = GetWriterStatus with all its outputs, both notes. Run by bench/compare.sh, which builds what this starts; with --smoke by ./test.sh: that it
runs, not how fast.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SHADOWTAPE = "build/linux/bin/shadowtape"
REQUESTER = "build/linux/requesters/status_loop"
BELOW = "<!-- Below this line: written by hand. -->\n"


def run(command, **more):
    """Runs a command and gives back what it said; says all of it if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)
    if done.returncode:
        sys.exit(f"compare.py: failed ({done.returncode}): {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def timed(command):
    """Seconds, and megabytes of memory at most, of a command whose output nobody wants."""
    start = time.monotonic()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    if status:
        sys.exit(f"compare.py: failed: {' '.join(map(str, command))}")
    return seconds, usage.ru_maxrss / 1024


class Measured:
    """Numbers of each round, by name; an entry that was never measured reads as a dash."""

    def __init__(self):
        self.rounds = {}

    def add(self, name, value):
        self.rounds.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self.rounds[name]) if name in self.rounds else None

    def show(self, name, form="{:.0f}"):
        return form.format(self.median(name)) if name in self.rounds else "–"

    def verdict(self, name, goal, least=False):
        value = self.median(name)
        if value is None:
            return ""
        return "" if (value >= goal if least else value <= goal) else "**missed**"


def microbenchmarks(found, arguments):
    text = run(["build/linux/bin/shadowtape_bench", "--benchmark_format=json", f"--benchmark_min_time={arguments.seconds}",
                "--benchmark_filter=^(Limit|WriteCall|Recording|ReadAndVerifyCall/calls:1000000|CheckCall)"],
               env={**os.environ, **({} if arguments.smoke else {"SHADOWTAPE_LONG": "1"})})
    for row in json.loads(text[text.index("{"):text.rindex("}") + 1])["benchmarks"]:
        name = row["name"].split("/")[0] + ("2" if row["name"].endswith("threads:2") else "")
        if row.get("error_occurred"):
            sys.exit(f"compare.py: {row['name']}: {row['error_message']}")
        found.add(name, 1e9 / row["items_per_second"])
        if name == "Recording":
            found.add("lost", row["lost"])
            found.add("raw size", row["bytes_a_call"])
    found.add("scaling", found.rounds["WriteCall"][-1] / found.rounds["WriteCall2"][-1])


def nanoseconds_told(said):
    return float(re.search(r"([\d.]+) ns a call", said).group(1))


def replayed(found, folder, arguments):
    times = arguments.calls // 9
    trace = folder / "replayed.vsst"
    if not trace.exists():
        run([SHADOWTAPE, "record", "-o", trace, "--", REQUESTER, "-q", "-a", times])
    found.add("replay", nanoseconds_told(run([SHADOWTAPE, "replay", trace, "--", REQUESTER, "-q", "-a", times])))
    windows = pathlib.Path("build/windows/bin/shadowtape.exe")
    if windows.exists() and not arguments.smoke:
        said = run(["cmake/wine.sh", windows, "replay", f"Z:{trace}", "--", "build/windows/requesters/status_loop.exe", "-q", "-a", times])
        found.add("replay under Wine", nanoseconds_told(said))


def whole_files(found, folder, arguments):
    """What takes a process of ours: info on a gigabyte, check on one file and on two."""
    big, again = folder / "big.vsst", folder / "again.vsst"
    if not big.exists():
        run([SHADOWTAPE, "record", "-o", big, "--", REQUESTER, "-q", "-a", arguments.big // 9])
        shutil.copy(big, again)
        packed = folder / "big.vsst.zst"
        run([SHADOWTAPE, "pack", big, "-o", packed])
        found.add("packed size", packed.stat().st_size / arguments.big)
        found.add("big size", big.stat().st_size / 1e9)
    for _ in range(5):
        seconds, memory = timed([SHADOWTAPE, "info", big])
        found.add("info", seconds * 1e3)
        found.add("info memory", memory)
    one = timed([SHADOWTAPE, "check", big])[0]
    both = timed([SHADOWTAPE, "check", big, again])[0]
    found.add("check, a process", one * 1e9 / arguments.big)
    found.add("check two files", 2 * one / both)


def lttng(found, folder, peers, calls, prefix=""):
    home, trace = folder / "lttng-home", folder / "lttng"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "LTTNG_HOME": str(home)}
    run(["lttng-sessiond", "--daemonize", "--no-kernel"], env=environment)
    try:
        for words in (["create", "calls", f"--output={trace}"], ["enable-channel", "--userspace", "--subbuf-size=4M", "--num-subbuf=16", "channel"],
                      ["enable-event", "--userspace", "--channel", "channel", "vss:*"], ["start"]):
            run(["lttng", "-q", *words], env=environment)
        nanoseconds = float(run([peers / "lttng_record", calls], env=environment).split()[-1])
        run(["lttng", "-q", "stop"], env=environment)
        run(["lttng", "-q", "destroy"], env=environment)
    finally:
        run(["pkill", "-u", str(os.getuid()), "lttng-sessiond"])
        while subprocess.run(["pgrep", "-u", str(os.getuid()), "lttng-sessiond"], stdout=subprocess.DEVNULL).returncode == 0:
            time.sleep(0.1)
    found.add(prefix + "lttng", nanoseconds)
    size = sum(file.stat().st_size for file in trace.rglob("*") if file.is_file())
    counted = run(["babeltrace2", trace, "--component=sink.utils.counter", "--params=step=+0"])
    notes = int(re.findall(r"(\d+) Event messages", counted)[-1])
    found.add(prefix + "lttng lost", 2 * calls - notes)
    found.add(prefix + "lttng size", size / (notes / 2))
    if not prefix:
        found.add("babeltrace2", timed(["babeltrace2", trace, "--output-format=dummy"])[0] * 1e9 / calls)
    shutil.rmtree(trace)


def others(found, folder, peers, calls):
    log, trace = folder / "spdlog.txt", folder / "apitrace.trace"
    found.add("spdlog", float(run([peers / "spdlog_record", log, calls]).split()[-1]))
    found.add("spdlog size", log.stat().st_size / calls)
    log.unlink()
    if not trace.exists():
        run([peers / "apitrace_write", trace, calls])
        found.add("apitrace size", trace.stat().st_size / calls)
    found.add("apitrace", timed(["apitrace", "dump", trace])[0] * 1e9 / calls)


def page(found, arguments, machine):
    goal_lttng = f"{found.median('WriteCall') / found.median('lttng'):.2f}" if "lttng" in found.rounds else "–"
    half = found.median("WriteCall") <= found.median("lttng") / 2 if "lttng" in found.rounds else True
    rows = [
        ("record a call, kept when the process is killed, with its checksum", found.show("WriteCall") + " ns", "≤ 70 ns", found.verdict("WriteCall", 70), found.show("Limit"),
         f"LTTng-UST {found.show('lttng')}, spdlog {found.show('spdlog')} (not kept)"),
        ("the same, as a part of LTTng-UST", goal_lttng, "≤ 0.5", "" if half else "**missed**", "", ""),
        ("two threads recording: times one thread's rate", found.show("scaling", "{:.2f}"), "≥ 1.8", found.verdict("scaling", 1.8, least=True),
         f"{found.median('Limit') / found.median('Limit2'):.2f}", ""),
        ("a gigabyte, from the first call to the closed file", f"{found.show('Recording')} ns a call, {found.show('lost')} lost", "≤ 80 ns, none lost",
         found.verdict("Recording", 80) or found.verdict("lost", 0), "", f"LTTng-UST {found.show('big lttng')}, {found.show('big lttng lost')} notes lost"),
        ("read and verify a call, all its fields", found.show("ReadAndVerifyCall") + " ns", "≤ 40 ns", found.verdict("ReadAndVerifyCall", 40), "",
         f"babeltrace2 {found.show('babeltrace2')}, apitrace's reader {found.show('apitrace')} (with printing)"),
        ("`check` a call with every rule, one core", found.show("CheckCall") + " ns", "≤ 100 ns", found.verdict("CheckCall", 100), "", "none"),
        ("`check` on two files: times the rate of one", found.show("check two files", "{:.2f}"), "both cores", found.verdict("check two files", 1.6, least=True), "", ""),
        ("replay a call, in the requester", found.show("replay") + " ns", "≤ 40 ns", found.verdict("replay", 40), "", "none"),
        ("the same under Wine", found.show("replay under Wine") + " ns", "≤ 120 ns", found.verdict("replay under Wine", 120), "", "none"),
        ("size of a call", found.show("raw size") + " bytes", "≤ 150", found.verdict("raw size", 150), "",
         f"LTTng-UST {found.show('lttng size')}, spdlog {found.show('spdlog size')}, apitrace {found.show('apitrace size')} (compressed)"),
        ("size of a call, packed", found.show("packed size", "{:.1f}") + " bytes", "≤ 24", found.verdict("packed size", 24), "", ""),
        (f"`info` on {found.show('big size', '{:.1f}')} GB, with the start of its process", found.show("info", "{:.1f}") + " ms", "≤ 5 ms", found.verdict("info", 5), "", ""),
        ("its memory", found.show("info memory") + " MiB", "≤ 32 MiB", found.verdict("info memory", 32), "", ""),
    ]
    lines = ["# Performance", "",
             "Written by `bench/compare.sh`, which installs the peers and measures everything in one run: a difference between two machines, or two days, says nothing.",
             f"One call = GetWriterStatus with all its outputs, both notes. Medians of {arguments.rounds} rounds on {machine}. *Limit*: what the machine takes at least, a ring in memory, two",
             "readings of the time-stamp counter and the checksum.", "",
             "| what | Shadowtape | goal | | limit | peers (ns, bytes) |", "|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n\n"


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores of {model.group(1).strip() if model else 'an unknown processor'}, Linux {os.uname().release.split('-')[0]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=pathlib.Path, help="the folder of the peers' programs; without it they are not measured")
    parser.add_argument("--output", type=pathlib.Path, help="the page to write; what was written by hand at its end stays")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--smoke", action="store_true", help="a round of few calls")
    arguments = parser.parse_args()
    arguments.seconds, arguments.calls, arguments.big = 0.5, 1_000_000, 6_500_000
    if arguments.smoke:
        arguments.rounds, arguments.seconds, arguments.calls, arguments.big = 1, 0.01, 9_000, 90_000
    found = Measured()
    with tempfile.TemporaryDirectory(prefix="shadowtape-compare-") as name:
        folder = pathlib.Path(name)
        for n in range(arguments.rounds):
            if not arguments.smoke:
                print(f"round {n + 1} of {arguments.rounds}", file=sys.stderr)
            microbenchmarks(found, arguments)
            replayed(found, folder, arguments)
            whole_files(found, folder, arguments)
            if arguments.peers:
                lttng(found, folder, arguments.peers, arguments.calls)
                others(found, folder, arguments.peers, arguments.calls)
                if n == 0:
                    lttng(found, folder, arguments.peers, arguments.big, "big ")
    text = page(found, arguments, machine())
    if not arguments.output:
        print(text)
        return
    old = arguments.output.read_text() if arguments.output.exists() else ""
    arguments.output.write_text(text + BELOW + (old.split(BELOW, 1)[1] if BELOW in old else ""))
    print(text)


if __name__ == "__main__":
    main()
