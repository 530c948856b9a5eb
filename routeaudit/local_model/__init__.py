"""Local models in GGUF files: what they are, where they lie, and asking them through llama.cpp.

llama.cpp runs in a worker process (`worker.py`), because it ends its process on some faults.
"""
