"""F on a CUDA device: the words on CuPy arrays. Kernel texts stand in the file of their theme, as on the CPU."""
