"""PostgreSQL's functions, as the migrations create them.

They run with the rights of who owns the store, so that no application needs UPDATE on
``feed_head`` or ``series`` nor INSERT on ``feed_event``: what they write they make or check
themselves. The owner is believed, all others only what ``feed_right`` lets their role append.
What doesn't follow is a serialization failure: the clock may have moved, or midnight passed,
between the two messages of a command, and a second try is right.
"""

from __future__ import annotations

_DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

CLOCK = f"""
CREATE FUNCTION anjungan_clock() RETURNS bigint LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
BEGIN
  -- A test's clock; only the owner may set one.
  IF session_user = current_user AND current_setting('anjungan.clock', true) <> '' THEN
    RETURN current_setting('anjungan.clock')::bigint;
  END IF;
  -- Not now(): that is when the transaction began, before it had the lock.
  RETURN (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
END $$
"""

# Two statements, so that the second sees all that the lock's last holder wrote.
OPEN = f"""
CREATE FUNCTION anjungan_open(p_site text, p_request uuid,
  OUT seq bigint, OUT hash text, OUT business_date text, OUT at bigint, OUT time_zone text,
  OUT is_always_open boolean, OUT catalogue_hash text, OUT ordinary_min int,
  OUT priority_min int, OUT booked_min int, OUT returned_min int,
  OUT e_seq bigint, OUT e_kind text, OUT e_request uuid, OUT e_ticket uuid, OUT e_turn uuid,
  OUT e_counter text, OUT e_actor text, OUT e_data text, OUT e_at bigint, OUT e_hash text,
  OUT clock bigint)
RETURNS SETOF record LANGUAGE plpgsql VOLATILE ROWS 1 {_DEFINER} AS $$
BEGIN
  SELECT h.seq, h.hash, h.business_date, h.at INTO seq, hash, business_date, at
    FROM feed_head h WHERE h.site = p_site FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT s.time_zone, s.is_always_open, s.catalogue_hash, s.ordinary_min, s.priority_min,
      s.booked_min, s.returned_min, e.seq, e.kind, e.request, e.ticket, e.turn, e.counter,
      e.actor, e.data, e.at, e.hash, anjungan_clock()
    INTO time_zone, is_always_open, catalogue_hash, ordinary_min, priority_min, booked_min,
      returned_min, e_seq, e_kind, e_request, e_ticket, e_turn, e_counter, e_actor, e_data,
      e_at, e_hash, clock
    FROM site s LEFT JOIN feed_event e ON e.site = s.code AND e.request = p_request
    WHERE s.code = p_site;
  RETURN NEXT;
END $$
"""

# JSON text as rules.chain.canonical writes it: pure ASCII.
JSON = r"""
CREATE FUNCTION anjungan_json(p_text text) RETURNS text LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  quoted text := coalesce(to_json(p_text)::text, 'null');
  code int;
  found text := '';
BEGIN
  IF quoted !~ '[^ -~]' THEN
    RETURN quoted;
  END IF;
  FOREACH code IN ARRAY (SELECT array_agg(ascii(c)) FROM regexp_split_to_table(quoted, '') c) LOOP
    found := found || CASE
      WHEN code BETWEEN 32 AND 126 THEN chr(code)
      WHEN code < 65536 THEN '\u' || lpad(to_hex(code), 4, '0')
      ELSE '\u' || to_hex(55296 + ((code - 65536) >> 10))
        || '\u' || to_hex(56320 + ((code - 65536) & 1023))
    END;
  END LOOP;
  RETURN found;
END $$
"""

APPEND = f"""
CREATE FUNCTION anjungan_append(p_site text, p_seq bigint, p_kind text, p_request uuid,
  p_ticket uuid, p_turn uuid, p_counter text, p_actor text, p_data text, p_at bigint)
RETURNS void LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
DECLARE
  digest text;
BEGIN
  IF session_user <> current_user AND NOT EXISTS (
      SELECT FROM feed_right r WHERE r.kind IN (p_kind, '*') AND starts_with(p_actor, r.actor)
        AND pg_has_role(session_user, r.role::name, 'member')) THEN
    RAISE insufficient_privilege USING MESSAGE =
      format('%s may not append %s as %s', session_user, p_kind, p_actor);
  END IF;
  -- Readers take it apart: what is no JSON would end them all.
  PERFORM p_data::json;
  UPDATE feed_head h SET seq = p_seq, at = p_at,
      hash = encode(sha256(convert_to(h.hash || E'\\n' || concat(
        '{{"actor":', anjungan_json(p_actor), ',"at":', p_at,
        ',"counter":', anjungan_json(p_counter), ',"data":', anjungan_json(p_data),
        ',"kind":', anjungan_json(p_kind), ',"request":', anjungan_json(p_request::text),
        ',"seq":', p_seq, ',"site":', anjungan_json(p_site),
        ',"ticket":', anjungan_json(p_ticket::text),
        ',"turn":', anjungan_json(p_turn::text), '}}'), 'UTF8')), 'hex')
    WHERE h.site = p_site AND h.seq = p_seq - 1
      -- A supervisor who confirms the date may lead the hall back out of a wrong future.
      AND (p_at >= h.at OR p_kind = 'DayConfirmed')
      AND p_at <= greatest(h.at, anjungan_clock())
    RETURNING h.hash INTO digest;
  IF digest IS NULL THEN
    RAISE serialization_failure USING MESSAGE =
      format('event %s of %s at %s does not follow', p_seq, p_site, p_at);
  END IF;
  INSERT INTO feed_event
    (site, seq, kind, request, ticket, turn, counter, actor, data, at, hash)
    VALUES (p_site, p_seq, p_kind, p_request, p_ticket, p_turn, p_counter, p_actor, p_data,
      p_at, digest);
  -- A hint only; it carries nothing but the site, and is sent by the commit.
  PERFORM pg_notify('anjungan', p_site);
END $$
"""

GIVE_NUMBER = f"""
CREATE FUNCTION anjungan_give_number(p_site text, p_business_date text, p_prefix text,
  p_number int, p_at bigint, p_ticket uuid, p_request uuid, p_language text, p_channel text,
  p_party_size int, p_priority text, p_station text)
RETURNS void LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
BEGIN
  -- Only the next number of the present date is to be had, and at no time but the present.
  IF p_number = 1 THEN
    INSERT INTO series (site, business_date, prefix, last, last_at)
      SELECT h.site, h.business_date, p_prefix, 1, p_at FROM feed_head h
      WHERE h.site = p_site AND h.business_date = p_business_date AND p_at >= h.at
        AND p_at <= greatest(h.at, anjungan_clock());
  ELSE
    UPDATE series s SET last = p_number, last_at = p_at FROM feed_head h
      WHERE h.site = p_site AND h.business_date = p_business_date AND p_at >= h.at
        AND p_at <= greatest(h.at, anjungan_clock())
        AND s.site = p_site AND s.business_date = p_business_date AND s.prefix = p_prefix
        AND s.last = p_number - 1;
  END IF;
  IF NOT FOUND THEN
    RAISE serialization_failure USING MESSAGE =
      format('%s-%s of %s is not the next number', p_prefix, p_number, p_business_date);
  END IF;
  INSERT INTO ticket (id, site, business_date, prefix, number, request, language, channel,
      party_size, priority, station, issued_at)
    VALUES (p_ticket, p_site, p_business_date, p_prefix, p_number, p_request, p_language,
      p_channel, p_party_size, p_priority, p_station, p_at);
END $$
"""

# 31 days: rules.clock.LONGEST_REST, beyond which a supervisor has to confirm the date.
BEGIN_DAY = f"""
CREATE FUNCTION anjungan_begin_day(p_site text, p_old text, p_next text, p_at bigint)
RETURNS void LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
DECLARE
  today date;
  last date;
BEGIN
  SELECT (to_timestamp(greatest(h.at, anjungan_clock()) / 1000000.0)
      AT TIME ZONE s.time_zone)::date, h.business_date::date INTO today, last
    FROM feed_head h JOIN site s ON s.code = h.site
    WHERE h.site = p_site AND h.business_date = p_old FOR NO KEY UPDATE OF h;
  IF last IS NULL OR NOT (session_user = current_user
      OR coalesce(pg_has_role(session_user, to_regrole('anjungan_admin'), 'member'), false)
      OR (p_next::date = today AND today > last AND today - last <= 31)) THEN
    RAISE serialization_failure USING MESSAGE =
      format('the day of %s does not go from %s to %s', p_site, p_old, p_next);
  END IF;
  UPDATE turn SET status = 'closed', outcome = 'closed', ended_at = p_at
    WHERE site = p_site AND business_date = p_old
      AND status IN ('waiting', 'called', 'serving', 'held');
  UPDATE feed_head SET business_date = p_next WHERE site = p_site;
END $$
"""

# Which row of a quota holds, the program knows; never more than the largest of them allows.
TAKE_PLACE = f"""
CREATE FUNCTION anjungan_take_place(p_site text, p_today text, p_service text, p_pool text)
RETURNS void LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
DECLARE
  most int;
BEGIN
  SELECT max(q.places) INTO most FROM quota q JOIN feed_head h ON h.site = q.site
    WHERE q.site = p_site AND q.service = p_service AND q.pool = p_pool
      AND q.day IN ('', p_today) AND h.business_date = p_today;
  INSERT INTO quota_used AS u (site, business_date, service, pool, used)
    SELECT p_site, p_today, p_service, p_pool, 1 WHERE most > 0
    ON CONFLICT (site, business_date, service, pool) DO UPDATE SET used = u.used + 1
      WHERE u.used < most;
  IF NOT FOUND THEN
    RAISE serialization_failure USING MESSAGE =
      format('%s has no place left in %s of %s', p_service, p_pool, p_today);
  END IF;
END $$
"""

# What is due by the hall's own date only, whoever asks. The condition twice: with the inner one
# alone the planner may walk through all the table.
PURGE = f"""
CREATE FUNCTION anjungan_purge(p_site text, p_today text, p_batch int)
RETURNS SETOF text LANGUAGE sql VOLATILE {_DEFINER} AS $$
  DELETE FROM personal_datum WHERE site = p_site AND purge_on <= p_today AND (ticket, field) IN (
      SELECT d.ticket, d.field FROM personal_datum d JOIN feed_head h ON h.site = d.site
      WHERE d.site = p_site AND d.purge_on <= p_today AND p_today <= h.business_date
      ORDER BY d.purge_on, d.ticket, d.field LIMIT p_batch)
    RETURNING field
$$
"""

# A station's word of its own: the first who wrote a row keeps it.
BEAT = f"""
CREATE FUNCTION anjungan_beat(p_site text, p_station text, p_device text, p_state text,
  p_detail text)
RETURNS void LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
BEGIN
  INSERT INTO device_state AS d (site, station, device, state, detail, at, owner)
    VALUES (p_site, p_station, p_device, p_state, p_detail, anjungan_clock(), session_user)
    ON CONFLICT (site, station, device) DO UPDATE
      SET state = excluded.state, detail = excluded.detail, at = excluded.at,
        owner = excluded.owner
      -- What the owner wrote before there were users is anybody's.
      WHERE d.owner IN (session_user, current_user, '');
  IF NOT FOUND THEN
    RAISE insufficient_privilege USING MESSAGE =
      format('%s of %s belongs to another user than %s', p_device, p_station, session_user);
  END IF;
END $$
"""

ANNOUNCED = f"""
CREATE FUNCTION anjungan_announced(p_site text, p_station text, p_call_seq bigint)
RETURNS void LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
BEGIN
  PERFORM anjungan_beat(p_site, p_station, 'announcer', 'ready', '');
  INSERT INTO announcement (site, station, call_seq, at)
    VALUES (p_site, p_station, p_call_seq, anjungan_clock()) ON CONFLICT DO NOTHING;
  DELETE FROM announcement a
    WHERE a.site = p_site AND a.station = p_station AND a.call_seq < p_call_seq - 10000;
END $$
"""

# A new function may be called by everybody, unless that is taken away.
REVOKE = """
DO $$
DECLARE
  ours regprocedure;
BEGIN
  FOR ours IN SELECT p.oid FROM pg_proc p WHERE starts_with(p.proname, 'anjungan_')
      AND p.pronamespace = current_schema()::regnamespace LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', ours);
  END LOOP;
END $$
"""

FUNCTIONS_0002 = (
    CLOCK,
    OPEN,
    JSON,
    APPEND,
    GIVE_NUMBER,
    BEGIN_DAY,
    TAKE_PLACE,
    PURGE,
    BEAT,
    ANNOUNCED,
)
"""What revision 0002 creates, in this order."""
