"""WHETHER IT WORKS: metrics, the doctor, the reconciliation, the whole work in one process; for operators."""
