import { defineSettings, type SettingsOf, type SettingsTable } from '@zdmkit/runtime'

const definitions = {
  duration: { type: 'float', min: 0, unit: 'seconds', default: 30, description: 'How long to run.' },
  delay: {
    type: 'float',
    min: 0,
    unit: 'seconds',
    default: 0.5,
    description: 'Pause between two operations of a worker.',
  },
  host: { type: 'string', default: '127.0.0.1', description: 'Proxy or node to connect to; several by commas.' },
  port: { type: 'port', default: 9042, description: 'Its CQL port.' },
  keyspace: { type: 'string', default: 'training', description: 'Keyspace with the tables of the exercise.' },
  read_ratio: { type: 'float', min: 0, max: 1, default: 0.75, description: 'Share of reads.' },
  workers: {
    type: 'integer',
    min: 1,
    max: 1024,
    default: 1,
    description: 'Workers, each with one operation at a time; they share the numbers of the lines.',
  },
  tables: {
    type: 'enum',
    values: ['users', 'all'],
    default: 'users',
    description: 'users: inserts and updates of users; all: orders, products, activities with TTL and deletes too.',
  },
  seed: { type: 'integer', min: 0, description: 'Same seed, same operations; random where absent.' },
  ledger: { type: 'path', description: 'New file for every write and its outcome, as JSON lines.' },
  local_datacenter: { type: 'string', description: 'Data centre to use; that of the host where absent.' },
  username: { type: 'string', description: 'User name, where the cluster asks for one.' },
  password: { type: 'secret', description: 'Its password.' },
} as const

/** Settings of `zdm-simulate`. The first six are the exercise's, with its names and defaults. */
export const simulatorSettings: SettingsTable<typeof definitions> = defineSettings({
  tool: 'zdm-simulate',
  summary: 'Sends application traffic to a cluster or a proxy and checks what it reads back.',
  envPrefix: 'ZDM_SIMULATE_',
  examples: [
    'zdm-simulate',
    'zdm-simulate --duration 60 --delay 1.0',
    'zdm-simulate --read-ratio 0.8',
    'zdm-simulate --duration 120 --delay 0.2',
    'zdm-simulate --host zdm-proxy --workers 8 --delay 0 --tables all --ledger ledger.jsonl',
  ],
  definitions,
  rules: [{ kind: 'all_or_none', keys: ['username', 'password'] }],
})

export type SimulatorSettings = SettingsOf<typeof simulatorSettings>
