import { defineSettings, type SettingDefinitions } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

function define(definitions: SettingDefinitions, ruleKeys: string[] = []) {
  const rules = ruleKeys.length === 0 ? [] : [{ kind: 'all_or_none' as const, keys: ruleKeys }]
  return () => defineSettings({ tool: 't', summary: 's', envPrefix: 'T_', definitions, rules })
}

const text = { type: 'string', description: '' } as const

describe('defineSettings', () => {
  it.each([
    ['a key that is not snake_case', define({ proxyPort: text }), 'key proxyPort is not snake_case'],
    ['a key with a double underscore', define({ a__b: text }), 'key a__b is not snake_case'],
    ['a key that every tool has as a flag', define({ config: text }), 'config is a flag of every tool'],
    [
      'two keys of one property',
      define({ a_1: text, a1: text }),
      'settings of t: a1 and a_1 share the name property a1',
    ],
    [
      'two keys of one variable',
      define({ a: text, b: { ...text, env: 'T_A' } }),
      'settings of t: b and a share the name variable T_A',
    ],
    [
      'a key named like the file of a secret',
      define({ token: { type: 'secret', description: '' }, token_file: text }),
      'settings of t: token_file and token share the name variable T_TOKEN_FILE',
    ],
    ['a rule for a key that is missing', define({ a: text }, ['a', 'b']), 'a rule names the unknown key b'],
    ['an enum without values', define({ a: { type: 'enum', description: '', values: [] } }), 'values are missing'],
    [
      'an alias for none of the values',
      define({ a: { type: 'enum', description: '', values: ['A'], aliases: { x: 'B' } } }),
      'an alias stands for none of the values',
    ],
    [
      'a field that the type does not have',
      define({ a: { type: 'string', description: '', min: 3 } as never }),
      'setting a: string has no field min',
    ],
    ['a misspelled field', define({ a: { ...text, deafult: 'x' } as never }), 'setting a: string has no field deafult'],
    ['a type there is not', define({ a: { type: 'number', description: '' } as never }), 'unknown type number'],
    [
      'a default out of its range',
      define({ a: { type: 'port', description: '', default: 0 } }),
      'setting a: its default is not a port (1..65535)',
    ],
    [
      'a default of the wrong type',
      define({ a: { type: 'integer', description: '', default: 1.5 } }),
      'setting a: its default is not an integer',
    ],
    [
      'a default that is none of the values',
      define({ a: { type: 'enum', description: '', values: ['A'], default: 'a' } }),
      'setting a: its default is not one of A',
    ],
    [
      'a list default with an item out of range',
      define({ a: { type: 'list', items: 'integer', min: 1, description: '', default: [1, 0] } }),
      'setting a: its default is not a comma-separated list of integers (at least 1)',
    ],
  ])('refuses %s', (_, action, message) => {
    expect(action).toThrow(TypeError)
    expect(action).toThrow(message)
  })

  it('freezes the table', () => {
    expect(Object.isFrozen(define({ a: text })())).toBe(true)
  })
})
