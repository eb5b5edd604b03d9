"""Writes many rows in one statement, a column at a time: each column is one array, which PostgreSQL unnests.

A statement with a value per row and column is long to write and longer to parse; this one is the same text for any
number of rows. For fifty shipments Django's `bulk_update`, a CASE per column and row, took longer than everything else
of the write path together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

if TYPE_CHECKING:
    Field = models.Field[Any, Any]
else:
    Field = models.Field


class _Kind(NamedTuple):
    """How a column travels: the type of its array, how a value is written in it, and how it is read from there."""

    type: str
    text: Callable[[Any], str]
    read: str = "told.{name}"


def update_rows(rows: Collection[models.Model], columns: Sequence[str]) -> int:
    """Updates these columns of the rows, found by their primary key (a single column); how many there were."""
    if not rows:
        return 0
    statement, fields = _update(type(next(iter(rows))), tuple(columns))
    return _execute(statement, fields, rows)


def insert_rows(rows: Collection[models.Model]) -> int:
    """Inserts the rows, but for those that a unique constraint finds there already; how many there were. Nothing is
    set on the objects."""
    if not rows:
        return 0
    statement, fields = _insert(type(next(iter(rows))))
    return _execute(statement, fields, rows)


def _execute(statement: str, fields: Sequence[Field], rows: Iterable[models.Model]) -> int:
    columns = zip(*map(attrgetter(*(field.attname for field in fields)), rows), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(statement, [_array(column, field) for column, field in zip(columns, fields, strict=True)])
        return int(cursor.rowcount)


def _array(values: Iterable[Any], field: Field) -> str:
    text = _kind(field).text
    return "{" + ",".join(["NULL" if value is None else text(value) for value in values]) + "}"


@lru_cache(maxsize=64)
def _update(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, list[Field]]:
    key = model._meta.pk
    fields = [field for field in map(model._meta.get_field, columns) if isinstance(field, models.Field)]
    if key is None or len(fields) < len(columns):
        raise TypeError(f"{model.__name__} cannot be updated in bulk by {columns}")
    table = connection.ops.quote_name(model._meta.db_table)
    settings = ", ".join(f"{_name(field)} = {_read(field)}" for field in fields)
    statement = (
        f"UPDATE {table} AS kept SET {settings} "  # noqa: S608  names come from the model alone
        f"FROM {_unnested([key, *fields])} WHERE kept.{_name(key)} = told.{_name(key)}"
    )
    return statement, [key, *fields]


@lru_cache(maxsize=64)
def _insert(model: type[models.Model]) -> tuple[str, list[Field]]:
    fields = list(model._meta.concrete_fields)
    table = connection.ops.quote_name(model._meta.db_table)
    columns, values = ", ".join(map(_name, fields)), ", ".join(map(_read, fields))
    statement = (
        f"INSERT INTO {table} ({columns}) "  # noqa: S608
        f"SELECT {values} FROM {_unnested(fields)} ON CONFLICT DO NOTHING"
    )
    return statement, fields


def _unnested(fields: Sequence[Field]) -> str:
    arrays = ", ".join(f"%s::{_kind(field).type}[]" for field in fields)
    names = ", ".join(map(_name, fields))
    return f"unnest({arrays}) AS told ({names})"


def _read(field: Field) -> str:
    return _kind(field).read.format(name=_name(field))


def _name(field: Field) -> str:
    return connection.ops.quote_name(str(field.column))


@lru_cache(maxsize=512)
def _kind(field: Field) -> _Kind:
    if isinstance(field, models.ForeignKey):
        return _kind(field.target_field)
    if isinstance(field, ArrayField):
        # Unnesting goes through every level of an array, so this one travels as the text that it is written as.
        return _Kind("text", lambda values: _quoted(_array(values, field.base_field)), f"told.{{name}}::{_type(field)}")
    if isinstance(field, models.JSONField):
        return _Kind("jsonb", lambda value: _quoted(json.dumps(value, cls=field.encoder)))
    for kinds, text in _TEXTS:
        if isinstance(field, kinds):
            is_text = isinstance(field, models.CharField | models.TextField)  # whose length PostgreSQL is to check
            return _Kind("text" if is_text else _type(field), text)
    raise TypeError(f"no way is known to write {field} in bulk")


def _type(field: Field) -> str:
    return str(field.rel_db_type(connection))


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_TEXTS: tuple[tuple[type[Field] | tuple[type[Field], ...], Callable[[Any], str]], ...] = (
    (models.UUIDField, lambda value: f"{value.int:032x}"),
    ((models.CharField, models.TextField), _quoted),
    (models.BooleanField, lambda value: "t" if value else "f"),
    ((models.IntegerField, models.FloatField), str),
    (models.DateField, lambda value: value.isoformat()),  # and instants, which are dates to Django
    (models.BinaryField, lambda value: f'"\\\\x{bytes(value).hex()}"'),
)
