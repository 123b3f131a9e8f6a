"""The log of objections is append-only, in the database too (as the complaints' log is), and the
notices that every renovated community owes its residents.

The days are ours: the public texts ask for publicity, and name few deadlines. They can be changed
as data. N02 and N01 are mostly a county's; they cover the communities they are posted for.
"""

from django.db import migrations

POSTGRESQL = [
    """
    CREATE FUNCTION notices_objection_event_append_only() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'objection events are append-only';
    END;
    $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER notices_objection_event_append_only
    BEFORE UPDATE OR DELETE ON notices_objectionevent
    FOR EACH ROW EXECUTE FUNCTION notices_objection_event_append_only()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER notices_objection_event_append_only ON notices_objectionevent",
    "DROP FUNCTION notices_objection_event_append_only()",
]
SQLITE = [
    """
    CREATE TRIGGER notices_objection_event_append_only
    BEFORE UPDATE ON notices_objectionevent
    BEGIN
        SELECT RAISE(ABORT, 'objection events are append-only');
    END
    """,
]
SQLITE_BACK = ["DROP TRIGGER notices_objection_event_append_only"]

CALENDAR, WORKING = "CALENDAR", "WORKING"

#: type, phase, counted from, days, unit
REQUIRED = [
    ("N01", "PLANNING", "WORKS_START", 0, CALENDAR),
    ("N02", "PLANNING", "WORKS_START", 0, CALENDAR),
    ("N03", "PLANNING", "WORKS_START", 0, CALENDAR),
    ("N04", "PLANNING", "WORKS_START", 0, CALENDAR),
    ("N05", "PLANNING", "PLAN_ENDED", 10, WORKING),
    ("N06", "PLANNING", "WORKS_START", 0, CALENDAR),
    ("N08", "PLANNING", "WORKS_START", 0, CALENDAR),
    ("N09", "WORKS", "WORKS_START", -7, CALENDAR),
    ("N12", "WORKS", "WORKS_START", 31, CALENDAR),
    ("N14", "ACCEPTANCE", "ACCEPTED", 7, WORKING),
    ("N15", "AFTER", "ACCOUNTS_FILED", 20, WORKING),
]


def _run(schema_editor, postgresql, sqlite):
    vendor = schema_editor.connection.vendor
    for statement in {"postgresql": postgresql, "sqlite": sqlite}.get(vendor, []):
        schema_editor.execute(statement)


def guard(apps, schema_editor):
    _run(schema_editor, POSTGRESQL, SQLITE)


def unguard(apps, schema_editor):
    _run(schema_editor, POSTGRESQL_BACK, SQLITE_BACK)


def require_notices(apps, schema_editor):
    kinds = {kind.code: kind for kind in apps.get_model("notices", "NoticeType").objects.all()}
    apps.get_model("notices", "RequiredNotice").objects.bulk_create(
        apps.get_model("notices", "RequiredNotice")(
            notice_type=kinds[code], phase=phase, clock=clock, amount=amount, unit=unit
        )
        for code, phase, clock, amount, unit in REQUIRED
    )


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_objections_and_required_notices")]

    operations = [
        migrations.RunPython(guard, unguard),
        migrations.RunPython(require_notices, migrations.RunPython.noop),
    ]
