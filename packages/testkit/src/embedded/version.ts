import { TestkitError } from '../errors.ts'

/** One release of Cassandra that can be started. */
export interface Release {
  /** The exact version, such as `4.0.18`. */
  version: string
  /** Its major version, on which the names in `cassandra.yaml` depend. */
  major: number
  /** Whether the JVM must load the jamm agent, without which 4.x does not start on Java 17. */
  needsJammAgent: boolean
}

// Each has a pinned pom in maven/VERSION. 3.11 is missing: it does not start on Java 17.
const RELEASES: readonly Release[] = [
  { version: '4.0.18', major: 4, needsJammAgent: true },
  { version: '4.1.9', major: 4, needsJammAgent: true },
  { version: '5.0.5', major: 5, needsJammAgent: false },
]

/** The exact versions that can be started. */
export const CASSANDRA_VERSIONS: readonly string[] = RELEASES.map((release) => release.version)

/**
 * The release of a line (`4.0`) or of an exact version (`4.0.18`).
 *
 * @throws EMBEDDED_VERSION_UNKNOWN when no pinned release fits.
 */
export function findRelease(version: string): Release {
  const release = RELEASES.find((one) => one.version === version || one.version.startsWith(`${version}.`))
  if (release && /^\d+\.\d+/.test(version)) return release
  const message = `Cassandra ${version} cannot be started here: known are ${CASSANDRA_VERSIONS.join(', ')} and their lines`
  throw new TestkitError('EMBEDDED_VERSION_UNKNOWN', message)
}
