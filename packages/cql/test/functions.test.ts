import { inspect } from '@zdmkit/cql'
import { describe, expect, it } from 'vitest'

/** The calls found, each as `text -> name`, with `nested` where it is. */
function callsOf(text: string): string[] {
  return inspect(text).functions.map(
    (call) => `${text.slice(call.start, call.end)} -> ${call.name}${call.isNested ? ' nested' : ''}`,
  )
}

describe('functions', () => {
  it.each([
    ['uuid()', 'uuid'],
    ['UUID()', 'uuid'],
    ['now()', 'now'],
    ['Now()', 'now'],
    ['currentTimeUUID()', 'currenttimeuuid'],
    ['currenttimeuuid()', 'currenttimeuuid'],
    ['current_timeuuid()', 'currenttimeuuid'],
    ['currentTimestamp()', 'currenttimestamp'],
    ['CURRENT_TIMESTAMP()', 'currenttimestamp'],
    ['currentDate()', 'currentdate'],
    ['current_date()', 'currentdate'],
    ['currentTime()', 'currenttime'],
    ['current_time()', 'currenttime'],
    ['system.now()', 'now'],
    ['SYSTEM.NOW()', 'now'],
    ['"system".now()', 'now'],
    ['system."now"()', 'now'],
    ['"now"()', 'now'],
    ['"current_date"()', 'currentdate'],
    ['now ( )', 'now'],
    ['now/* a */(-- b\n)', 'now'],
    ['system /* a */ . // b\n now()', 'now'],
  ])('%s is %s', (call, name) => {
    expect(callsOf(`INSERT INTO t (a, b) VALUES (1, ${call})`)).toStrictEqual([`${call} -> ${name}`])
  })

  it.each([
    ["'now()'", 'a string'],
    ["'it''s now()'", 'a string with a doubled quote'],
    ['$$now()$$', 'a string in dollars'],
    ['"now()"', 'a quoted column'],
    ['"NOW"()', 'a quoted name in another case'],
    ['"currentTimestamp"()', 'a quoted name as the documents write it'],
    ['ks.now()', "a user's function"],
    ['"System".now()', 'a function of another keyspace'],
    ['"ks".uuid()', "a user's function in a quoted keyspace"],
    ['ks.system.now()', 'no function at all'],
    ['f(1).now()', 'no function at all'],
    ['system(1).now()', 'no function at all'],
    ['system.f.now()', 'no function at all'],
    ['now(1)', 'a function with an argument'],
    ['now', 'a column'],
    ['now, ()', 'a column before something else'],
    ['now.uuid', 'a field'],
    [':now', 'a named marker'],
    ['nows()', 'another function'],
    ['current_now()', 'another function'],
    ['system()', 'another function'],
    ['now[]', 'no call'],
    ['now{}', 'no call'],
    ['(now)()', 'no call'],
    ['now ? ()', 'no call'],
    ['-- now()\n 1', 'a comment'],
    ['/* now() */ 1', 'a comment'],
    ['1 // now()', 'a comment at the end'],
  ])('%s is none but %s', (term) => {
    expect(callsOf(`INSERT INTO t (a, b) VALUES (1, ${term})`)).toStrictEqual([])
  })

  it.each([
    ['in the values of an insert', 'INSERT INTO t (a, b) VALUES (now(),uuid())', ['now() -> now', 'uuid() -> uuid']],
    [
      'in values on both sides of others',
      'INSERT INTO t (a) VALUES (now(), 1, ?, uuid())',
      ['now() -> now', 'uuid() -> uuid'],
    ],
    ['in a conditional insert', 'INSERT INTO t (a) VALUES (now()) IF NOT EXISTS', ['now() -> now']],
    ['before USING', 'INSERT INTO t (a) VALUES (now()) USING TIMESTAMP ? AND TTL ?', ['now() -> now']],
    [
      'in assignments',
      'UPDATE t SET a = now(), b.c = currentDate() WHERE k = 1',
      ['now() -> now', 'currentDate() -> currentdate'],
    ],
    ['as an index', 'UPDATE t SET m[now()] = uuid() WHERE k = 1', ['now() -> now', 'uuid() -> uuid']],
    [
      'in a condition',
      'UPDATE t SET a = 1 WHERE k = now() AND c < currentTimestamp()',
      ['now() -> now', 'currentTimestamp() -> currenttimestamp'],
    ],
    ['in a condition without spaces', 'DELETE FROM t WHERE a=now()AND b>=uuid()', ['now() -> now', 'uuid() -> uuid']],
    ['in IN', 'DELETE FROM t WHERE k IN (now(), uuid())', ['now() -> now', 'uuid() -> uuid']],
    ['in BETWEEN', 'DELETE FROM t WHERE k = 1 AND c BETWEEN now() AND uuid()', ['now() -> now', 'uuid() -> uuid']],
    ['in CONTAINS KEY', 'UPDATE t SET a = 1 WHERE k = 1 IF m CONTAINS KEY now()', ['now() -> now']],
    [
      'in IF',
      'UPDATE t SET a = 1 WHERE k = 1 IF a = now() AND m[uuid()] IN (now())',
      ['now() -> now', 'uuid() -> uuid', 'now() -> now'],
    ],
    ['as a deleted index', 'DELETE m[now()], a FROM t WHERE k = uuid()', ['now() -> now', 'uuid() -> uuid']],
    ['in a deleted condition', 'DELETE FROM t WHERE k = 1 IF a = now()', ['now() -> now']],
    [
      'in all children of a batch',
      'BEGIN BATCH INSERT INTO t (a) VALUES (now()) UPDATE t SET a = uuid() WHERE k = 1; DELETE FROM t WHERE k = now() APPLY BATCH',
      ['now() -> now', 'uuid() -> uuid', 'now() -> now'],
    ],
    [
      'at the very end of a child',
      'BEGIN BATCH DELETE FROM t WHERE k = now() INSERT INTO t (a) VALUES (1) APPLY BATCH',
      ['now() -> now'],
    ],
    [
      'in the condition of a select',
      'SELECT * FROM t WHERE k = now() AND c IN (uuid())',
      ['now() -> now', 'uuid() -> uuid'],
    ],
    [
      'after an odd bracket in another child',
      'BEGIN BATCH INSERT INTO t (a) VALUES ((1; INSERT INTO t (a) VALUES (now()) APPLY BATCH',
      ['now() -> now'],
    ],
    [
      'after an operator that ends another child',
      'BEGIN BATCH UPDATE t SET a = 1 + DELETE now() FROM t APPLY BATCH',
      ['now() -> now'],
    ],
  ])('whole terms stand %s', (_, text, calls) => {
    expect(callsOf(text)).toStrictEqual(calls)
  })

  it.each([
    ['the argument of a function', 'INSERT INTO t (a) VALUES (toTimestamp(now()))', ['now() -> now nested']],
    ["the argument of a user's function", 'INSERT INTO t (a) VALUES (ks.f(1, now()))', ['now() -> now nested']],
    ['the argument of an argument', 'INSERT INTO t (a) VALUES (f(g(system.now())))', ['system.now() -> now nested']],
    ['the argument of token()', 'DELETE FROM t WHERE token(k) = token(uuid())', ['uuid() -> uuid nested']],
    ['the subject of a type hint', 'INSERT INTO t (a) VALUES ((timeuuid)now())', ['now() -> now nested']],
    ['the subject of CAST', 'INSERT INTO t (a) VALUES (CAST(now() AS date))', ['now() -> now nested']],
    [
      'the left operand',
      'INSERT INTO t (a) VALUES (currentTimestamp() - 2d)',
      ['currentTimestamp() -> currenttimestamp nested'],
    ],
    [
      'the right operand',
      'INSERT INTO t (a) VALUES (1 + currentTimestamp())',
      ['currentTimestamp() -> currenttimestamp nested'],
    ],
    [
      'operands of all kinds',
      'INSERT INTO t (a) VALUES (1 * now(), 1 / now(), 1 % now(), -now())',
      Array(4).fill('now() -> now nested'),
    ],
    [
      'left operands of all kinds',
      'INSERT INTO t (a) VALUES (now()*1, now()/1, now()%1, now()+1)',
      Array(4).fill('now() -> now nested'),
    ],
    [
      'list elements',
      'INSERT INTO t (a) VALUES ([now(), 1, uuid()])',
      ['now() -> now nested', 'uuid() -> uuid nested'],
    ],
    [
      'elements of an appended list',
      'UPDATE t SET l = l + [now()], n += [now()] WHERE k = 1',
      ['now() -> now nested', 'now() -> now nested'],
    ],
    ['list elements assigned', 'UPDATE t SET l = [now()] WHERE k = 1', ['now() -> now nested']],
    ['set elements', 'INSERT INTO t (a) VALUES ({now(), uuid()})', ['now() -> now nested', 'uuid() -> uuid nested']],
    [
      'map keys and values',
      'INSERT INTO t (a) VALUES ({now(): uuid(), 1 :now()})',
      ['now() -> now nested', 'uuid() -> uuid nested', 'now() -> now nested'],
    ],
    [
      'UDT fields',
      'INSERT INTO t (a) VALUES ({uuid: uuid(), now:now()})',
      ['uuid() -> uuid nested', 'now() -> now nested'],
    ],
    ['tuple elements', 'INSERT INTO t (a) VALUES ((now(), 1))', ['now() -> now nested']],
    ['elements of a tuple compared with', 'DELETE FROM t WHERE k = 1 AND (a, b) > (now(), 1)', ['now() -> now nested']],
    ['elements of tuples in IN', 'DELETE FROM t WHERE k = 1 AND (a, b) IN ((now(), 1))', ['now() -> now nested']],
    ['selectors', 'SELECT now(), uuid() AS u FROM t', ['now() -> now nested', 'uuid() -> uuid nested']],
    ['selectors at the end', 'SELECT a, system.now()', ['system.now() -> now nested']],
    [
      'arguments in the condition of a select',
      'SELECT * FROM t WHERE c > minTimeuuid(currentTimestamp())',
      ['currentTimestamp() -> currenttimestamp nested'],
    ],
    [
      'operands in the condition of a select',
      'SELECT * FROM t WHERE c > currentTimestamp() - 2d',
      ['currentTimestamp() -> currenttimestamp nested'],
    ],
  ])('nested ones are %s', (_, text, calls) => {
    expect(callsOf(text)).toStrictEqual(calls)
  })

  it.each([
    ['columns of an insert', 'INSERT INTO t (uuid, now) VALUES (1, 2)'],
    ['an only column of an insert', 'INSERT INTO now (now) VALUES (1)'],
    ['a table', 'INSERT INTO now () VALUES ()'],
    ['a qualified table', 'INSERT INTO system.now () VALUES ()'],
    ['columns of an update', 'UPDATE now SET uuid = 1, now = 2 WHERE uuid = 1 AND now IN ()'],
    ['columns of a delete', 'DELETE uuid, now FROM t WHERE uuid IN ()'],
    ['columns of a select', 'SELECT uuid, now FROM now WHERE uuid IN (1) AND (now, uuid) IN ((1, 2))'],
    ['columns in a type hint', 'SELECT (uuid) a FROM t'],
    ['a table of a select', 'SELECT * FROM now()'],
  ])('names are not calls in %s', (_, text) => {
    expect(callsOf(text)).toStrictEqual([])
  })

  it.each([
    'CREATE FUNCTION now() CALLED ON NULL INPUT RETURNS int LANGUAGE java AS $$ now() $$',
    'DROP FUNCTION now()',
    'GRANT EXECUTE ON FUNCTION now() TO r',
    'CREATE TABLE t (k uuid PRIMARY KEY, a int MASKED WITH uuid())',
    'CALL a.b(now())',
    'LIST EXECUTE ON FUNCTION now()',
    'g.V().now()',
  ])('are not looked for in %s', (text) => {
    expect(callsOf(text)).toStrictEqual([])
  })
})
