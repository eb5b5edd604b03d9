"""Ten carriers on one port: their wire formats served from scripted journeys, for the demo, tests, load and fault runs.

Written from the carriers' documents, never from `carriers.adapters`: the two must be able to disagree
(docs/sandbox.md).
"""
