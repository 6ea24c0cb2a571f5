import { defineSettings, type SettingsOf, type SettingsTable } from '@zdmkit/runtime'

const definitions = {
  origin_contact_points: {
    type: 'list',
    required: true,
    group: 'Origin',
    env: 'ZDM_ORIGIN_CONTACT_POINTS',
    description: 'Nodes of the origin, by commas.',
  },
  origin_port: { type: 'port', default: 9042, group: 'Origin', env: 'ZDM_ORIGIN_PORT', description: 'Its CQL port.' },
  origin_local_datacenter: {
    type: 'string',
    group: 'Origin',
    env: 'ZDM_ORIGIN_LOCAL_DATACENTER',
    description: 'Data centre to read from; that of the first contact point where absent.',
  },
  origin_username: { type: 'string', group: 'Origin', env: 'ZDM_ORIGIN_USERNAME', description: 'User name.' },
  origin_password: { type: 'secret', group: 'Origin', env: 'ZDM_ORIGIN_PASSWORD', description: 'Its password.' },
  target_contact_points: {
    type: 'list',
    required: true,
    group: 'Target',
    env: 'ZDM_TARGET_CONTACT_POINTS',
    description: 'Nodes of the target, by commas.',
  },
  target_port: { type: 'port', default: 9042, group: 'Target', env: 'ZDM_TARGET_PORT', description: 'Its CQL port.' },
  target_local_datacenter: {
    type: 'string',
    group: 'Target',
    env: 'ZDM_TARGET_LOCAL_DATACENTER',
    description: 'Data centre to read from; that of the first contact point where absent.',
  },
  target_username: { type: 'string', group: 'Target', env: 'ZDM_TARGET_USERNAME', description: 'User name.' },
  target_password: { type: 'secret', group: 'Target', env: 'ZDM_TARGET_PASSWORD', description: 'Its password.' },
  keyspace: { type: 'string', required: true, group: 'What', description: 'Keyspace to compare, on both sides.' },
  tables: { type: 'list', group: 'What', description: 'Tables to compare; all tables of the origin where absent.' },
  splits: {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    default: 64,
    group: 'How',
    description: 'Ranges into which the ring is cut.',
  },
  concurrency: {
    type: 'integer',
    min: 1,
    max: 1024,
    default: 8,
    group: 'How',
    description: 'Ranges scanned at a time.',
  },
  page_size: { type: 'integer', min: 1, default: 1000, unit: 'rows', group: 'How', description: 'Rows per page.' },
  consistency: {
    type: 'enum',
    values: ['ONE', 'TWO', 'THREE', 'QUORUM', 'ALL', 'LOCAL_QUORUM', 'EACH_QUORUM', 'LOCAL_ONE'],
    default: 'LOCAL_QUORUM',
    group: 'How',
    description: 'Consistency level of all reads.',
  },
  recheck_delay_ms: {
    type: 'duration_ms',
    default: 500,
    group: 'How',
    description: 'Pause before a difference is read again; it doubles from try to try.',
  },
  recheck_tries: {
    type: 'integer',
    min: 1,
    max: 20,
    default: 3,
    group: 'How',
    description: 'How often a difference is read again before it counts; rows written to meanwhile get twice as many.',
  },
  max_listed: {
    type: 'integer',
    min: 0,
    default: 100,
    group: 'Output',
    description: 'Differences named per table; all are counted.',
  },
  json: { type: 'boolean', default: false, group: 'Output', description: 'Print the report as one JSON document.' },
} as const

/** Settings of `zdm-validate`; the clusters have the keys and variables that the proxy has. */
export const validatorSettings: SettingsTable<typeof definitions> = defineSettings({
  tool: 'zdm-validate',
  summary: 'Compares the tables of two clusters row by row, in both directions, and reads what differs again.',
  envPrefix: 'ZDM_VALIDATE_',
  examples: [
    'zdm-validate --origin-contact-points dse-node --target-contact-points hcd-node --keyspace training',
    'zdm-validate --keyspace training --tables users,orders --json',
  ],
  definitions,
  rules: [
    { kind: 'all_or_none', keys: ['origin_username', 'origin_password'] },
    { kind: 'all_or_none', keys: ['target_username', 'target_password'] },
  ],
})

export type ValidatorSettings = SettingsOf<typeof validatorSettings>
