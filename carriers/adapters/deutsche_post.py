"""Deutsche Post: letters and small goods, told by DHL's Shipment Tracking - Unified as its service "post-de"."""

from __future__ import annotations

from carriers.adapters.dhl_unified import DhlUnified


class DeutschePost(DhlUnified):
    slug = "deutsche_post"
