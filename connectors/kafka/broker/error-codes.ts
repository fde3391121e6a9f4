/** What an error code of a broker means for the sender of the request. */
type Meaning =
  /** A retry of the same request can succeed. */
  | 'passes'
  /** This producer or transaction cannot continue; a new one can. */
  | 'ends'
  /** Another process has taken the transactional id. */
  | 'fenced'
  | 'too_large'
  /** The user lacks a permission, or the login failed. */
  | 'denied'
  /** A retry of the same request would be refused again. */
  | 'rejected'

/** The codes of Kafka 4.3 in answers to the requests that vaino sends. The other codes are between brokers, or of other kinds of groups. */
const table: Readonly<Record<number, readonly [name: string, meaning: Meaning, hint?: string]>> = {
  [-1]: ['UNKNOWN_SERVER_ERROR', 'passes'],
  1: ['OFFSET_OUT_OF_RANGE', 'passes'],
  2: ['CORRUPT_MESSAGE', 'passes'],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', 'passes'],
  4: ['INVALID_FETCH_SIZE', 'rejected'],
  5: ['LEADER_NOT_AVAILABLE', 'passes'],
  6: ['NOT_LEADER_OR_FOLLOWER', 'passes'],
  7: ['REQUEST_TIMED_OUT', 'passes'],
  8: ['BROKER_NOT_AVAILABLE', 'passes'],
  9: ['REPLICA_NOT_AVAILABLE', 'passes'],
  10: ['MESSAGE_TOO_LARGE', 'too_large'],
  11: ['STALE_CONTROLLER_EPOCH', 'passes'],
  12: [
    'OFFSET_METADATA_TOO_LARGE',
    'rejected',
    'The brokers have a low offset.metadata.max.bytes; its default is enough.',
  ],
  13: ['NETWORK_EXCEPTION', 'passes'],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', 'passes'],
  15: ['COORDINATOR_NOT_AVAILABLE', 'passes'],
  16: ['NOT_COORDINATOR', 'passes'],
  17: [
    'INVALID_TOPIC_EXCEPTION',
    'rejected',
    'Topics have letters, digits, dots, dashes and underscores: see kafka.topic_prefix.',
  ],
  18: ['RECORD_LIST_TOO_LARGE', 'too_large'],
  19: ['NOT_ENOUGH_REPLICAS', 'passes'],
  20: ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'passes'],
  21: ['INVALID_REQUIRED_ACKS', 'rejected'],
  22: ['ILLEGAL_GENERATION', 'passes'],
  23: [
    'INCONSISTENT_GROUP_PROTOCOL',
    'rejected',
    'Another program is in the group of this name: use another kafka.topic_prefix.',
  ],
  24: ['INVALID_GROUP_ID', 'rejected'],
  25: ['UNKNOWN_MEMBER_ID', 'passes'],
  26: [
    'INVALID_SESSION_TIMEOUT',
    'rejected',
    "kafka.session_timeout is outside the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms.",
  ],
  27: ['REBALANCE_IN_PROGRESS', 'passes'],
  28: ['INVALID_COMMIT_OFFSET_SIZE', 'rejected'],
  29: [
    'TOPIC_AUTHORIZATION_FAILED',
    'denied',
    "Allow READ, WRITE and DESCRIBE on vaino's topics; `vaino doctor` tries each.",
  ],
  30: ['GROUP_AUTHORIZATION_FAILED', 'denied'],
  31: ['CLUSTER_AUTHORIZATION_FAILED', 'denied'],
  32: [
    'INVALID_TIMESTAMP',
    'rejected',
    "The record's time is outside what message.timestamp.before.max.ms and after.max.ms of the topic allow: check the clocks.",
  ],
  33: ['UNSUPPORTED_SASL_MECHANISM', 'denied'],
  34: ['ILLEGAL_SASL_STATE', 'denied'],
  35: ['UNSUPPORTED_VERSION', 'rejected', 'Apache Kafka 2.5 or later is needed.'],
  36: ['TOPIC_ALREADY_EXISTS', 'rejected'],
  37: ['INVALID_PARTITIONS', 'rejected'],
  38: [
    'INVALID_REPLICATION_FACTOR',
    'rejected',
    'The cluster has fewer brokers: set kafka.replication to at most their number.',
  ],
  39: ['INVALID_REPLICA_ASSIGNMENT', 'rejected'],
  40: ['INVALID_CONFIG', 'rejected'],
  41: ['NOT_CONTROLLER', 'passes'],
  42: ['INVALID_REQUEST', 'rejected'],
  43: ['UNSUPPORTED_FOR_MESSAGE_FORMAT', 'rejected', 'Apache Kafka 2.5 or later is needed.'],
  44: [
    'POLICY_VIOLATION',
    'rejected',
    "The brokers' owner has a policy against it: make the topics by hand, and set kafka.create_topics: false.",
  ],
  45: ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'ends'],
  46: ['DUPLICATE_SEQUENCE_NUMBER', 'passes'],
  47: ['INVALID_PRODUCER_EPOCH', 'fenced'],
  48: ['INVALID_TXN_STATE', 'ends'],
  49: ['INVALID_PRODUCER_ID_MAPPING', 'ends'],
  50: [
    'INVALID_TRANSACTION_TIMEOUT',
    'rejected',
    "The brokers' transaction.max.timeout.ms is below a minute: raise it.",
  ],
  51: ['CONCURRENT_TRANSACTIONS', 'passes'],
  53: ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'denied'],
  54: ['SECURITY_DISABLED', 'rejected'],
  55: ['OPERATION_NOT_ATTEMPTED', 'passes'],
  56: ['KAFKA_STORAGE_ERROR', 'passes'],
  58: ['SASL_AUTHENTICATION_FAILED', 'denied'],
  59: ['UNKNOWN_PRODUCER_ID', 'ends'],
  65: ['DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'denied'],
  66: ['DELEGATION_TOKEN_EXPIRED', 'denied'],
  70: ['FETCH_SESSION_ID_NOT_FOUND', 'passes'],
  71: ['INVALID_FETCH_SESSION_EPOCH', 'passes'],
  72: ['LISTENER_NOT_FOUND', 'passes'],
  74: ['FENCED_LEADER_EPOCH', 'passes'],
  75: ['UNKNOWN_LEADER_EPOCH', 'passes'],
  76: [
    'UNSUPPORTED_COMPRESSION_TYPE',
    'rejected',
    'The brokers and vaino have not the same compressions: zstd needs Kafka 2.1, one that is newer a newer vaino.',
  ],
  78: ['OFFSET_NOT_AVAILABLE', 'passes'],
  79: ['MEMBER_ID_REQUIRED', 'passes'],
  81: ['GROUP_MAX_SIZE_REACHED', 'passes'],
  87: [
    'INVALID_RECORD',
    'rejected',
    "A topic with cleanup.policy=compact takes no record without a key; what else is refused, the broker's log says.",
  ],
  88: ['UNSTABLE_OFFSET_COMMIT', 'passes'],
  89: ['THROTTLING_QUOTA_EXCEEDED', 'passes'],
  90: ['PRODUCER_FENCED', 'fenced'],
  100: ['UNKNOWN_TOPIC_ID', 'passes'],
  103: ['INCONSISTENT_TOPIC_ID', 'passes'],
  105: ['TRANSACTIONAL_ID_NOT_FOUND', 'ends'],
  120: ['TRANSACTION_ABORTABLE', 'ends'],
}

/** An unknown code comes from a newer broker. It counts as one that passes, because a retry does no harm. */
export const meaningOf = (code: number): Meaning => table[code]?.[1] ?? 'passes'

export const nameOf = (code: number): string => table[code]?.[0] ?? 'a code that is not known here'

/** What to do about a code; undefined if the general hint for its meaning is enough. */
export const hintFor = (code: number): string | undefined => table[code]?.[2]

/** Whether this answer ends a producer. A new producer can send the unacknowledged records. */
export const endsProducer = (code: number): boolean => meaningOf(code) === 'ends' || meaningOf(code) === 'fenced'

/** The codes after which a retry of the same request can succeed. */
export const passingCodes: ReadonlySet<number> = new Set(
  Object.keys(table)
    .map(Number)
    .filter((code) => meaningOf(code) === 'passes'),
)
