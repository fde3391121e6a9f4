/** A scope's record in the topic of states stands under its name behind this; no resource's key begins so and names a scope. */
export const scopeKeyPrefix = 'scope:'
/** What is for nodes alone stands under keys that begin so. */
export const partitionKeyPrefix = 'partition:'
