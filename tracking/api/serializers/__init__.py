"""What requests may say (requests, filters) and what answers look like (answers)."""
