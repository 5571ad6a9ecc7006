"""Kernels of oneDNN, where it is installed (the extra ``fast``), through its C interface, version 3."""
