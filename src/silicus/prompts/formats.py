"""From a script (rules, rounds, a question) to messages: plain text or a chat.

Past answers stand in both formats exactly as an answer is asked for, and the text up to round t
is the beginning of the text up to round t + 1, so that an engine can compute the common part once.
"""

from silicus.prompts.base import Script

GAP = "\n\n"
"""Between a turn and the next one."""


def plain(script: Script) -> list[dict[str, str]]:
    """Return one ``user`` message: rules, then each round and the answer given in it, in order.

    It ends with a line break, after which the answer's first words follow.
    """
    turns = dialogue(script)
    text = ""
    for before, turn in zip([None, *turns], turns, strict=False):
        if before is not None:
            text += "\n" if turn["role"] == "assistant" else GAP
        text += turn["content"]
    return [{"role": "user", "content": text + "\n"}]


def dialogue(script: Script) -> list[dict[str, str]]:
    """Return rules as ``system`` turn, then rounds asked (``user``) and answered (``assistant``).

    The last turn asks for this choice. A round without an answer of the participant is told in
    the next ``user`` turn.
    """
    turns = [{"role": "system", "content": script.rules}] if script.rules else []
    waiting: list[str] = []
    for step in script.steps:
        waiting.append(step.text)
        if step.answer is not None:
            turns.append({"role": "user", "content": GAP.join(waiting)})
            turns.append({"role": "assistant", "content": step.answer})
            waiting = []
    turns.append({"role": "user", "content": GAP.join(waiting)})
    return turns


def single_message(script: Script) -> list[dict[str, str]]:
    """Return the rules as ``system`` turn and the whole history with the question as one turn."""
    text = plain(Script("", script.steps))[0]["content"].rstrip("\n")
    rules = [{"role": "system", "content": script.rules}] if script.rules else []
    return [*rules, {"role": "user", "content": text}]
