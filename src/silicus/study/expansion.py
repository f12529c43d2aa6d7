"""From pairs to models and comparisons: who is asked in which format, each of them once.

A base model is asked in plain text and an aligned one through its chat template (its *native*
format); with ``cells: all`` each is also asked in the other format. A base model in chat borrows
the template of its partner. Where one base has several partners in a study it borrows several
templates, and each of those is a predictor of its own, called ``BASE@PARTNER``, so that no two
rows of the score table are about different texts under one name.
"""

import re

from silicus.errors import StudyError
from silicus.pair_records import Model, Pair
from silicus.pairs import Registry
from silicus.study.file import ALL, NAME, PUBLISHED, Comparison, ModelEntry, StudyFile

N_PUBLISHED = 120


def chosen_pairs(study: StudyFile, held: Registry) -> tuple[Pair, ...]:
    """Return the pairs that a study names, in its order, the published ones in their own.

    Raises
    ------
    StudyError
        If an id is unknown; the nearest one is suggested.
    """
    chosen: dict[str, Pair] = {}
    for name in study.pairs:
        if name == PUBLISHED:
            named = [pair for pair in held.pairs() if pair.row is not None]
            assert len(named) == N_PUBLISHED, "the registry lists the published pairs"
        else:
            named = [held.pair(name)]
        for pair in named:
            chosen.setdefault(pair.pair_id, pair)
    return tuple(chosen.values())


def expand(study: StudyFile, held: Registry) -> StudyFile:
    """Return the study with the models and comparisons of its pairs added to its own.

    A model that the study lists itself, in the same format and with the same template, stays as
    listed (its ``dtype`` and ``device`` hold); every other one is scored once per format and
    template, in however many pairs it is.

    Parameters
    ----------
    study : StudyFile
    held : Registry
        Where the pairs are looked up.

    Returns
    -------
    StudyFile

    Raises
    ------
    StudyError
        If a pair is unknown, one model is the base of one pair and the aligned model of another,
        weights of a model are nowhere to be had, or the study lists a model differently.
    """
    pairs = chosen_pairs(study, held)
    _refuse_two_roles(pairs)
    partners: dict[str, list[str]] = {}
    for pair in pairs:
        partners.setdefault(pair.base, []).append(pair.aligned)
    entries: dict[tuple[str, str], ModelEntry] = {
        (entry.predictor_id, entry.format): entry for entry in study.models
    }
    compared = [*study.comparisons]
    for pair in pairs:
        base, aligned = held.model(pair.base), held.model(pair.aligned)
        wanted = [_entry(base, "base", "plain"), _entry(aligned, "aligned", "chat")]
        compared.append(Comparison(base=pair.base, aligned=pair.aligned))
        if study.cells == ALL:
            shared = len(set(partners[pair.base])) > 1
            borrowed = _entry(base, "base", "chat", partner=aligned, shared=shared)
            wanted += [borrowed, _entry(aligned, "aligned", "plain")]
            if shared:
                control = borrowed.predictor_id
                compared.append(Comparison(base=control, aligned=pair.aligned, control=True))
        for entry in wanted:
            _add(entries, entry, pair)
    return study.model_copy(
        update={
            "models": tuple(entries.values()),
            "comparisons": tuple({(c.base, c.aligned): c for c in compared}.values()),
        }
    )


def _refuse_two_roles(pairs: tuple[Pair, ...]) -> None:
    """Refuse a model that is the base of one pair and aligned in another: it has no own format."""
    as_aligned = {pair.aligned: pair for pair in pairs}
    for pair in pairs:
        other = as_aligned.get(pair.base)
        if other is not None:
            raise StudyError(
                f'"{pair.base}" is the base model of the pair "{pair.pair_id}" and the aligned '
                f'model of the pair "{other.pair_id}", so its native format would be plain and '
                "chat at once. Put the two pairs into two studies."
            )


def _entry(
    model: Model,
    role: str,
    format: str,
    *,
    partner: Model | None = None,
    shared: bool = False,
) -> ModelEntry:
    """Return how a member of a pair is asked; ``partner`` lends its template."""
    if not re.match(NAME, model.id):
        raise StudyError(
            f'the model name "{model.id}" cannot be used in a study: names hold letters, digits, '
            "dots, dashes and underscores. Rename the folder it comes from."
        )
    if not model.sources:
        raise StudyError(
            f'the registry knows no place where the weights of "{model.id}" can be had. Name a '
            "local copy in a pairs_file (base: folder:PATH)."
        )
    facts: dict[str, str | None] = {"name": model.id, "format": format, "kind": role}
    if _is_own(model):
        facts |= {"source": model.sources[0], "provider": model.provider}
    if partner is not None:
        facts["chat_template_of"] = partner.sources[0] if _is_own(partner) else partner.id
        if shared:
            facts["predictor"] = f"{model.id}@{partner.id}"
    return ModelEntry.model_validate(facts)


def _is_own(model: Model) -> bool:
    """Return whether a model comes from the user's pairs file, not from silicus's registry."""
    return model.facts.get("sources") == "user"


def _add(entries: dict[tuple[str, str], ModelEntry], entry: ModelEntry, pair: Pair) -> None:
    """Add an entry unless the study has it; refuse one that would stand for something else."""
    listed = entries.setdefault((entry.predictor_id, entry.format), entry)
    for name in ("source", "chat_template_of"):
        found, wanted = getattr(listed, name), getattr(entry, name)
        if found != wanted:
            raise StudyError(
                f'the study lists the model "{entry.predictor_id}" in format {entry.format} with '
                f'{name} {found or "left out"}, but the pair "{pair.pair_id}" needs '
                f"{wanted or 'it left out'}. Leave the model out of models, or the pair out of "
                "pairs."
            )
