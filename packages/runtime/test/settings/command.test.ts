import { readCommand, SettingsError } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { requiredEnv, table } from '../support/example-table.ts'

const files: Readonly<Record<string, string>> = {
  'a.yaml': 'origin_port: 1111\nproxy_listen_port: 1112\n',
  'b.yaml': 'origin_port: 2222\n',
}

function command(argv: readonly string[], env: Record<string, string> = {}) {
  return readCommand({
    settings: table,
    version: '0.1.0',
    argv,
    env: { ...requiredEnv, ...env },
    readFile: (path) => {
      const text = files[path]
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
      return text
    },
  })
}

function originPort(argv: readonly string[], env: Record<string, string> = {}): number | null {
  const result = command(argv, env)
  return result.kind === 'run' ? result.loaded.settings.originPort : null
}

describe('readCommand', () => {
  it('prints the version', () => {
    expect(command(['-version'])).toStrictEqual({ kind: 'print', text: 'zdm-example 0.1.0\n' })
  })

  it('prints the help, even without any required setting', () => {
    const result = readCommand({ settings: table, version: '0', argv: ['--help'], env: {} })
    expect(result.kind === 'print' && result.text.startsWith('Shows what a table can hold.\n')).toBe(true)
  })

  it('reads no file unless one is named', () => {
    expect(originPort([])).toBe(9042)
  })

  it('reads the file named by the flag', () => {
    expect(originPort(['-config', 'a.yaml'])).toBe(1111)
  })

  it('reads the file named by the environment, unless the flag names one', () => {
    expect(originPort([], { ZDM_CONFIG: 'b.yaml' })).toBe(2222)
    expect(originPort(['--config', 'a.yaml'], { ZDM_CONFIG: 'b.yaml' })).toBe(1111)
  })

  it('puts flags over environment over file', () => {
    const result = command(['--config', 'a.yaml', '--origin-port', '3333'], { ZDM_PROXY_LISTEN_PORT: '4444' })
    expect(result).toMatchObject({
      kind: 'run',
      loaded: {
        settings: { originPort: 3333, proxyListenPort: 4444 },
        sources: { originPort: '--origin-port', proxyListenPort: 'ZDM_PROXY_LISTEN_PORT' },
      },
    })
  })

  it('names a file that cannot be read, and who named it', () => {
    const expected = { code: 'CONFIG_BAD_FILE', source: 'ZDM_CONFIG' }
    expect(() => command([], { ZDM_CONFIG: 'c.yaml' })).toThrow(SettingsError)
    expect(() => command([], { ZDM_CONFIG: 'c.yaml' })).toThrow(expect.objectContaining(expected))
    expect(() => command([], { ZDM_CONFIG: 'c.yaml' })).toThrow(
      "cannot read the settings file c.yaml (ZDM_CONFIG): ENOENT: no such file or directory, open 'c.yaml'",
    )
  })
})
