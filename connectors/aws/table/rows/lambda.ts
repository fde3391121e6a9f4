import { isObject, type JsonObject } from '../../../../model/json.ts'
import type { Listing, Row } from '../row.ts'
import { textOf } from './row-parts.ts'

const functions: Listing = {
  service: 'lambda',
  operation: 'ListFunctions',
  input: { MaxItems: 50 },
  next: { Marker: 'NextMarker' },
}

/** A listing of what a function has. */
const ofFunctions = (operation: string): Listing => ({
  service: 'lambda',
  operation,
  input: { FunctionName: '{$parent.FunctionName}', MaxItems: 50 },
  next: { Marker: 'NextMarker' },
  parents: { list: functions, items: 'Functions' },
  // Deleted since it was listed.
  absent: ['ResourceNotFoundException'],
})

/** The statements of a function's policy, each of which Terraform calls a permission. */
function statementsOf(item: JsonObject): JsonObject[] {
  const policy: unknown = JSON.parse(textOf(item, 'Policy'))
  const statements = isObject(policy as JsonObject) ? (policy as JsonObject).Statement : undefined
  if (!Array.isArray(statements)) throw new Error('the policy of a function has no statements')
  return statements.filter(isObject).map((statement) => ({ $parent: item.$parent ?? null, ...statement }))
}

export const lambdaRows: readonly Row[] = [
  {
    type: 'aws_lambda_function',
    list: functions,
    items: 'Functions',
    details: [
      { operation: 'ListTags', input: { Resource: '{FunctionArn}' }, take: 'Tags', as: 'Tags', mayBeAbsent: true },
      {
        operation: 'GetFunctionConcurrency',
        input: { FunctionName: '{FunctionName}' },
        take: 'ReservedConcurrentExecutions',
        as: 'ReservedConcurrentExecutions',
        // Without a limit the answer is {}.
        mayBeAbsent: true,
      },
    ],
    gone: ['ResourceNotFoundException'],
    id: '{FunctionName}',
    arn: '{FunctionArn}',
    name: '{FunctionName}',
    metadata: [
      'LastModified',
      'LastUpdateStatus',
      'LastUpdateStatusReason',
      'LastUpdateStatusReasonCode',
      'RevisionId',
      'RuntimeVersionConfig',
      'State',
      'StateReason',
      'StateReasonCode',
    ],
  },
  {
    type: 'aws_lambda_alias',
    list: ofFunctions('ListAliases'),
    items: 'Aliases',
    id: '{AliasArn}',
    arn: '{AliasArn}',
    name: '{Name}',
    metadata: ['RevisionId'],
  },
  {
    type: 'aws_lambda_permission',
    list: {
      service: 'lambda',
      operation: 'GetPolicy',
      input: { FunctionName: '{$parent.FunctionName}' },
      parents: { list: functions, items: 'Functions' },
      // Most functions have no policy.
      absent: ['ResourceNotFoundException'],
    },
    items: 'Policy',
    single: true,
    as: 'Policy',
    split: statementsOf,
    // Statements of different functions may have the same.
    id: '{$parent.FunctionName}/{Sid}',
    idInState: (attributes) => `${nameIn(textOf(attributes, 'function_name'))}/${textOf(attributes, 'statement_id')}`,
    name: '{Sid}',
  },
  {
    type: 'aws_lambda_function_url',
    list: ofFunctions('ListFunctionUrlConfigs'),
    items: 'FunctionUrlConfigs',
    id: (item) => nameOfUrl(textOf(item, 'FunctionArn')),
    metadata: ['LastModifiedTime'],
  },
  {
    type: 'aws_lambda_event_source_mapping',
    list: {
      service: 'lambda',
      operation: 'ListEventSourceMappings',
      input: { MaxItems: 100 },
      next: { Marker: 'NextMarker' },
    },
    items: 'EventSourceMappings',
    details: [
      {
        operation: 'ListTags',
        input: { Resource: 'arn:{$partition}:lambda:{$region}:{$account}:event-source-mapping:{UUID}' },
        take: 'Tags',
        as: 'Tags',
        mayBeAbsent: true,
      },
    ],
    gone: ['ResourceNotFoundException'],
    id: '{UUID}',
    arn: 'arn:{$partition}:lambda:{$region}:{$account}:event-source-mapping:{UUID}',
    metadata: ['LastModified', 'LastProcessingResult', 'State', 'StateTransitionReason'],
  },
]

/** A function's name, or the ARN that stands for it. */
const nameIn = (name: string): string => /:function:([^:]+)/.exec(name)?.[1] ?? name

/** The function's name, with the alias after a slash where the address is an alias's. */
const nameOfUrl = (arn: string): string => arn.split(':').slice(6).join('/')
