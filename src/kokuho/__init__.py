"""Kokuho: the system a Japanese municipality runs its National Health Insurance (国民健康保険) on."""

__version__ = "0.1.0"
