// Settings of the store: which Redis, and how durable an acknowledged write is.
import { group, hostForm, oneOf, optionalGroup, optionalText, slice, text, whole } from '../config/slice.js'
import { type Static, Type } from '../schema.js'

const durabilities = ['strict', 'everysec'] as const
type Durability = (typeof durabilities)[number]

const node = Type.Object(
  { host: Type.String(hostForm), port: Type.Integer({ minimum: 1, maximum: 65_535 }) },
  { additionalProperties: false },
)

const redis = group('the store', {
  url: optionalText('left out: embedded redis-server under dataDir', {
    // An unescaped @, / or # in a password shifts the rest of the URL, and a piece of the password would become the host.
    pattern: '^rediss?://([^@/?#\\s]*@)?[^@/?#\\s]+(/\\d*)?(\\?\\S*)?$|^(unix://)?/',
    form: 'an address as redis://HOST:PORT/0, rediss://… or unix:///PATH; a password with @, / or # in it belongs in redis.passwordFile',
  }),
  sentinels: optionalGroup('Redis Sentinel instead of url', {
    name: text('name of the master'),
    nodes: Type.Array(node, { minItems: 1, description: 'all of the sentinels: { host, port }' }),
    username: optionalText('ACL user at the sentinels themselves'),
    password: optionalText('password at the sentinels themselves; prefer passwordFile'),
    passwordFile: optionalText('file holding that password'),
  }),
  cluster: Type.Optional(
    Type.Array(node, { minItems: 1, description: 'some nodes of a Redis Cluster instead of url' }),
  ),
  username: optionalText('ACL user; left out: the one in url, else the default user'),
  tls: optionalGroup(
    'TLS to Sentinel and its servers, Cluster or url; rediss:// in url is the same with the system certificates',
    {
      ca: optionalText('file with the CA certificate(s) of Redis, PEM; left out: the system certificates'),
    },
  ),
  password: optionalText('prefer passwordFile'),
  passwordFile: optionalText('file holding the password'),
  durability: Type.Optional(
    oneOf(
      durabilities,
      'strict: acknowledged = on disk; everysec: up to 1 s may be lost; left out: strict with the embedded Redis, everysec with any other',
    ),
  ),
  replicas: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 10,
      description:
        'an update or a text is acknowledged once this many replicas have it; left out: 1 with sentinels in strict, else 0',
    }),
  ),
  commandTimeoutMs: whole('a request command slower than this counts as unavailable', 2000, 50, 10_000),
})

/** `redis` of the configuration, with its durability resolved. */
export type RedisConfig = Static<typeof redis> & { readonly durability: Durability }

export const redisSettings = slice(
  { redis },
  ({ redis: { url, sentinels, cluster, replicas } }, { isSound, add }) => {
    if (isSound('redis') && [url, sentinels, cluster].filter((way) => way !== undefined).length > 1)
      add('redis', 'give one of url, sentinels and cluster')
    if (isSound('redis.replicas') && replicas && !url && !sentinels)
      add(
        'redis.replicas',
        'needs url or sentinels: the embedded server has no replicas, and a cluster is not waited for',
      )
  },
)

/** Whether the store is the embedded server: no other Redis is configured. */
export const isEmbedded = ({ url, sentinels, cluster }: Static<typeof redis>): boolean =>
  (url ?? sentinels ?? cluster) === undefined

/** The default is strict only for the embedded server: how another Redis is configured is its operator's choice. */
export const durabilityOf = (config: Static<typeof redis>): Durability =>
  config.durability ?? (isEmbedded(config) ? 'strict' : 'everysec')

/** How many replicas must have a write before it is acknowledged. */
export const replicasOf = ({ replicas, sentinels, durability }: RedisConfig): number =>
  replicas ?? (sentinels !== undefined && durability === 'strict' ? 1 : 0)
