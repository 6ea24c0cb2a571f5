import { describe, expect, it } from 'vitest'
import { findMarkers, findSchemaChange, findTable, findUse, isSelect } from '../../src/scripted/statement-text.ts'

describe('statement text', () => {
  it.each([
    ['SELECT * FROM t', null, 't'],
    ['select * from KS . T where a = 1', 'ks', 't'],
    ['INSERT INTO "Ks"."a""b" (a) VALUES (1)', 'Ks', 'a"b'],
    ['UPDATE ks.t SET a = 1', 'ks', 't'],
    ['TRUNCATE TABLE ks.t', 'ks', 't'],
    ['BEGIN BATCH', null, null],
  ])('finds the table of %s', (text, keyspace, table) => {
    expect(findTable(text)).toStrictEqual({ keyspace, table })
  })

  it.each([
    ['USE ks', 'ks'],
    [' use "Ks" ; ', 'Ks'],
    ['USE', null],
    ['USE a b', null],
  ])('finds the keyspace of %s', (text, keyspace) => {
    expect(findUse(text)).toBe(keyspace)
  })

  it.each([
    ['CREATE KEYSPACE IF NOT EXISTS a WITH x', { changeType: 'CREATED', keyspace: 'a', table: null }],
    ['DROP TABLE IF EXISTS a.b', { changeType: 'DROPPED', keyspace: 'a', table: 'b' }],
    ['ALTER TABLE b ADD c int', { changeType: 'UPDATED', keyspace: null, table: 'b' }],
    ['CREATE INDEX ON a (b)', null],
  ])('finds the schema change of %s', (text, change) => {
    expect(findSchemaChange(text)).toStrictEqual(change)
  })

  it('finds markers, but none in texts, names and comments', () => {
    const text = `INSERT INTO t (a) VALUES (?, :named, '?', "?", $$ ? $$) -- ?
      // ?
      /* ? */ IF b = ?`
    expect(findMarkers(text)).toStrictEqual(['v0', 'named', 'v2'])
  })

  it('knows a SELECT', () => {
    expect([isSelect(' select a'), isSelect('SELECTED'), isSelect('UPDATE')]).toStrictEqual([true, false, false])
  })
})
