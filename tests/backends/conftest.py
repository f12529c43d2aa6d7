"""Tiny random models, built and loaded once."""

from tests.backends.loading import real_backend, tiny_backend, tiny_folder

__all__ = ["real_backend", "tiny_backend", "tiny_folder"]
