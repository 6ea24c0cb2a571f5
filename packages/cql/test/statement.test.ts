import { inspect } from '@zdmkit/cql'
import { describe, expect, it } from 'vitest'

describe('inspect', () => {
  it('tells everything about a statement', () => {
    expect(inspect('UPDATE Shop.Orders USING TIMESTAMP 5 SET id = uuid() WHERE k = 1 IF EXISTS')).toStrictEqual({
      kind: 'update',
      keyspace: 'shop',
      table: 'orders',
      isConditional: true,
      hasTimestamp: true,
      isIdempotent: false,
      functions: [{ name: 'uuid', start: 46, end: 52, isNested: false }],
      useKeyspace: null,
      callProcedure: null,
    })
  })

  describe('kind', () => {
    it.each([
      ['SELECT * FROM t', 'select'],
      ['select json * from t', 'select'],
      ['INSERT INTO t (a) VALUES (1)', 'insert'],
      ["INSERT INTO t JSON '{}'", 'insert'],
      ['UPDATE t SET a = 1 WHERE k = 1', 'update'],
      ['DELETE FROM t WHERE k = 1', 'delete'],
      ['BEGIN BATCH APPLY BATCH', 'batch'],
      ['BEGIN UNLOGGED BATCH APPLY BATCH', 'batch'],
      ['BEGIN LOGGED BATCH APPLY BATCH', 'batch'],
      ['begin counter batch apply batch;', 'batch'],
      ['BEGIN TRANSACTION SELECT * FROM t; COMMIT TRANSACTION', 'other'],
      ['USE ks', 'use'],
      ['TRUNCATE t', 'truncate'],
      ['CREATE TABLE t (k int PRIMARY KEY)', 'ddl'],
      ['ALTER TABLE t ADD a int', 'ddl'],
      ['DROP INDEX i', 'ddl'],
      ['CREATE OR REPLACE FUNCTION f () CALLED ON NULL INPUT RETURNS int LANGUAGE java AS $$ return now(); $$', 'ddl'],
      ['COMMIT SEARCH INDEX ON t', 'ddl'],
      ['RELOAD SEARCH INDEX ON t', 'ddl'],
      ['REBUILD SEARCH INDEX ON t', 'ddl'],
      ['CREATE ROLE r', 'dcl'],
      ['CREATE USER IF NOT EXISTS u', 'dcl'],
      ['ALTER ROLE r WITH LOGIN = true', 'dcl'],
      ['DROP ROLE IF EXISTS r', 'dcl'],
      ["ADD IDENTITY 'i' TO ROLE 'r'", 'dcl'],
      ["DROP IDENTITY 'i'", 'dcl'],
      ['GRANT SELECT ON ks.t TO r', 'dcl'],
      ['REVOKE ALL ON KEYSPACE ks FROM r', 'dcl'],
      ['RESTRICT ROWS ON t USING a', 'dcl'],
      ['LIST ROLES', 'list'],
      ['LIST ALL PERMISSIONS OF r', 'list'],
      ['DESCRIBE TABLE ks.t', 'describe'],
      ['desc keyspaces', 'describe'],
      ['CALL InsightsRpc.reportInsight(?)', 'call'],
      ['g.V().has("name", "x")', 'other'],
      ['EXPLAIN SELECT * FROM t', 'other'],
      ['"select" * FROM t', 'other'],
      ["'select' * FROM t", 'other'],
      ['selects', 'other'],
      ['(SELECT * FROM t)', 'other'],
      ['; SELECT * FROM t', 'other'],
      ['?', 'other'],
      ['', 'other'],
      ['-- SELECT * FROM t', 'other'],
    ])('of %s is %s', (text, kind) => {
      expect(inspect(text).kind).toBe(kind)
    })

    it.each([
      ['white space', ' \t\r\n SELECT * FROM t'],
      ['a comment to the end of the line', '-- insert\n// update\rSELECT * FROM t'],
      ['a comment between signs', '/* delete */SELECT * FROM t'],
      ['a byte order mark', '\ufeffSELECT * FROM t'],
    ])('is found behind %s', (_, text) => {
      expect(inspect(text)).toMatchObject({ kind: 'select', table: 't' })
    })
  })

  describe('reads, where the grammar of ZDM Proxy 2.4.2 sees a write', () => {
    it.each([
      ['a UDT field', 'SELECT addr.street FROM ks.t WHERE k = 1'],
      ['a map element', "SELECT m['k'] FROM ks.t"],
      ['a slice', 'SELECT m[1..2], l[..5] FROM ks.t'],
      ['a sum of columns', 'SELECT a + b, a-b, -a FROM ks.t'],
      ['a type hint', 'SELECT (int)a FROM ks.t'],
      ['token() selected', 'SELECT token(k), k FROM ks.t'],
      ['token() on both sides', 'SELECT * FROM ks.t WHERE token(k) > token(5) AND token(k) <= 9'],
      ['a custom index expression', "SELECT * FROM ks.t WHERE expr(idx, 'x:y')"],
      ['ANN OF', 'SELECT * FROM ks.t ORDER BY v ANN OF [0.1, 0.2] LIMIT 3'],
      ['BETWEEN', 'SELECT * FROM ks.t WHERE k = 1 AND c BETWEEN 1 AND 5'],
      ['NOT IN', 'SELECT * FROM ks.t WHERE k = 1 AND c NOT IN (1, 2)'],
      ['NOT CONTAINS KEY', "SELECT * FROM ks.t WHERE m NOT CONTAINS KEY 'a' ALLOW FILTERING"],
      ['arithmetic on literals', 'SELECT * FROM ks.t WHERE k = 1 + 1'],
      ['arithmetic on a function', 'SELECT * FROM ks.t WHERE k = 1 AND c < currentTimestamp() - 2d'],
      ['a second statement', 'SELECT * FROM ks.t; SELECT * FROM ks.u'],
      ['a comment that ends with the text', 'SELECT * FROM ks.t -- comment'],
      ['a // comment that ends with the text', 'SELECT * FROM ks.t // comment'],
      ['columns named like keywords', 'SELECT token, set, by, is, call, desc, values, key, ttl, list FROM ks.t'],
      ['a column that starts with an underscore', 'SELECT _id FROM ks.t'],
      ['BYPASS CACHE of Scylla', 'SELECT * FROM ks.t BYPASS CACHE'],
      ['USING TIMEOUT of Scylla', 'SELECT * FROM ks.t USING TIMEOUT 5s'],
      ['syntax of tomorrow', 'SELECT a => b WHO KNOWS FROM ks.t MATCH_RECOGNIZE {{ @ # \\ }'],
    ])('%s', (_, text) => {
      expect(inspect(text)).toMatchObject({ kind: 'select', keyspace: 'ks', table: 't', isIdempotent: true })
    })
  })

  describe('reads that ZDM Proxy knows too', () => {
    it.each([
      ['WRITETIME and TTL', 'SELECT writetime(a), ttl(a) FROM ks.t'],
      ['CAST', 'SELECT cast(a AS text) FROM ks.t'],
      ['toJson', 'SELECT toJson(a) FROM ks.t'],
      ['aggregates', 'SELECT count(*), max(a), ks.my_avg(a) FROM ks.t'],
      ['aliases', 'SELECT a AS b, count(*) AS "C" FROM ks.t'],
      ['token() of a marker', 'SELECT * FROM ks.t WHERE token(k) > ?'],
      ['LIKE', "SELECT * FROM ks.t WHERE c LIKE '%x%'"],
      ['CONTAINS', 'SELECT * FROM ks.t WHERE c CONTAINS 5'],
      ['CONTAINS KEY', "SELECT * FROM ks.t WHERE c CONTAINS KEY 'x'"],
      ['the : operator', "SELECT * FROM ks.t WHERE c : 'x'"],
      ['OR', 'SELECT * FROM ks.t WHERE a = 1 OR b = 2'],
      ['!=', 'SELECT * FROM ks.t WHERE a != 1'],
      ['similarity functions', 'SELECT similarity_cosine(v, [0.1, 0.2]) FROM ks.t'],
      ['tuples', 'SELECT * FROM ks.t WHERE k = 1 AND (c, d) IN ((1, 2), (3, 4))'],
      ['JSON', 'SELECT JSON a, b FROM ks.t'],
      ['DISTINCT', 'SELECT DISTINCT k FROM ks.t'],
      ['PER PARTITION LIMIT', 'SELECT * FROM ks.t PER PARTITION LIMIT 2 LIMIT 10'],
      ['ALLOW FILTERING', 'SELECT * FROM ks.t WHERE a = 1 ALLOW FILTERING'],
      ['a comment between signs', 'SELECT /* INSERT */ * FROM /* x.y */ ks.t'],
      ['a semicolon', 'SELECT * FROM ks.t;'],
      ['quoted names', 'SELECT "from", "A" FROM "ks"."t"'],
      ['names of any case', 'SELECT A FROM Ks.T'],
    ])('%s', (_, text) => {
      expect(inspect(text)).toMatchObject({ kind: 'select', keyspace: 'ks', table: 't', isIdempotent: true })
    })
  })

  describe('table', () => {
    it.each([
      ['SELECT * FROM T', null, 't'],
      ['SELECT * FROM "T"', null, 'T'],
      ['SELECT * FROM "Ks"."a""b" WHERE x = 1', 'Ks', 'a"b'],
      ['SELECT * FROM ks . t', 'ks', 't'],
      ["SELECT 'from x' , $$ from y $$ FROM ks.t", 'ks', 't'],
      ['SELECT a -- from x\n FROM ks.t', 'ks', 't'],
      ['SELECT * FROM ks.t(', 'ks', 't'],
      ['SELECT * FROM ?', null, null],
      ['SELECT * FROM', null, null],
      ['SELECT 1', null, null],
      ['INSERT INTO ks.T (a) VALUES (1)', 'ks', 't'],
      ['INSERT INTO values (values) VALUES (1)', null, 'values'],
      ['INSERT INTO ks.t JSON \'{"a": 1}\' DEFAULT UNSET', 'ks', 't'],
      ['INSERT INTO', null, null],
      ['UPDATE Ks.T USING TTL 5 SET a = 1 WHERE k = 1', 'ks', 't'],
      ['UPDATE "T" SET a = 1 WHERE k = 1', null, 'T'],
      ['UPDATE', null, null],
      ['DELETE FROM ks.t WHERE k = 1', 'ks', 't'],
      ["DELETE a, m['from'], u.f FROM ks.t USING TIMESTAMP 1 WHERE k = 1", 'ks', 't'],
      ['DELETE a', null, null],
      ['BEGIN BATCH INSERT INTO a.b (x) VALUES (1); UPDATE c.d SET x = 1 WHERE k = 1; APPLY BATCH', 'a', 'b'],
      [
        'BEGIN BATCH USING TIMESTAMP 5 DELETE x FROM c.d WHERE k = 1 INSERT INTO a.b (x) VALUES (1) APPLY BATCH',
        'c',
        'd',
      ],
      ['BEGIN BATCH APPLY BATCH', null, null],
      ['TRUNCATE ks.t', 'ks', 't'],
      ['TRUNCATE TABLE "T";', null, 'T'],
      ['TRUNCATE COLUMNFAMILY ks.t', 'ks', 't'],
      ['CREATE TABLE IF NOT EXISTS ks.t (k int PRIMARY KEY)', 'ks', 't'],
      ['CREATE COLUMNFAMILY t (k int PRIMARY KEY)', null, 't'],
      ['ALTER TABLE IF EXISTS ks.t ADD IF NOT EXISTS a int', 'ks', 't'],
      ['DROP TABLE IF EXISTS "Ks"."T"', 'Ks', 'T'],
      ['CREATE MATERIALIZED VIEW IF NOT EXISTS ks.v AS SELECT * FROM ks.t', 'ks', 'v'],
      ['DROP MATERIALIZED VIEW ks.v', 'ks', 'v'],
      ['CREATE INDEX ON ks.t (a)', 'ks', 't'],
      ['CREATE INDEX IF NOT EXISTS i ON t (a)', null, 't'],
      ["CREATE CUSTOM INDEX i ON ks.t (a) USING 'sai'", 'ks', 't'],
      ['CREATE SEARCH INDEX IF NOT EXISTS ON ks.t', 'ks', 't'],
      ['REBUILD SEARCH INDEX ON ks.t', 'ks', 't'],
      ['DROP INDEX IF EXISTS ks.i', 'ks', null],
      ["CREATE TRIGGER g ON ks.t USING 'c'", 'ks', 't'],
      ['DROP TRIGGER g ON ks.t', 'ks', 't'],
      ['CREATE KEYSPACE IF NOT EXISTS Ks WITH replication = {}', 'ks', null],
      ['ALTER SCHEMA ks WITH durable_writes = true', 'ks', null],
      ['DROP KEYSPACE "Ks"', 'Ks', null],
      ['CREATE TYPE ks.u (a int)', 'ks', null],
      ['CREATE OR REPLACE FUNCTION ks.f () CALLED ON NULL INPUT', 'ks', null],
      ['DROP AGGREGATE IF EXISTS ks.a(int)', 'ks', null],
      ['CREATE', null, null],
      ['DROP TABLE', null, null],
      ['DROP TABLE IF t', null, 't'],
      ['DROP INDEX', null, null],
      ['DROP TRIGGER ON t', null, 't'],
      ['CREATE ROLE ks.r', null, null],
      ['GRANT SELECT ON ks.t TO r', null, null],
      ['LIST ALL ON ks.t OF r', null, null],
      ['DESCRIBE TABLE ks.t', null, null],
      ['USE ks', null, null],
    ])('of %s is %s.%s', (text, keyspace, table) => {
      expect(inspect(text)).toMatchObject({ keyspace, table })
    })
  })

  describe('isConditional', () => {
    it.each([
      'INSERT INTO t (a) VALUES (1) IF NOT EXISTS',
      "INSERT INTO t JSON '{}' if not exists",
      'INSERT INTO t (a) VALUES (1) IF NOT EXISTS USING TTL 5',
      'UPDATE t SET a = 1 WHERE k = 1 IF EXISTS',
      'UPDATE t SET a = 1 WHERE k = 1 IF a = 2 AND b IN (1, 2)',
      'UPDATE t SET a = 1 WHERE k IN (1, 2)IF a = 2',
      'DELETE FROM t WHERE k = 1 IF EXISTS',
      "DELETE m['if'] FROM t WHERE k = 1 IF m['a'] = 1",
      'BEGIN BATCH INSERT INTO t (a) VALUES (1); UPDATE t SET a = 1 WHERE k = 1 IF a = 0; APPLY BATCH',
      'BEGIN BATCH INSERT INTO t (a) VALUES (1) IF NOT EXISTS DELETE FROM t WHERE k = 1 APPLY BATCH',
    ])('holds for %s', (text) => {
      expect(inspect(text)).toMatchObject({ isConditional: true, isIdempotent: false })
    })

    it.each([
      "INSERT INTO t (a) VALUES ('x IF NOT EXISTS')",
      'INSERT INTO t (a) VALUES (1) -- IF NOT EXISTS',
      'INSERT INTO t (a) VALUES (1) /* IF NOT EXISTS */',
      'INSERT INTO t (a) VALUES ($$ IF NOT EXISTS $$)',
      'INSERT INTO t ("IF") VALUES (1)',
      'UPDATE t SET a = 1 WHERE k = 1',
      'DELETE FROM t WHERE k = 1',
      'CREATE TABLE IF NOT EXISTS t (k int PRIMARY KEY)',
      'DROP TABLE IF EXISTS t',
      'SELECT if FROM t',
      'BEGIN BATCH INSERT INTO t (a) VALUES (1) APPLY BATCH',
    ])('does not hold for %s', (text) => {
      expect(inspect(text).isConditional).toBe(false)
    })
  })

  describe('hasTimestamp', () => {
    it.each([
      'INSERT INTO t (a) VALUES (1) USING TIMESTAMP 5',
      'INSERT INTO t (a) VALUES (1) using timestamp ?',
      'INSERT INTO t (a) VALUES (1) USING TTL 5 AND TIMESTAMP :ts',
      'INSERT INTO t (a) VALUES (1) IF NOT EXISTS USING TIMESTAMP 5 AND TTL 5',
      "INSERT INTO t JSON '{}' USING TIMESTAMP 5",
      'UPDATE t USING TIMESTAMP 5 SET a = 1 WHERE k = 1',
      'UPDATE t USING TTL ? AND TIMESTAMP ? SET a = 1 WHERE k = 1',
      'DELETE FROM t USING TIMESTAMP 5 WHERE k = 1',
      'DELETE a FROM t USING /* x */ TIMESTAMP 5 WHERE k = 1',
      'BEGIN BATCH USING TIMESTAMP 5 INSERT INTO t (a) VALUES (1) APPLY BATCH',
      'BEGIN BATCH INSERT INTO t (a) VALUES (1); UPDATE t USING TIMESTAMP 5 SET a = 1 WHERE k = 1; APPLY BATCH',
    ])('holds for %s', (text) => {
      expect(inspect(text).hasTimestamp).toBe(true)
    })

    it.each([
      'INSERT INTO t (timestamp) VALUES (1)',
      'INSERT INTO t (a) VALUES (1) USING TTL 5',
      'INSERT INTO t (a) VALUES (1) USING TTL :timestamp',
      "INSERT INTO t (a) VALUES ('USING TIMESTAMP 5')",
      'INSERT INTO t (a) VALUES (1) -- USING TIMESTAMP 5',
      'UPDATE t SET timestamp = 1 WHERE k = 1',
      'UPDATE t USING TTL 5 SET a = 1 WHERE k = 1 AND timestamp = 5',
      'UPDATE t SET a = 1 WHERE k = 1 AND timestamp = 5',
      'DELETE timestamp FROM t WHERE k = 1',
      'BEGIN BATCH USING TTL 5 INSERT INTO t (a) VALUES (1) APPLY BATCH',
    ])('does not hold for %s', (text) => {
      expect(inspect(text).hasTimestamp).toBe(false)
    })
  })

  describe('useKeyspace', () => {
    it.each([
      ['USE Ks', 'ks'],
      ['use "Ks";', 'Ks'],
      ['USE/**/ks -- x', 'ks'],
      ['USE "a""b"', 'a"b'],
      ['USE', null],
      ["USE 'ks'", null],
      ['SELECT * FROM ks.t', null],
    ])('of %s is %s', (text, keyspace) => {
      expect(inspect(text).useKeyspace).toBe(keyspace)
    })
  })

  describe('callProcedure', () => {
    it.each([
      ['CALL InsightsRpc.reportInsight(?)', 'insightsrpc.reportinsight'],
      ["call INSIGHTSRPC . x('{}')", 'insightsrpc.x'],
      ['CALL "InsightsRpc".x()', 'InsightsRpc.x'],
      ['CALL x()', 'x'],
      ['CALL InsightsRpc.', 'insightsrpc.'],
      ['CALL', null],
      ['SELECT a.b FROM t', null],
    ])('of %s is %s', (text, procedure) => {
      expect(inspect(text).callProcedure).toBe(procedure)
    })
  })
})
