"""A merchant's own meanings of carriers' codes and wordings: what people decided, before any fact sheet says it.

Below `shipments`, because the recorder asks it; the queue, the replay and the export stand above, in `mapping`.
"""
