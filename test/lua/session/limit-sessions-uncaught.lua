-- settings: {"runtime.sessions.max_sessions": 1}
-- expect-error: LIMIT_SESSIONS
Session.create()
Session.create()
