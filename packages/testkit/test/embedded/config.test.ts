import { describe, expect, it } from 'vitest'
import {
  cassandraYaml,
  jmxAccess,
  jvmArguments,
  logbackXml,
  type NodeSettings,
  rackProperties,
  spreadTokens,
} from '../../src/embedded/config.ts'
import { findRelease } from '../../src/embedded/version.ts'

const settings: NodeSettings = {
  release: findRelease('4.0'),
  clusterName: 'A: "cluster"',
  dataCenter: 'dc1',
  host: '127.0.0.2',
  nativePort: 21_001,
  storagePort: 21_002,
  seeds: ['127.0.0.1:21002', '127.0.0.2:21002'],
  initialToken: -42n,
  hasAuth: false,
  heapMb: 256,
  directory: '/tmp/a b/node2',
  jmxPort: null,
  yaml: {},
}

describe('cassandraYaml', () => {
  it('has these lines for 4.0', () => {
    expect(cassandraYaml(settings)).toMatchInlineSnapshot(`
      "cluster_name: "A: \\"cluster\\""
      num_tokens: 1
      initial_token: "-42"
      auto_bootstrap: false
      partitioner: "org.apache.cassandra.dht.Murmur3Partitioner"
      endpoint_snitch: "GossipingPropertyFileSnitch"
      dynamic_snitch: false
      seed_provider: [{"class_name":"org.apache.cassandra.locator.SimpleSeedProvider","parameters":[{"seeds":"127.0.0.1:21002,127.0.0.2:21002"}]}]
      listen_address: "127.0.0.2"
      rpc_address: "127.0.0.2"
      storage_port: 21002
      start_native_transport: true
      native_transport_port: 21001
      commitlog_sync: "periodic"
      commitlog_sync_period_in_ms: 10000
      data_file_directories: ["/tmp/a b/node2/data"]
      commitlog_directory: "/tmp/a b/node2/commitlog"
      saved_caches_directory: "/tmp/a b/node2/saved_caches"
      hints_directory: "/tmp/a b/node2/hints"
      cdc_raw_directory: "/tmp/a b/node2/cdc_raw"
      auto_snapshot: false
      authenticator: "AllowAllAuthenticator"
      authorizer: "AllowAllAuthorizer"
      "
    `)
  })

  it('names the commit log period as 5.0 does', () => {
    const yaml = cassandraYaml({ ...settings, release: findRelease('5.0') })
    expect(yaml).toContain('commitlog_sync_period: "10000ms"\n')
    expect(yaml).not.toContain('_in_ms')
  })

  it('asks for passwords when it should', () => {
    const yaml = cassandraYaml({ ...settings, hasAuth: true })
    expect(yaml).toContain('authenticator: "PasswordAuthenticator"\nauthorizer: "CassandraAuthorizer"\n')
  })

  it('lets the settings of the user win', () => {
    const yaml = cassandraYaml({ ...settings, yaml: { auto_snapshot: true, enable_materialized_views: true } })
    expect(yaml).toContain('auto_snapshot: true\n')
    expect(yaml).not.toContain('auto_snapshot: false')
    expect(yaml).toContain('enable_materialized_views: true\n')
  })
})

describe('jvmArguments', () => {
  const jars = ['/j/cassandra-all.jar', '/j/jamm-0.3.2.jar']

  it('loads the jamm agent for 4.x and not for 5.0', () => {
    expect(jvmArguments(settings, jars)[0]).toBe('-javaagent:/j/jamm-0.3.2.jar')
    const five = { ...settings, release: findRelease('5.0') }
    expect(jvmArguments(five, jars).filter((one) => one.startsWith('-javaagent'))).toStrictEqual([])
  })

  it('ends with the class path and the main class', () => {
    expect(jvmArguments(settings, jars).slice(-3)).toStrictEqual([
      '-cp',
      '/tmp/a b/node2/conf:/j/cassandra-all.jar:/j/jamm-0.3.2.jar',
      'org.apache.cassandra.service.CassandraDaemon',
    ])
  })

  it('writes the place of the configuration as a URL', () => {
    expect(jvmArguments(settings, jars)).toContain('-Dcassandra.config=file:///tmp/a%20b/node2/conf/cassandra.yaml')
  })

  it('leaves full compilation to a large heap', () => {
    expect(jvmArguments(settings, jars)).toEqual(
      expect.arrayContaining(['-Xmx256m', '-Xmn64m', '-XX:TieredStopAtLevel=1']),
    )
    const large = jvmArguments({ ...settings, heapMb: 1_024 }, jars)
    expect(large).toEqual(expect.arrayContaining(['-Xmx1024m', '-Xmn256m']))
    expect(large).not.toContain('-XX:TieredStopAtLevel=1')
  })

  it('opens JMX only when asked for, on loopback and with a password', () => {
    expect(jvmArguments(settings, jars).filter((one) => one.includes('jmx.'))).toStrictEqual([
      '--add-exports=java.management.rmi/com.sun.jmx.remote.internal.rmi=ALL-UNNAMED',
      '--add-exports=java.management/com.sun.jmx.remote.security=ALL-UNNAMED',
    ])
    const open = jvmArguments({ ...settings, jmxPort: 21_003 }, jars)
    expect(open).toEqual(
      expect.arrayContaining([
        '-Dcassandra.jmx.local.port=21003',
        '-Djava.rmi.server.hostname=127.0.0.1',
        '-Dcom.sun.management.jmxremote.authenticate=true',
        '-Dcom.sun.management.jmxremote.password.file=/tmp/a b/node2/conf/jmx.password',
      ]),
    )
    expect(jmxAccess('secret')).toStrictEqual({ 'jmx.password': 'zdm secret\n', 'jmx.access': 'zdm readwrite\n' })
  })
})

describe('spreadTokens', () => {
  it('cuts the ring in equal parts', () => {
    expect(spreadTokens(1)).toStrictEqual([0n])
    expect(spreadTokens(2)).toStrictEqual([-(2n ** 62n), 2n ** 62n])
    const tokens = spreadTokens(3)
    const gaps = tokens.map((token, index) => (tokens[index + 1] ?? (tokens[0] ?? 0n) + 2n ** 64n) - token)
    const third = 2n ** 64n / 3n
    for (const gap of gaps) expect([third, third + 1n]).toContain(gap)
  })
})

describe('the other files', () => {
  it('name the data center, and log to standard output', () => {
    expect(rackProperties('dc1')).toBe('dc=dc1\nrack=rack1\n')
    expect(logbackXml()).toContain('ConsoleAppender')
  })
})
