import metadata from 'kafkajs/src/protocol/requests/metadata/v6/response.js'

/**
 * kafkajs takes an answer as a failure where any partition has no leader now: then nothing could be read or written of all
 * others, and nobody could join a group. Such a partition's leader is -1, and whoever needs it looks.
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
