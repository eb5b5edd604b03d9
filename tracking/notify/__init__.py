"""WHO IS TOLD: news becomes deliveries, one for each who wants it, and they are sent until they have arrived."""
