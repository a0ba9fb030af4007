"""What keeps the rows of the decision log as they are, in the database itself: whoever asks, nothing is changed."""

# Five years, in milliseconds: what is older may be deleted.
KEPT_MS = 157_766_400_000
REFUSAL = "The decision log is append-only."

_SAME = (
    *("entry_id", "account_id", "at", "recorded_at", "what", "who", "by", "standing", "programme"),
    *("channel", "rule", "reason", "consent", "version"),
)
# All that an erasure does: whose it was is a hash from then on, and what names their records is gone.
_ERASES = (
    "NEW.contact_id IS NULL AND OLD.contact_id IS NOT NULL AND NEW.contact_hash IS NOT NULL"
    " AND OLD.contact_hash IS NULL"
    " AND (NEW.evidence IS NULL OR NEW.evidence = OLD.evidence)"
    " AND (NEW.subject IS NULL OR NEW.subject = OLD.subject)"
)


def _same() -> str:
    return " AND ".join(f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in _SAME)


def _sqlite() -> tuple[str, ...]:
    return (
        f"""CREATE TRIGGER decision_log_deleted BEFORE DELETE ON decision_log
WHEN OLD.recorded_at > CAST(strftime('%s', 'now') AS INTEGER) * 1000 - {KEPT_MS}
BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
        f"""CREATE TRIGGER decision_log_changed BEFORE UPDATE ON decision_log
WHEN NOT ({_ERASES} AND {_same().replace("IS NOT DISTINCT FROM", "IS")})
BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    )


def _postgresql() -> tuple[str, ...]:
    return (
        f"""CREATE FUNCTION decision_log_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.recorded_at <= (extract(epoch FROM now()) * 1000)::bigint - {KEPT_MS} THEN
      RETURN OLD;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF {_ERASES} AND {_same()} THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION '{REFUSAL}';
END $$""",
        """CREATE TRIGGER decision_log_rows BEFORE UPDATE OR DELETE ON decision_log
FOR EACH ROW EXECUTE FUNCTION decision_log_guard()""",
        """CREATE TRIGGER decision_log_whole BEFORE TRUNCATE ON decision_log
FOR EACH STATEMENT EXECUTE FUNCTION decision_log_guard()""",
    )


GUARDS = {"sqlite": _sqlite(), "postgresql": _postgresql()}
UNGUARDS = {
    # SQLite's triggers go with their table.
    "sqlite": (),
    "postgresql": ("DROP FUNCTION decision_log_guard()",),
}
