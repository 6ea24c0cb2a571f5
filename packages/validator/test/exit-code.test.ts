import { ClusterError } from '@zdmkit/cluster'
import { SettingsError, ShutdownRequested } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { ValidatorError } from '../src/errors.ts'
import { exitCode } from '../src/exit-code.ts'

describe('exitCode', () => {
  it.each([
    [2, 'a cluster that nobody answers for', new ClusterError('CLUSTER_NO_HOST', '')],
    [2, 'reads that time out', new ClusterError('CLUSTER_TIMEOUT', '')],
    [2, 'schemas that differ', new ValidatorError('VALIDATOR_SCHEMA_DIFFERS', '')],
    [3, 'a keyspace that is not there', new ClusterError('CLUSTER_UNKNOWN_KEYSPACE', '')],
    [3, 'a table that is not there', new ClusterError('CLUSTER_UNKNOWN_TABLE', '')],
    [3, 'an option out of range', new ValidatorError('VALIDATOR_BAD_OPTION', '')],
    [3, 'settings', new SettingsError([{ code: 'CONFIG_BAD_VALUE', key: 'splits', source: null, message: '' }])],
    [4, 'Ctrl-C', new ShutdownRequested('SIGINT')],
    [5, 'a bug', new TypeError('x is undefined')],
  ])('is %i for %s', (code, _, error) => {
    expect(exitCode(error)).toBe(code)
  })
})
