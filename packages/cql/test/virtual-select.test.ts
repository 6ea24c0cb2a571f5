import { parseVirtualSelect } from '@zdmkit/cql'
import { describe, expect, it } from 'vitest'

describe('parseVirtualSelect', () => {
  it('reads every clause', () => {
    expect(
      parseVirtualSelect(
        'SELECT Key, "Rack" AS R, count(*) AS "N" FROM system.local WHERE key = \'local\' AND x = ? LIMIT 5 ALLOW FILTERING;',
      ),
    ).toStrictEqual({
      table: 'local',
      selectors: [
        { kind: 'column', name: 'key', alias: null },
        { kind: 'column', name: 'Rack', alias: 'r' },
        { kind: 'count', alias: 'N' },
      ],
      where: [
        { column: 'key', operator: '=', value: { kind: 'literal', text: 'local' } },
        { column: 'x', operator: '=', value: { kind: 'marker', name: null } },
      ],
      limit: 5,
    })
  })

  it.each([
    ['SELECT * FROM system.local', 'local'],
    ['select * from SYSTEM.Peers;', 'peers'],
    ['SELECT * FROM "system"."peers_v2"', 'peers_v2'],
    ['/* driver */ SELECT * FROM system . local -- x', 'local'],
  ])('knows the table of %s', (text, table) => {
    expect(parseVirtualSelect(text)).toStrictEqual({ table, selectors: '*', where: [], limit: null })
  })

  it('takes the keyspace of the connection where the text names none', () => {
    expect(parseVirtualSelect('SELECT * FROM local', 'system')).toMatchObject({ table: 'local' })
    expect(parseVirtualSelect('SELECT * FROM local', 'ks')).toBeNull()
    expect(parseVirtualSelect('SELECT * FROM local')).toBeNull()
    expect(parseVirtualSelect('SELECT * FROM ks.local', 'system')).toBeNull()
  })

  it.each([
    'SELECT * FROM system.size_estimates',
    'SELECT * FROM system_schema.tables',
    'SELECT * FROM system_auth.roles',
    'SELECT * FROM "System".local',
    'SELECT * FROM system."Local"',
    'SELECT * FROM ks.peers',
    "INSERT INTO system.local (key) VALUES ('x')",
    'UPDATE system.local SET a = 1 WHERE key = 1',
    'USE system',
    'SELECT * FROM',
    '',
  ])('leaves %s alone', (text) => {
    expect(parseVirtualSelect(text)).toBeNull()
  })

  it.each([
    ['count(*)', [{ kind: 'count', alias: null }]],
    ['COUNT ( 1 )', [{ kind: 'count', alias: null }]],
    ['count', [{ kind: 'column', name: 'count', alias: null }]],
    ['count AS c', [{ kind: 'column', name: 'count', alias: 'c' }]],
    ['json', [{ kind: 'column', name: 'json', alias: null }]],
    ['distinct AS d', [{ kind: 'column', name: 'distinct', alias: 'd' }]],
    [
      'json, distinct',
      [
        { kind: 'column', name: 'json', alias: null },
        { kind: 'column', name: 'distinct', alias: null },
      ],
    ],
    [
      'peer, rpc_address',
      [
        { kind: 'column', name: 'peer', alias: null },
        { kind: 'column', name: 'rpc_address', alias: null },
      ],
    ],
  ])('reads the selectors %s', (selectors, expected) => {
    expect(parseVirtualSelect(`SELECT ${selectors} FROM system.peers`)).toMatchObject({ selectors: expected })
  })

  it.each([
    ["'127.0.0.1'", { kind: 'literal', text: '127.0.0.1' }],
    ["'it''s'", { kind: 'literal', text: "it's" }],
    ['$$x$$', { kind: 'literal', text: 'x' }],
    ['$$', { kind: 'literal', text: '' }],
    ['9042', { kind: 'literal', text: '9042' }],
    ['- 1.5', { kind: 'literal', text: '-1.5' }],
    ['true', { kind: 'literal', text: 'true' }],
    ['0xff', { kind: 'literal', text: '0xff' }],
    ['12h', { kind: 'literal', text: '12h' }],
    ['50554d6e-29bb-11e5-b345-feff819cdc9f', { kind: 'literal', text: '50554d6e-29bb-11e5-b345-feff819cdc9f' }],
    ['?', { kind: 'marker', name: null }],
    [':address', { kind: 'marker', name: 'address' }],
    [':"Address"', { kind: 'marker', name: 'Address' }],
  ])('reads the value %s', (value, expected) => {
    expect(parseVirtualSelect(`SELECT * FROM system.peers WHERE "peer" = ${value}`)).toMatchObject({
      where: [{ column: 'peer', operator: '=', value: expected }],
    })
  })

  it.each([
    ['SELECT JSON * FROM system.local', 'JSON'],
    ['SELECT JSON key FROM system.local', 'JSON'],
    ['SELECT DISTINCT key FROM system.local', 'DISTINCT'],
    ['SELECT toJson(key) FROM system.local', 'function tojson in the select clause'],
    ['SELECT key, cast(key AS text) FROM system.local', 'function cast in the select clause'],
    ['SELECT now() FROM system.local', 'function now in the select clause'],
    ['SELECT "count"(*) FROM system.local', 'function count in the select clause'],
    ['SELECT count(key) FROM system.local', 'COUNT of anything but *'],
    ['SELECT count(*', 'COUNT of anything but *'],
    ['SELECT 1 FROM system.local', 'expression in the select clause'],
    ['SELECT * , key FROM system.local', 'expression in the select clause'],
    ['SELECT m[1] FROM system.local', 'expression in the select clause'],
    ['SELECT system.now() FROM system.local', 'expression in the select clause'],
    ["SELECT key AS 'x' FROM system.local", 'alias that is no name'],
    ["SELECT * FROM system.peers WHERE peer IN ('a')", 'relation of column peer other than ='],
    ["SELECT * FROM system.peers WHERE peer > 'a'", 'relation of column peer other than ='],
    ['SELECT * FROM system.peers WHERE token(peer) = 1', 'relation of column token other than ='],
    ["SELECT * FROM system.peers WHERE (peer) = ('a')", 'relation that does not start with a column'],
    [
      'SELECT * FROM system.peers WHERE peer = f(1)',
      'value of column peer that is neither a literal nor a bind marker',
    ],
    [
      'SELECT * FROM system.peers WHERE peer = null',
      'value of column peer that is neither a literal nor a bind marker',
    ],
    [
      "SELECT * FROM system.peers WHERE peer = -'a'",
      'value of column peer that is neither a literal nor a bind marker',
    ],
    ['SELECT * FROM system.peers WHERE peer = :5', 'value of column peer that is neither a literal nor a bind marker'],
    ['SELECT * FROM system.peers WHERE peer =', 'value of column peer that is neither a literal nor a bind marker'],
    ['SELECT * FROM system.peers LIMIT ?', 'LIMIT that is no positive integer'],
    ['SELECT * FROM system.peers LIMIT 0', 'LIMIT that is no positive integer'],
    ['SELECT * FROM system.peers LIMIT 1.5', 'LIMIT that is no positive integer'],
    ['SELECT * FROM system.peers LIMIT -1', 'LIMIT that is no positive integer'],
    ['SELECT * FROM system.peers LIMIT 2147483648', 'LIMIT that is no positive integer'],
    ['SELECT * FROM system.peers GROUP BY peer', 'clause GROUP'],
    ['SELECT * FROM system.peers ORDER BY peer', 'clause ORDER'],
    ['SELECT * FROM system.peers PER PARTITION LIMIT 1', 'clause PER'],
    ['SELECT * FROM system.peers USING TIMEOUT 5s', 'clause USING'],
    ['SELECT * FROM system.peers BYPASS CACHE', 'syntax after the clauses'],
    ['SELECT * FROM system.peers WHERE peer = 1 + 1', 'syntax after the clauses'],
    ['SELECT * FROM system.peers ALLOW', 'ALLOW without FILTERING'],
    ['SELECT * FROM system.peers; SELECT 1', 'text after the end of the statement'],
  ])('does not support %s: %s', (text, unsupported) => {
    const select = parseVirtualSelect(text.includes(' FROM ') ? text : `${text} FROM system.local`)
    expect(select).toStrictEqual({ table: text.includes('peers') ? 'peers' : 'local', unsupported })
  })

  it('names no value in what it does not support', () => {
    const select = parseVirtualSelect("SELECT * FROM system.peers WHERE peer = f('secret')")
    expect(JSON.stringify(select)).not.toContain('secret')
  })
})
