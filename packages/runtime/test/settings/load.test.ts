import { inspect } from 'node:util'
import {
  type Environment,
  loadSettings,
  type Secret,
  SettingsError,
  type SettingsOf,
  type SettingsProblem,
} from '@zdmkit/runtime'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type definitions, requiredEnv, table } from '../support/example-table.ts'

function load(yaml: string | null, env: Environment = {}, flags: Record<string, string> = {}) {
  return loadSettings({
    settings: table,
    ...(yaml === null ? {} : { yaml: { text: yaml, file: 'zdm.yaml' } }),
    env: { ...requiredEnv, ...env },
    flags,
    readFile: (path) => {
      if (path === '/run/password') return 'from-file\n'
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    },
  })
}

function problemsOf(action: () => unknown): readonly SettingsProblem[] {
  try {
    action()
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('loadSettings', () => {
  it('gives camelCase properties of the types of the table', () => {
    const { settings } = load(null)
    expectTypeOf(settings).toEqualTypeOf<SettingsOf<typeof definitions>>()
    expectTypeOf(settings.proxyListenPort).toEqualTypeOf<number>()
    expectTypeOf(settings.primaryCluster).toEqualTypeOf<'ORIGIN' | 'TARGET'>()
    expectTypeOf(settings.blockedProtocolVersions).toEqualTypeOf<
      readonly ('2' | '3' | '4' | '5' | 'DseV1' | 'DseV2')[]
    >()
    expectTypeOf(settings.metricsOriginLatencyBucketsMs).toEqualTypeOf<readonly number[]>()
    expectTypeOf(settings.originContactPoints).toEqualTypeOf<readonly string[]>()
    expectTypeOf(settings.originPassword).toEqualTypeOf<Secret>()
    expectTypeOf(settings.adminToken).toEqualTypeOf<Secret | null>()
    expectTypeOf(settings.proxyTlsCaPath).toEqualTypeOf<string | null>()
    expectTypeOf(settings.metricsEnabled).toEqualTypeOf<boolean>()
    expectTypeOf<SettingsOf<typeof table>>().toEqualTypeOf<SettingsOf<typeof definitions>>()
  })

  it('fills in every default', () => {
    const { settings, sources, warnings } = load(null)
    expect({ ...settings, originPassword: settings.originPassword.reveal() }).toStrictEqual({
      primaryCluster: 'ORIGIN',
      logLevel: 'INFO',
      blockedProtocolVersions: [],
      originContactPoints: ['127.0.0.1'],
      originSecureConnectBundlePath: null,
      originPort: 9042,
      originUsername: 'cassandra',
      originPassword: 'hunter2',
      proxyListenAddress: 'localhost',
      proxyListenPort: 14002,
      proxyRequestTimeoutMs: 10000,
      proxyMaxStreamIds: 2048,
      proxyTlsCaPath: null,
      proxyTlsCertPath: null,
      proxyTlsKeyPath: null,
      metricsEnabled: true,
      metricsOriginLatencyBucketsMs: [1, 4, 7.5],
      heartbeatRetryBackoffFactor: 2,
      adminToken: null,
    })
    expect(sources.originUsername).toBe('ZDM_ORIGIN_USERNAME')
    expect(sources.originPort).toBe('default')
    expect(warnings).toStrictEqual([])
  })

  it('freezes the settings and their lists', () => {
    const { settings } = load(null)
    expect(Object.isFrozen(settings)).toBe(true)
    expect(Object.isFrozen(settings.originContactPoints)).toBe(true)
    expect(Object.isFrozen(settings.metricsOriginLatencyBucketsMs)).toBe(true)
  })

  describe('precedence', () => {
    const yaml = 'origin_port: 1001\nproxy_listen_port: 1002\nproxy_request_timeout_ms: 1003\n'
    const env = { ZDM_PROXY_LISTEN_PORT: '2002', ZDM_PROXY_REQUEST_TIMEOUT_MS: '2003' }
    const { settings, sources } = load(yaml, env, { proxy_request_timeout_ms: '3003' })

    it('takes the file before the default', () => {
      expect([settings.originPort, sources.originPort]).toStrictEqual([1001, 'zdm.yaml:1'])
    })

    it('takes the environment before the file', () => {
      expect([settings.proxyListenPort, sources.proxyListenPort]).toStrictEqual([2002, 'ZDM_PROXY_LISTEN_PORT'])
    })

    it('takes a flag before both', () => {
      expect([settings.proxyRequestTimeoutMs, sources.proxyRequestTimeoutMs]).toStrictEqual([
        3003,
        '--proxy-request-timeout-ms',
      ])
    })
  })

  describe('values', () => {
    const accepted: readonly [
      variable: string,
      text: string,
      property: keyof SettingsOf<typeof table>,
      value: unknown,
    ][] = [
      ['ZDM_PRIMARY_CLUSTER', 'target', 'primaryCluster', 'TARGET'],
      ['ZDM_LOG_LEVEL', 'Warning', 'logLevel', 'WARNING'],
      ['ZDM_BLOCKED_PROTOCOL_VERSIONS', 'v2, dse_v1,5', 'blockedProtocolVersions', ['2', 'DseV1', '5']],
      ['ZDM_ORIGIN_CONTACT_POINTS', ' 10.0.0.1 , 10.0.0.2,', 'originContactPoints', ['10.0.0.1', '10.0.0.2']],
      ['ZDM_ORIGIN_PORT', ' 65535 ', 'originPort', 65535],
      ['ZDM_PROXY_LISTEN_PORT', '0', 'proxyListenPort', 0],
      ['ZDM_ORIGIN_USERNAME', '', 'originUsername', ''],
      ['ZDM_ORIGIN_USERNAME', ' spaced ', 'originUsername', ' spaced '],
      ['ZDM_METRICS_ENABLED', 'FALSE', 'metricsEnabled', false],
      ['ZDM_METRICS_ENABLED', '0', 'metricsEnabled', false],
      ['ZDM_METRICS_ENABLED', 't', 'metricsEnabled', true],
      ['ZDM_METRICS_ENABLED', '', 'metricsEnabled', true],
      ['ZDM_METRICS_ORIGIN_LATENCY_BUCKETS_MS', '1, 2.5, 1e3', 'metricsOriginLatencyBucketsMs', [1, 2.5, 1000]],
      ['ZDM_METRICS_ORIGIN_LATENCY_BUCKETS_MS', '', 'metricsOriginLatencyBucketsMs', []],
      ['ZDM_HEARTBEAT_RETRY_BACKOFF_FACTOR', '1.5', 'heartbeatRetryBackoffFactor', 1.5],
      ['ZDM_ORIGIN_PORT', '', 'originPort', 9042],
    ]
    it.each(accepted)('%s=%j is %s %j', (variable, text, property, value) => {
      expect(load(null, { [variable]: text }).settings[property]).toStrictEqual(value)
    })

    const refused: readonly [variable: string, text: string, message: string][] = [
      ['ZDM_PRIMARY_CLUSTER', 'BOTH', 'primary_cluster (ZDM_PRIMARY_CLUSTER): "BOTH" is not one of ORIGIN, TARGET'],
      ['ZDM_ORIGIN_PORT', '0', 'origin_port (ZDM_ORIGIN_PORT): "0" is not a port (1..65535)'],
      ['ZDM_ORIGIN_PORT', '65536', 'origin_port (ZDM_ORIGIN_PORT): "65536" is not a port (1..65535)'],
      ['ZDM_ORIGIN_PORT', '90 42', 'origin_port (ZDM_ORIGIN_PORT): "90 42" is not a port (1..65535)'],
      [
        'ZDM_PROXY_REQUEST_TIMEOUT_MS',
        '10s',
        'proxy_request_timeout_ms (ZDM_PROXY_REQUEST_TIMEOUT_MS): "10s" is not a whole number of milliseconds (at least 1)',
      ],
      [
        'ZDM_PROXY_MAX_STREAM_IDS',
        '32769',
        'proxy_max_stream_ids (ZDM_PROXY_MAX_STREAM_IDS): "32769" is not an integer (1..32768)',
      ],
      ['ZDM_METRICS_ENABLED', 'maybe', 'metrics_enabled (ZDM_METRICS_ENABLED): "maybe" is not true or false'],
      [
        'ZDM_METRICS_ORIGIN_LATENCY_BUCKETS_MS',
        '1,x,3',
        'metrics_origin_latency_buckets_ms (ZDM_METRICS_ORIGIN_LATENCY_BUCKETS_MS): "x" is not a comma-separated list of numbers (at least 0)',
      ],
      [
        'ZDM_BLOCKED_PROTOCOL_VERSIONS',
        'v7',
        'blocked_protocol_versions (ZDM_BLOCKED_PROTOCOL_VERSIONS): "v7" is not a comma-separated list of 2, 3, 4, 5, DseV1, DseV2',
      ],
      [
        'ZDM_HEARTBEAT_RETRY_BACKOFF_FACTOR',
        'Infinity',
        'heartbeat_retry_backoff_factor (ZDM_HEARTBEAT_RETRY_BACKOFF_FACTOR): "Infinity" is not a number (at least 1)',
      ],
    ]
    it.each(refused)('%s=%j is refused with its allowed range', (variable, text, message) => {
      const problems = problemsOf(() => load(null, { [variable]: text }))
      expect(problems.map((problem) => [problem.code, problem.source, problem.message])).toStrictEqual([
        ['CONFIG_BAD_VALUE', variable, message],
      ])
    })

    it('cuts a long bad value in the message', () => {
      const [problem] = problemsOf(() => load(null, { ZDM_ORIGIN_PORT: 'x'.repeat(5000) }))
      expect(problem?.message.length).toBeLessThan(160)
    })
  })

  describe('YAML', () => {
    it('takes texts as written and numbers in any spelling of YAML', () => {
      const { settings } = load(
        [
          'origin_username: 007',
          'origin_contact_points: [10.0.0.1, "10.0.0.2"]',
          'origin_port: 0x2352',
          'proxy_listen_port: "14005"',
          'proxy_request_timeout_ms: 1e4',
          'metrics_enabled: no',
          'metrics_origin_latency_buckets_ms: [1, 2.5, 1e3]',
          'primary_cluster: Target',
          'proxy_listen_address: true',
        ].join('\n'),
        {
          ZDM_ORIGIN_CONTACT_POINTS: undefined,
          ZDM_ORIGIN_USERNAME: undefined,
        },
      )
      expect(settings.originUsername).toBe('007')
      expect(settings.originContactPoints).toStrictEqual(['10.0.0.1', '10.0.0.2'])
      expect(settings.originPort).toBe(9042)
      expect(settings.proxyListenPort).toBe(14005)
      expect(settings.proxyRequestTimeoutMs).toBe(10000)
      expect(settings.metricsEnabled).toBe(false)
      expect(settings.metricsOriginLatencyBucketsMs).toStrictEqual([1, 2.5, 1000])
      expect(settings.primaryCluster).toBe('TARGET')
      expect(settings.proxyListenAddress).toBe('true')
    })

    it('names an unknown key with its line and the nearest known one', () => {
      const problems = problemsOf(() => load('# a comment\norigin_port: 9042\nproxy_lisen_port: 14002\n'))
      expect(problems).toStrictEqual([
        {
          code: 'CONFIG_UNKNOWN_KEY',
          key: 'proxy_lisen_port',
          source: 'zdm.yaml:3',
          message: 'unknown key proxy_lisen_port (zdm.yaml:3); did you mean proxy_listen_port?',
        },
      ])
    })

    it('reports all problems of a start at once, in one error', () => {
      const problems = problemsOf(() => load('nonsense_all_over: 1\norigin_port: -1\nmetrics_enabled: {a: 1}\n'))
      expect(problems.map((problem) => problem.message)).toStrictEqual([
        'unknown key nonsense_all_over (zdm.yaml:1)',
        'origin_port (zdm.yaml:2): "-1" is not a port (1..65535)',
        'metrics_enabled (zdm.yaml:3): a map is not true or false',
      ])
    })

    it('leaves the default for a key without a value', () => {
      expect(load('origin_port:\nproxy_listen_address: ~\n').settings).toMatchObject({
        originPort: 9042,
        proxyListenAddress: 'localhost',
      })
    })

    it('does not turn the texts of a list to numbers', () => {
      const points = load('origin_contact_points: [1.10, 007]\n', { ZDM_ORIGIN_CONTACT_POINTS: undefined })
      expect(points.settings.originContactPoints).toStrictEqual(['1.10', '007'])
    })

    it('follows an alias', () => {
      expect(load('origin_port: &port 9043\nproxy_listen_port: *port\n').settings.proxyListenPort).toBe(9043)
    })

    it.each([
      ['', []],
      ['# nothing but a comment\n', []],
      ['---\n', []],
      ['- a\n- b\n', ['zdm.yaml is not a map of settings (lines of `key: value`)']],
      ['just words', ['zdm.yaml is not a map of settings (lines of `key: value`)']],
      ['origin_port: 1\n---\norigin_port: 2\n', ['zdm.yaml holds several YAML documents; one is expected']],
      ['origin_port: 1\norigin_port: 2\n', ['zdm.yaml:2 is not valid YAML (DUPLICATE_KEY)']],
    ])('reads %j with these problems: %j', (yaml, messages) => {
      if (messages.length === 0) {
        expect(load(yaml).settings.originPort).toBe(9042)
        return
      }
      const problems = problemsOf(() => load(yaml))
      expect(problems.map((problem) => [problem.code, problem.message])).toStrictEqual(
        messages.map((message) => ['CONFIG_BAD_FILE', message]),
      )
    })
  })

  describe('required keys', () => {
    it('names the ways to give a missing one', () => {
      const problems = problemsOf(() => loadSettings({ settings: table, env: { ZDM_ORIGIN_CONTACT_POINTS: 'a' } }))
      expect(problems).toStrictEqual([
        {
          code: 'CONFIG_MISSING_KEY',
          key: 'origin_username',
          source: null,
          message: 'origin_username is missing: give it in the file, as ZDM_ORIGIN_USERNAME or by --origin-username',
        },
        {
          code: 'CONFIG_MISSING_KEY',
          key: 'origin_password',
          source: null,
          message:
            'origin_password is missing: give it in the file, as ZDM_ORIGIN_PASSWORD, ZDM_ORIGIN_PASSWORD_FILE or by --origin-password',
        },
      ])
    })
  })

  describe('rules', () => {
    it('refuses a set that is given by half', () => {
      const [problem] = problemsOf(() => load('proxy_tls_ca_path: ca.pem\n', { ZDM_PROXY_TLS_KEY_PATH: 'key.pem' }))
      expect(problem).toStrictEqual({
        code: 'CONFIG_CONFLICT',
        key: 'proxy_tls_ca_path',
        source: 'zdm.yaml:1',
        message:
          'proxy_tls_ca_path (zdm.yaml:1), proxy_tls_key_path (ZDM_PROXY_TLS_KEY_PATH) given without proxy_tls_cert_path: give all of them or none',
      })
    })

    it('refuses keys that exclude each other', () => {
      const [problem] = problemsOf(() => load(null, {}, { origin_secure_connect_bundle_path: 'bundle.zip' }))
      expect([problem?.code, problem?.message]).toStrictEqual([
        'CONFIG_CONFLICT',
        'origin_contact_points (ZDM_ORIGIN_CONTACT_POINTS), origin_secure_connect_bundle_path (--origin-secure-connect-bundle-path) exclude each other: give one of them',
      ])
    })

    it('refuses the absence of all of a set, an empty value being none', () => {
      const [problem] = problemsOf(() => load(null, { ZDM_ORIGIN_CONTACT_POINTS: '' }))
      expect([problem?.code, problem?.message]).toStrictEqual([
        'CONFIG_MISSING_KEY',
        'give at least one of origin_contact_points, origin_secure_connect_bundle_path',
      ])
    })
  })

  describe('secrets', () => {
    const withoutPassword = { ZDM_ORIGIN_PASSWORD: '' }

    it.each([
      ['the environment', () => load(null, { ...withoutPassword, ZDM_ORIGIN_PASSWORD_FILE: '/run/password' })],
      ['a flag', () => load(null, {}, { origin_password_file: '/run/password' })],
      [
        'the file',
        () =>
          loadSettings({
            settings: table,
            yaml: { text: 'origin_password_file: /run/password', file: 'zdm.yaml' },
            env: { ZDM_ORIGIN_CONTACT_POINTS: 'a', ZDM_ORIGIN_USERNAME: 'b' },
            readFile: () => 'from-file\n',
          }),
      ],
    ])('are read from a file named by %s, without its last line end', (_, loaded) => {
      expect(loaded().settings.originPassword.reveal()).toBe('from-file')
    })

    it('given with their file by one source are a conflict that shows neither', () => {
      const problems = problemsOf(() => load(null, { ZDM_ORIGIN_PASSWORD_FILE: '/run/password' }))
      expect(problems.map((problem) => [problem.code, problem.message])).toStrictEqual([
        [
          'CONFIG_CONFLICT',
          'origin_password is given twice, by ZDM_ORIGIN_PASSWORD and by ZDM_ORIGIN_PASSWORD_FILE: give one of them',
        ],
      ])
    })

    it('whose file cannot be read name the file and the reason', () => {
      const [problem] = problemsOf(() => load(null, {}, { origin_password_file: '/run/nothing' }))
      expect(problem?.message).toBe(
        'origin_password (--origin-password-file): the unreadable file "/run/nothing" (ENOENT) is not a text',
      )
    })

    it('print as [redacted] however they are printed', () => {
      const { settings } = load(null)
      const secret = settings.originPassword
      expect([
        `${secret}`,
        String(secret),
        JSON.stringify({ secret }),
        inspect({ secret }),
        secret.toString(),
      ]).toStrictEqual(['[redacted]', '[redacted]', '{"secret":"[redacted]"}', '{ secret: [redacted] }', '[redacted]'])
      expect(inspect(settings, { depth: 5, showHidden: true })).not.toContain('hunter2')
      expect(JSON.stringify(settings)).not.toContain('hunter2')
    })

    it.each([
      'origin_password: {a: hunter3}',
      'origin_password: [hunter3]',
      'origin_password: hunter3: more',
      'origin_password: *hunter3',
      'origin_password: "hunter3',
      'origin_password: @hunter3',
      'origin_password: %hunter3',
      'origin_password: hunter3\n  : x\n- y',
      'origin_password: !!int hunter3',
      'origin_pasword: hunter3',
      'origin_password:\n  hunter3:\n',
      '{origin_password: hunter3',
      '{origin_password:hunter3, origin_port: 1}',
      'origin_port: 1\norigin_password:hunter3',
      '? [origin_password, hunter3]\n: 1',
      'origin_password: |hunter3',
      'origin_password: &hunter3',
      '%hunter3',
      '!hunter3 a: 1',
    ])('stay out of the error for the file %j', (yaml) => {
      const env = { ...requiredEnv, ZDM_ORIGIN_PASSWORD: undefined }
      try {
        loadSettings({ settings: table, yaml: { text: yaml, file: 'zdm.yaml' }, env })
      } catch (error) {
        expect(error).toBeInstanceOf(SettingsError)
        expect(inspect(error, { depth: 10, showHidden: true }).replace('origin_pasword', '')).not.toContain('hunter3')
      }
    })
  })

  describe('environment', () => {
    it('warns of variables with the prefix that no setting has', () => {
      const { warnings } = load(null, {
        ZDM_PROXY_LISTEN_PROT: '1',
        ZDM_WHATEVER_ELSE_THIS_IS: '2',
        OTHER: '3',
        ZDM_CONFIG: 'x',
      })
      expect(warnings).toStrictEqual([
        {
          variable: 'ZDM_PROXY_LISTEN_PROT',
          nearest: 'ZDM_PROXY_LISTEN_PORT',
          message: 'ZDM_PROXY_LISTEN_PROT is no setting of zdm-example; did you mean ZDM_PROXY_LISTEN_PORT?',
        },
        {
          variable: 'ZDM_WHATEVER_ELSE_THIS_IS',
          nearest: null,
          message: 'ZDM_WHATEVER_ELSE_THIS_IS is no setting of zdm-example',
        },
      ])
    })

    it('reads a variable by the name that the table gives', () => {
      expect(load(null, { ADMIN_TOKEN: 'abc' }).settings.adminToken?.reveal()).toBe('abc')
      expect(load(null, { ADMIN_TOKEN_FILE: '/run/password' }).settings.adminToken?.reveal()).toBe('from-file')
    })
  })

  it('refuses flags that the table does not have', () => {
    const [problem] = problemsOf(() => load(null, {}, { origin_prot: '1' }))
    expect(problem?.message).toBe('unknown flag --origin-prot; did you mean --origin-port?')
  })
})
