"""Progress shown while a model is made ready, and quiet for libraries that chatter."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Show a line with a clock on standard error; call the value with what is being done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title)
        yield lambda part: progress.update(task, description=f"{title}: {part}")


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the log and the progress bars of transformers inside the block."""
    from transformers.utils import logging as hf_logging

    level = hf_logging.get_verbosity()
    bars = hf_logging.is_progress_bar_enabled()
    hf_logging.set_verbosity_error()
    hf_logging.disable_progress_bar()
    gguf = logging.getLogger("gguf")
    gguf_level = gguf.level
    gguf.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        hf_logging.set_verbosity(level)
        gguf.setLevel(gguf_level)
        if bars:
            hf_logging.enable_progress_bar()
