// The files and JVM arguments of one node, as pure functions of its settings.

import { pathToFileURL } from 'node:url'
import type { Release } from './version.ts'

/** What one node is started with. */
export interface NodeSettings {
  release: Release
  clusterName: string
  dataCenter: string
  /** Its loopback address. */
  host: string
  nativePort: number
  storagePort: number
  /** `host:port` of every node; all are seeds, so that they can start in any order. */
  seeds: readonly string[]
  /** Its one token on the ring, a signed 64-bit number. */
  initialToken: bigint
  hasAuth: boolean
  heapMb: number
  /** The node's own folder: `conf/`, `data/` and the rest are below it. */
  directory: string
  /** The port of JMX on 127.0.0.1, or null: then none is opened. */
  jmxPort: number | null
  /** More lines for `cassandra.yaml`, which win over ours. */
  yaml: Readonly<Record<string, string | number | boolean>>
}

/** `count` tokens that cut the Murmur3 ring in equal parts, none of them its reserved minimum, -2^63. */
export function spreadTokens(count: number): bigint[] {
  const half = 2n ** 63n
  return Array.from({ length: count }, (_, index) => -half + (BigInt(2 * index + 1) * half) / BigInt(count))
}

/** `cassandra.yaml`. Values are written as JSON, which is YAML too. */
export function cassandraYaml(settings: NodeSettings): string {
  const { release, directory, hasAuth } = settings
  const lines: Record<string, unknown> = {
    cluster_name: settings.clusterName,
    num_tokens: 1,
    initial_token: String(settings.initialToken),
    auto_bootstrap: false,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    // Its scores would send reads here and there on a busy machine.
    dynamic_snitch: false,
    seed_provider: [
      {
        class_name: 'org.apache.cassandra.locator.SimpleSeedProvider',
        parameters: [{ seeds: settings.seeds.join(',') }],
      },
    ],
    listen_address: settings.host,
    rpc_address: settings.host,
    storage_port: settings.storagePort,
    start_native_transport: true,
    native_transport_port: settings.nativePort,
    commitlog_sync: 'periodic',
    ...(release.major >= 5 ? { commitlog_sync_period: '10000ms' } : { commitlog_sync_period_in_ms: 10_000 }),
    data_file_directories: [`${directory}/data`],
    commitlog_directory: `${directory}/commitlog`,
    saved_caches_directory: `${directory}/saved_caches`,
    hints_directory: `${directory}/hints`,
    cdc_raw_directory: `${directory}/cdc_raw`,
    auto_snapshot: false,
    authenticator: hasAuth ? 'PasswordAuthenticator' : 'AllowAllAuthenticator',
    authorizer: hasAuth ? 'CassandraAuthorizer' : 'AllowAllAuthorizer',
    ...settings.yaml,
  }
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('')
}

/** `cassandra-rackdc.properties`: where the snitch finds the data center, here of any name. */
export function rackProperties(dataCenter: string): string {
  return `dc=${escapeProperty(dataCenter)}\nrack=rack1\n`
}

/** `logback.xml`: everything to standard output, which the supervisor writes to the node's log file. */
export function logbackXml(): string {
  return `<configuration scan="false">
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %d{HH:mm:ss.SSS} [%thread] %logger{0} %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="STDOUT"/></root>
</configuration>
`
}

/** The JVM's arguments up to the class path and the main class, without the binary. */
export function jvmArguments(settings: NodeSettings, jars: readonly string[]): string[] {
  const { release, directory, heapMb, jmxPort } = settings
  const jamm = release.needsJammAgent ? jars.find((jar) => /\/jamm-[^/]*\.jar$/.test(jar)) : undefined
  return [
    ...(jamm === undefined ? [] : [`-javaagent:${jamm}`]),
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    `-Xmn${Math.max(64, Math.floor(heapMb / 4))}m`,
    '-XX:+UseSerialGC',
    '-Xss512k',
    // Quick to start, slower to serve: right for a short test. A large heap announces a long or heavy run.
    ...(heapMb < 1_024 ? ['-XX:TieredStopAtLevel=1'] : []),
    `-XX:MaxDirectMemorySize=${Math.max(128, Math.floor(heapMb / 2))}m`,
    '-XX:+ExitOnOutOfMemoryError',
    // Whatever the JVM and its libraries leave behind goes into the node's folder, which is removed.
    '-XX:-UsePerfData',
    `-XX:ErrorFile=${directory}/hs_err.log`,
    `-Djava.io.tmpdir=${directory}/tmp`,
    `-Djna.tmpdir=${directory}/tmp`,
    `-Duser.home=${directory}`,
    '-Djava.net.preferIPv4Stack=true',
    '-Djava.security.manager=allow',
    '-Djdk.attach.allowAttachSelf=true',
    '-Dcassandra-foreground=yes',
    `-Dcassandra.storagedir=${directory}`,
    `-Dcassandra.config=${pathToFileURL(`${directory}/conf/cassandra.yaml`).href}`,
    `-Dlogback.configurationFile=${directory}/conf/logback.xml`,
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    '-Dcassandra.ring_delay_ms=0',
    '-Dcassandra.superuser_setup_delay_ms=0',
    ...(jmxPort === null ? [] : jmxArguments(jmxPort, directory)),
    ...moduleArguments(),
    '-cp',
    [`${directory}/conf`, ...jars].join(':'),
    'org.apache.cassandra.service.CassandraDaemon',
  ]
}

/** The one role of a JMX port. */
export const JMX_USERNAME = 'zdm'

/** The files, by name in `conf/`, that say who may use JMX. */
export function jmxAccess(password: string): Record<string, string> {
  return { 'jmx.password': `${JMX_USERNAME} ${password}\n`, 'jmx.access': `${JMX_USERNAME} readwrite\n` }
}

/** Without `cassandra.jmx.local.port` the server opens no JMX port at all; with it, one on loopback. */
function jmxArguments(port: number, directory: string): string[] {
  return [
    `-Dcassandra.jmx.local.port=${port}`,
    '-Djava.rmi.server.hostname=127.0.0.1',
    '-Dcom.sun.management.jmxremote.authenticate=true',
    `-Dcom.sun.management.jmxremote.password.file=${directory}/conf/jmx.password`,
    `-Dcom.sun.management.jmxremote.access.file=${directory}/conf/jmx.access`,
  ]
}

/** The doors that Cassandra needs in the modules of Java 17. */
export function moduleArguments(): string[] {
  const exported = [
    'java.base/jdk.internal.misc',
    'java.base/java.lang.ref',
    'java.management.rmi/com.sun.jmx.remote.internal.rmi',
    'java.management/com.sun.jmx.remote.security',
    'java.rmi/sun.rmi.registry',
    'java.rmi/sun.rmi.server',
    'java.sql/java.sql',
    'jdk.unsupported/sun.misc',
  ]
  const opened = [
    'java.base/java.lang.module',
    'java.base/jdk.internal.loader',
    'java.base/jdk.internal.ref',
    'java.base/jdk.internal.reflect',
    'java.base/jdk.internal.math',
    'java.base/jdk.internal.module',
    'java.base/jdk.internal.util.jar',
    'java.base/sun.nio.ch',
    'java.base/java.io',
    'java.base/java.lang',
    'java.base/java.lang.reflect',
    'java.base/java.util',
    'java.base/java.nio',
    'java.base/java.util.concurrent',
    'java.base/java.util.concurrent.atomic',
    'java.base/java.net',
    'jdk.management/com.sun.management.internal',
  ]
  return [
    ...exported.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...opened.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
  ]
}

function escapeProperty(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll(/[\r\n]/g, ' ')
}
