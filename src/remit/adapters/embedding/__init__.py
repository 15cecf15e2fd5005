"""Here text becomes vectors: sentence-transformers compiles a model once, onnxruntime serves it ever after.

A process that embeds never imports torch: the compiling happens in a process of its own, once for each model.
"""
