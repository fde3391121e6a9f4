import metadata from 'kafkajs/src/protocol/requests/metadata/v6/response.js'

/**
 * kafkajs refuses a whole answer if one partition has no leader. Then no other partition could be read or written, and no member
 * could join a group. With this patch the answer is accepted, and the leader of such a partition is -1.
 */
const parse = metadata.parse

metadata.parse = (answer) =>
  parse({
    ...answer,
    topicMetadata: answer.topicMetadata.map((topic) => ({
      ...topic,
      partitionMetadata: topic.partitionMetadata.map((partition) => ({ ...partition, partitionErrorCode: 0 })),
    })),
  })
