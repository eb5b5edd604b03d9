"""What a migration must not do to a site that is up: old code runs on new tables until the last process is restarted.

Expand (add what both can live with), backfill (in batches, outside the migration), contract (a release later, when no
process knows the old any more). A contracting migration says so: `is_contract = True` in its class. Those of the first
release make tables that nobody uses yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

CONTRACT = "contract a release later, in a migration with `is_contract = True`"
# Operation -> what it does to a running site, and what to do instead.
FORBIDDEN = {
    "RemoveField": f"old code still names the column: {CONTRACT}",
    "DeleteModel": f"old code still names the table: {CONTRACT}",
    "RenameField": "old code still names the column: add another, write both, backfill, contract",
    "RenameModel": "old code still names the table: set db_table to the old name",
    "AlterModelTable": "old code still names the table",
    "AddIndex": "writers wait while it is built: AddIndexConcurrently, with `atomic = False`",
    "RemoveIndex": "takes an exclusive lock: RemoveIndexConcurrently, with `atomic = False`",
    "AddConstraint": "locks the table while every row is checked: AddConstraintNotValid, then ValidateConstraint",
    "AlterField": "may write the table anew under a lock: add another column; or, once sure, `is_contract = True`",
    "RunPython": "holds its locks until it ends: backfill in batches by a command",
}
CONTRACTING = frozenset({"RemoveField", "DeleteModel", "AlterField"})
FIRST_RELEASE = frozenset({("shipments", "0002_partitions")})  # beside each app's 0001_initial
_ADDED_NEEDS = "old code inserts rows without it: give it null=True or db_default"


def problems(migrations: Iterable[Any]) -> Iterator[str]:
    """A sentence for each operation of these migrations that a running site would feel."""
    for migration in migrations:
        if migration.name.startswith("0001_") or (migration.app_label, migration.name) in FIRST_RELEASE:
            continue
        is_contract = getattr(migration, "is_contract", False)
        made = {operation.name_lower for operation in migration.operations if _kind(operation) == "CreateModel"}
        for operation in migration.operations:
            kind, where = _kind(operation), f"{migration.app_label}.{migration.name}"
            if kind == "AddField" and not _is_optional(operation) and operation.model_name_lower not in made:
                yield f"{where}: AddField {operation.name}: {_ADDED_NEEDS}"
            if kind not in FORBIDDEN or (is_contract and kind in CONTRACTING):
                continue
            if getattr(operation, "model_name_lower", None) in made:
                continue
            yield f"{where}: {kind}: {FORBIDDEN[kind]}"


def _kind(operation: Any) -> str:
    return type(operation).__name__


def _is_optional(operation: Any) -> bool:
    field = operation.field
    return bool(field.null or field.has_db_default() or field.many_to_many)


def main() -> None:
    """Prints what is wrong with the migrations of our apps; ends with 1 if anything is."""
    import os
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracking.settings")
    import django
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    django.setup()
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("tracking.")}
    loaded = MigrationLoader(None).disk_migrations
    found = list(problems(loaded[key] for key in sorted(loaded) if key[0] in ours))
    for problem in found:
        print(problem)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
