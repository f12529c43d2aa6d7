"""How ``silicus plan`` prints: texts by data set, then models, then the whole."""

from typing import Any

import polars as pl

from silicus.cli.printing import print_table, stdout


def print_plan(plans: list[dict[str, Any]]) -> None:
    """Print what :func:`silicus.study.plan_study` returns."""
    formats = {plan["format"]: plan for plan in reversed(plans)}
    texts = [
        {
            "data set": dataset,
            "format": format,
            "decisions": f"{counts['n_decisions']:,}",
            "wordings": counts["n_formulations"],
            "prompts": f"{counts['n_prompts']:,}",
            "distinct": f"{counts['n_distinct']:,}",
            "chars": _short(counts["n_characters_naive"]),
        }
        for format, plan in sorted(formats.items(), reverse=True)
        for dataset, counts in plan["datasets"].items()
    ]
    print_table(pl.DataFrame(texts), title="What every model is shown")
    models = [
        {
            "model": plan["predictor"],
            "format": plan["format"],
            "billion": plan["size_billion"],
            "tokens": _tokens(plan, "n_tokens_computed"),
            "naive": _tokens(plan, "n_tokens_naive"),
            "petaflop": plan["petaflop"],
            "time here": _duration(plan["seconds"]),
        }
        for plan in plans
    ]
    print_table(pl.DataFrame(models, infer_schema_length=None), title="What each computes")
    for line in _whole(plans):
        stdout.print(line, highlight=False, soft_wrap=True)


def _whole(plans: list[dict[str, Any]]) -> list[str]:
    """Return the sums over all models, and what the numbers rest on."""
    n_models = len({plan["predictor"].partition("@")[0] for plan in plans})
    lines = [
        f"{n_models} models in {len(plans)} cells: "
        f"{sum(plan['n_distinct'] for plan in plans):,} distinct prompts."
    ]
    if all(plan["n_tokens_computed"] is not None for plan in plans):
        naive = sum(plan["n_tokens_naive"] for plan in plans)
        computed = sum(plan["n_tokens_computed"] for plan in plans)
        lines.append(
            f"{_short(computed)} tokens computed, each distinct beginning of a prompt once; "
            f"{_short(naive)} ({naive / computed:.1f} times as many) with every option of every "
            "prompt in a sequence of its own."
        )
        sized = [plan["petaflop"] for plan in plans if plan["petaflop"] is not None]
        lines.append(f"About {sum(sized):,.0f} petaflop (2 x parameters x tokens computed).")
    else:
        lines.append("No tokenizer is at hand for some models: no tokens are counted for them.")
    stand_ins = sorted({plan["tokenizer"] for plan in plans if not plan["at_hand"]} - {None})
    lines += [
        f"~: tokens of models that are not on this machine are estimated by the tokenizer {name}; "
        "no time is estimated for them."
        for name in (text.removeprefix("that ") for text in stand_ins)
    ]
    seconds = [plan["seconds"] for plan in plans if plan["seconds"] is not None]
    if seconds:
        lines.append(
            f"Time on this machine, of the {len(seconds)} cells whose model is here: "
            f"{_duration(sum(seconds))} (estimated by scoring some prompts of each)."
        )
    return lines


def _tokens(plan: dict[str, Any], name: str) -> str:
    """Return a number of tokens, marked where another model's tokenizer counted them."""
    return ("" if plan["at_hand"] or plan[name] is None else "~") + _short(plan[name])


def _short(number: int | None) -> str:
    """Return a large number readably.

    Examples
    --------
    >>> _short(61_234_567), _short(1234), _short(None)
    ('61.2 M', '1,234', '-')
    """
    if number is None:
        return "-"
    for unit, name in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number:,}"


def _duration(seconds: float | None) -> str:
    """Return a time readably.

    Examples
    --------
    >>> _duration(42), _duration(600), _duration(30_000)
    ('42 s', '10 min', '8.3 h')
    """
    if seconds is None:
        return "-"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
