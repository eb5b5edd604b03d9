"""What needs a human: what a buyer reports, kept until somebody has answered."""
