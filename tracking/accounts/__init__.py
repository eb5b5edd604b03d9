"""Who: merchants, their members and roles, and the keys of their programs."""
