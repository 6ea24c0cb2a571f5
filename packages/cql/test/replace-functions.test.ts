import { type FunctionValues, inspect, replaceFunctions } from '@zdmkit/cql'
import { describe, expect, it } from 'vitest'

const UUID = '8c1ff0a6-2f5c-4c6e-9d0e-6f0a3b0c1d2e'
const TIME_UUID = '50554d6e-29bb-11e5-b345-feff819cdc9f'

const fixed: FunctionValues = {
  uuid: () => UUID,
  timeUuid: () => TIME_UUID,
  timestampMs: () => 1700000000000n,
  date: () => '2023-11-14',
  time: () => '22:13:20.000000001',
}

function replaced(text: string, values: FunctionValues = fixed): string {
  return replaceFunctions(text, inspect(text).functions, values)
}

describe('replaceFunctions', () => {
  it.each([
    ['uuid()', UUID],
    ['now()', TIME_UUID],
    ['currentTimeUUID()', TIME_UUID],
    ['current_timeuuid()', TIME_UUID],
    ['currentTimestamp()', '1700000000000'],
    ['currentDate()', "'2023-11-14'"],
    ['currentTime()', "'22:13:20.000000001'"],
    ['"system" . now( /* x */ )', TIME_UUID],
    ['f(uuid())', `f((uuid)${UUID})`],
    ['toTimestamp(now())', `toTimestamp((timeuuid)${TIME_UUID})`],
    ['f(currentTimeUUID())', `f((timeuuid)${TIME_UUID})`],
    ['f(currentTimestamp())', 'f((timestamp)1700000000000)'],
    ['f(currentDate())', "f((date)'2023-11-14')"],
    ['f(currentTime())', "f((time)'22:13:20.000000001')"],
    ['currentTimestamp() - 2d', '(timestamp)1700000000000 - 2d'],
    ['(timeuuid)now()', `(timeuuid)(timeuuid)${TIME_UUID}`],
    ['{now(): uuid()}', `{(timeuuid)${TIME_UUID}: (uuid)${UUID}}`],
    ["'now()', now()", `'now()', ${TIME_UUID}`],
    ['ks.now()', 'ks.now()'],
  ])('makes %s to %s', (term, expected) => {
    expect(replaced(`INSERT INTO t (a) VALUES (${term})`)).toBe(`INSERT INTO t (a) VALUES (${expected})`)
  })

  it('leaves all other text as it is', () => {
    const text = "-- now()\nINSERT  INTO t\t(a) VALUES (now(),'é \ud83d\ude00') ;/* uuid() */ -- end"
    expect(replaced(text)).toBe(text.replace('(now()', `(${TIME_UUID}`))
  })

  it('replaces in every child of a batch', () => {
    const text = 'BEGIN BATCH INSERT INTO t (a) VALUES (uuid()); UPDATE t SET a = f(now()) WHERE k = 1; APPLY BATCH'
    expect(replaced(text)).toBe(
      `BEGIN BATCH INSERT INTO t (a) VALUES (${UUID}); UPDATE t SET a = f((timeuuid)${TIME_UUID}) WHERE k = 1; APPLY BATCH`,
    )
  })

  it.each([
    [
      'a keyword after',
      'DELETE FROM t WHERE a=currentTimestamp()AND b=1',
      'DELETE FROM t WHERE a=1700000000000 AND b=1',
    ],
    [
      'a keyword after a nested one',
      'DELETE FROM t WHERE a=1+now()AND b=1',
      `DELETE FROM t WHERE a=1+(timeuuid)${TIME_UUID} AND b=1`,
    ],
    ['a string before', "DELETE FROM t WHERE a IN ('x'currentDate())", "DELETE FROM t WHERE a IN ('x' '2023-11-14')"],
    ['a string after', "DELETE FROM t WHERE a IN (currentDate()'x')", "DELETE FROM t WHERE a IN ('2023-11-14' 'x')"],
    ['a dot after', 'DELETE FROM t WHERE a=currentTimestamp().5', 'DELETE FROM t WHERE a=1700000000000 .5'],
    ['nothing around', 'DELETE FROM t WHERE a=now()', `DELETE FROM t WHERE a=${TIME_UUID}`],
  ])('keeps a literal apart from %s', (_, text, expected) => {
    expect(replaced(text)).toBe(expected)
  })

  it('asks for a fresh value per occurrence, in the order of the text', () => {
    let count = 0
    const values: FunctionValues = {
      uuid: () => `uuid-${++count}`,
      timeUuid: () => `timeuuid-${++count}`,
      timestampMs: () => ++count,
      date: () => `date-${++count}`,
      time: () => `time-${++count}`,
    }
    expect(
      replaced(
        'INSERT INTO t (a) VALUES (now(), uuid(), now(), currentTimestamp(), currentDate(), currentTime())',
        values,
      ),
    ).toBe("INSERT INTO t (a) VALUES (timeuuid-1, uuid-2, timeuuid-3, 4, 'date-5', 'time-6')")
  })

  it('gives back a statement without calls, and asks for no value', () => {
    const never = (): never => {
      throw new Error('asked for a value')
    }
    const values = { uuid: never, timeUuid: never, timestampMs: never, date: never, time: never }
    const text = "INSERT INTO t (uuid) VALUES ('now()')"
    expect(replaced(text, values)).toBe(text)
  })
})
