export const shortSelect =
  'SELECT user_id, username, email, status FROM training.users WHERE user_id = 11111111-2222-4333-8444-555555555555 LIMIT 1'

export const longInsert =
  "INSERT INTO training.users (user_id, username, email, created_at, status, preferences) VALUES (11111111-2222-4333-8444-555555555555, 'a_user', 'a_user@example.com', '2026-11-22', 'active', {'a': 'b'})"

export const insertWithFunctions =
  "INSERT INTO training.users (user_id, username, email, created_at, status, preferences) VALUES (uuid(), 'a_user', 'a_user@example.com', toTimestamp(now()), 'active', {'a': 'b'})"
