"""The pages, one module per subject; each reads, asks a service and renders."""
