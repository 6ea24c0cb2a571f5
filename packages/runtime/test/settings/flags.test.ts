import { parseFlags, SettingsError } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { table } from '../support/example-table.ts'

function messagesOf(argv: readonly string[]): string[] {
  try {
    parseFlags(argv, table)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ code, message }) => `${code}: ${message}`)
    throw error
  }
  return []
}

describe('parseFlags', () => {
  it.each([
    [['--proxy-listen-port', '14005']],
    [['--proxy-listen-port=14005']],
    [['-proxy-listen-port', '14005']],
    [['-proxy-listen-port=14005']],
    [['--proxy_listen_port', '14005']],
    [['-proxy_listen_port=14005']],
    [['--proxy-listen_port', '14005']],
    [['--proxy-listen-port', '1', '--proxy-listen-port', '14005']],
  ])('reads %j as proxy_listen_port 14005', (argv) => {
    expect(parseFlags(argv, table)).toStrictEqual({
      flags: { proxy_listen_port: '14005' },
      configFile: null,
      isHelpAsked: false,
      isVersionAsked: false,
      positionals: [],
    })
  })

  it.each([
    [['--metrics-enabled'], 'true'],
    [['--metrics-enabled=false'], 'false'],
    [['--metrics-enabled', 'false'], 'false'],
    [['--metrics-enabled', 'TRUE'], 'TRUE'],
    [['--metrics-enabled', '--origin-port', '1'], 'true'],
  ])('reads the boolean of %j as %s', (argv, text) => {
    expect(parseFlags(argv, table).flags).toMatchObject({ metrics_enabled: text })
  })

  it.each([
    [['--origin-port', '-1'], 'origin_port', '-1'],
    [['--origin-username', ''], 'origin_username', ''],
    [['--origin-username='], 'origin_username', ''],
    [['--origin-password', '--s3cret'], 'origin_password', '--s3cret'],
    [['--origin-password=a=b=c'], 'origin_password', 'a=b=c'],
    [['--origin-password-file', '/run/password'], 'origin_password_file', '/run/password'],
    [['--origin-username', 'two\nlines'], 'origin_username', 'two\nlines'],
    [['--origin-username=two\nlines'], 'origin_username', 'two\nlines'],
  ])('takes the value of %j as it is', (argv, key, text) => {
    expect(parseFlags(argv, table).flags).toStrictEqual({ [key]: text })
  })

  it.each([[['-config', 'a.yaml']], [['--config', 'a.yaml']], [['-config=a.yaml']], [['--config=a.yaml']]])(
    'reads the settings file of %j',
    (argv) => {
      expect(parseFlags(argv, table).configFile).toBe('a.yaml')
    },
  )

  it.each([['-version'], ['--version']])('reads %s', (argument) => {
    expect(parseFlags([argument], table).isVersionAsked).toBe(true)
  })

  it.each([['-help'], ['--help'], ['-h']])('reads %s, whatever else is wrong with the line', (argument) => {
    expect(parseFlags(['--nonsense', argument], table).isHelpAsked).toBe(true)
  })

  it.each([
    [
      ['--proxy-lisen-port', '1'],
      ['CONFIG_UNKNOWN_KEY: unknown flag --proxy-lisen-port; did you mean --proxy-listen-port?'],
    ],
    [['-orign_port=1'], ['CONFIG_UNKNOWN_KEY: unknown flag -orign_port; did you mean --origin-port?']],
    [['--completely-unrelated=1'], ['CONFIG_UNKNOWN_KEY: unknown flag --completely-unrelated; --help lists the flags']],
    [['--conifg=x'], ['CONFIG_UNKNOWN_KEY: unknown flag --conifg; did you mean --config?']],
    [['--origin-port'], ['CONFIG_BAD_VALUE: --origin-port needs a value']],
    [['--origin-port', '--metrics-enabled'], ['CONFIG_BAD_VALUE: --origin-port needs a value']],
    [['--config'], ['CONFIG_BAD_VALUE: --config needs a value']],
  ])('refuses %j', (argv, messages) => {
    expect(messagesOf(argv)).toStrictEqual(messages)
  })

  it('reports every problem of the line', () => {
    expect(messagesOf(['--nonsense=1', '--origin-port'])).toHaveLength(2)
  })

  it('refuses other arguments without showing them, for they may be half of a password', () => {
    expect(messagesOf(['--origin-password', 'my', 'hunter2'])).toStrictEqual([
      'CONFIG_UNKNOWN_KEY: argument 3 is no flag: every setting is given as --key value',
    ])
  })

  it('never shows the value of an unknown flag', () => {
    expect(messagesOf(['--origin-pasword=hunter2']).join()).not.toContain('hunter2')
  })

  it('collects other arguments where a tool takes them, all of them after --', () => {
    const parsed = parseFlags(['run', '--origin-port', '1', '-', 'x', '--', '--origin-port', '2'], table, {
      positionals: 'collect',
    })
    expect([parsed.flags, parsed.positionals]).toStrictEqual([
      { origin_port: '1' },
      ['run', '-', 'x', '--origin-port', '2'],
    ])
  })

  it('refuses arguments after -- where a tool takes none', () => {
    expect(messagesOf(['--', 'x'])).toStrictEqual([
      'CONFIG_UNKNOWN_KEY: argument 2 is no flag: every setting is given as --key value',
    ])
  })
})
