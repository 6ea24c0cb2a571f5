import { inspect } from '@zdmkit/cql'
import { describe, expect, it, vi } from 'vitest'
import {
  BOTH,
  changesRows,
  classify,
  type Destination,
  mayChangeRows,
  routeRead,
  routeWrite,
  type StatementClass,
} from '../../src/routing/route.ts'
import type { Routing, WriteMode } from '../../src/routing/routing.ts'
import { ORIGIN, TARGET } from '../../src/side.ts'

const routing: Routing = { writes: 'dual', primary: 'origin', readMode: 'PRIMARY_ONLY', targetReadPercent: 0 }

describe('classify', () => {
  it.each<[StatementClass, string, string | null]>([
    ['read', 'SELECT * FROM shop.users', null],
    ['read', 'SELECT * FROM users', 'shop'],
    ['read', 'SELECT * FROM users', null],
    ['read', 'SELECT v FROM shop.t ORDER BY v ANN OF [1.0, 2.0] LIMIT 3', null],
    ['read', "SELECT m['k'], a + b, token(k) FROM shop.t WHERE token(k) > 5", null],
    ['read', 'SELECT NEW_SYNTAX OF TOMORROW', null],
    ['read', 'SELECT * FROM local', 'shop'],
    ['read', 'SELECT * FROM shop.peers', 'system'],
    ['read', 'SELECT * FROM systems.local', null],
    ['read', 'SELECT * FROM "System".local', null],
    ['system-read', 'SELECT * FROM system.local', null],
    ['system-read', 'select * from SYSTEM.peers_v2', null],
    ['system-read', 'SELECT * FROM "system"."local"', null],
    ['system-read', 'SELECT * FROM local', 'system'],
    ['system-read', 'SELECT * FROM system_schema.tables', null],
    ['system-read', 'SELECT role FROM system_auth.roles', null],
    ['system-read', 'SELECT * FROM system_traces.sessions WHERE session_id = ?', null],
    ['system-read', 'SELECT * FROM system_virtual_schema.keyspaces', null],
    ['system-read', 'SELECT * FROM dse_insights.tokens', null],
    ['system-read', 'SELECT * FROM tokens', 'dse_insights'],
    ['use', 'USE shop', null],
    ['use', 'use "Shop"', null],
    ['insights', "CALL InsightsRpc.reportInsight('{}')", null],
    ['insights', "call insightsrpc.reportinsight('{}')", 'shop'],
    ['write', 'CALL other.procedure()', null],
    ['write', 'INSERT INTO shop.t (a) VALUES (1)', null],
    ['write', 'UPDATE shop.t SET a = 1 WHERE k = 1 IF a = 0', null],
    ['write', 'DELETE FROM shop.t WHERE k = 1', null],
    ['write', 'BEGIN BATCH INSERT INTO shop.t (a) VALUES (1) APPLY BATCH', null],
    ['write', 'TRUNCATE shop.t', null],
    ['write', 'CREATE TABLE shop.t (k int PRIMARY KEY)', null],
    ['write', 'GRANT SELECT ON shop.t TO bob', null],
    ['write', 'LIST ROLES', null],
    ['write', 'DESCRIBE TABLES', null],
    ['write', 'g.V().count()', null],
    ['write', '', null],
  ])('says %s of %j in keyspace %s', (expected, text, keyspace) => {
    expect(classify(inspect(text), keyspace)).toBe(expected)
  })
})

describe('changesRows and mayChangeRows', () => {
  it.each<[string, boolean, boolean]>([
    ['INSERT INTO ks.t (a) VALUES (1)', true, true],
    ['UPDATE ks.t SET a = 1 WHERE k = 1', true, true],
    ['DELETE FROM ks.t WHERE k = 1', true, true],
    ['BEGIN BATCH APPLY BATCH', true, true],
    ['TRUNCATE ks.t', false, false],
    ['DROP TABLE ks.t', false, false],
    ['GRANT SELECT ON ks.t TO bob', false, false],
    ['LIST ROLES', false, false],
    ['DESCRIBE TABLES', false, false],
    ['CALL shop.order()', false, true],
    ["g.addV('user')", false, true],
    ['', false, true],
  ])('of %j', (text, changes, may) => {
    const statement = inspect(text)
    expect([changesRows(statement), mayChangeRows(statement)]).toStrictEqual([changes, may])
  })
})

describe('routeWrite', () => {
  it.each<[WriteMode, Destination]>([
    ['origin', ORIGIN],
    ['dual', BOTH],
    ['target', TARGET],
  ])('sends writes of mode %s to %i, whatever the primary', (writes, destination) => {
    expect(routeWrite({ ...routing, writes })).toBe(destination)
    expect(routeWrite({ ...routing, writes, primary: 'target' })).toBe(destination)
  })
})

describe('routeRead', () => {
  it.each<[number, boolean, Destination]>([
    [1, true, TARGET],
    [1, false, ORIGIN],
    [99, true, TARGET],
    [99, false, ORIGIN],
  ])('asks for the share at %i %%, and follows %s', (targetReadPercent, isIn, destination) => {
    const inTargetShare = vi.fn(() => isIn)
    expect(routeRead({ ...routing, targetReadPercent }, inTargetShare)).toBe(destination)
    expect(inTargetShare).toHaveBeenCalledExactlyOnceWith(targetReadPercent)
  })

  it.each<[number, Destination]>([
    [0, ORIGIN],
    [100, TARGET],
  ])('asks nobody at %i %%', (targetReadPercent, destination) => {
    const inTargetShare = vi.fn()
    expect(routeRead({ ...routing, targetReadPercent }, inTargetShare)).toBe(destination)
    expect(inTargetShare).not.toHaveBeenCalled()
  })
})
