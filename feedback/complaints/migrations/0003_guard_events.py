"""The event log is append-only, and the database says so too.

PostgreSQL refuses to change and to delete rows. SQLite refuses to change them; a trigger against
deleting would also stop the emptying of a whole database, so there the model refuses it.
"""

from django.db import migrations

POSTGRESQL = [
    """
    CREATE FUNCTION complaints_event_append_only() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'complaint events are append-only';
    END;
    $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER complaints_event_append_only
    BEFORE UPDATE OR DELETE ON complaints_complaintevent
    FOR EACH ROW EXECUTE FUNCTION complaints_event_append_only()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER complaints_event_append_only ON complaints_complaintevent",
    "DROP FUNCTION complaints_event_append_only()",
]
SQLITE = [
    """
    CREATE TRIGGER complaints_event_append_only
    BEFORE UPDATE ON complaints_complaintevent
    BEGIN
        SELECT RAISE(ABORT, 'complaint events are append-only');
    END
    """,
]
SQLITE_BACK = ["DROP TRIGGER complaints_event_append_only"]


def _run(schema_editor, postgresql, sqlite):
    vendor = schema_editor.connection.vendor
    for statement in {"postgresql": postgresql, "sqlite": sqlite}.get(vendor, []):
        schema_editor.execute(statement)


def guard(apps, schema_editor):
    _run(schema_editor, POSTGRESQL, SQLITE)


def unguard(apps, schema_editor):
    _run(schema_editor, POSTGRESQL_BACK, SQLITE_BACK)


class Migration(migrations.Migration):
    dependencies = [("complaints", "0002_create_categories")]

    operations = [migrations.RunPython(guard, unguard)]
